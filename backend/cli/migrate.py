"""`hotline migrate`: bring the database to this version's schema."""

import asyncio

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.store.schema import migrate


def run(given: CommandContext) -> int:
    """Migrate the database; does nothing where it is current."""
    asyncio.run(_migrate(given))
    given.tell("demo.migrated")
    return 0


async def _migrate(given: CommandContext) -> None:
    async with opened(given.settings) as store:
        await migrate(store.engine)


COMMAND = Command(run)
