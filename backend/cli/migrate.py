"""`hotline migrate`: bring the database to this version's schema."""

import asyncio

from backend.cli.command import Command, Given
from backend.cli.database import opened
from backend.store.schema import migrate


def run(given: Given) -> int:
    """Migrate the database; does nothing where it is current."""
    asyncio.run(_migrate(given))
    given.tell("demo.migrated")
    return 0


async def _migrate(given: Given) -> None:
    async with opened(given.settings) as store:
        await migrate(store.engine)


COMMAND = Command(run)
