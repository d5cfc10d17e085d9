"""`hotline serve`: everything that the settings ask for, under one supervisor."""

import asyncio

from backend.cli.command import Command, CommandContext
from backend.cli.processes import database, has_exchange, processes
from backend.cli.running import start_together, stop_event, supervised
from backend.operations.postgres import database_url
from backend.operations.preflight import make_tokens, only_one, ports, require_free
from backend.operations.supervisor import Supervisor
from backend.store.schema import migrate
from backend.store.session import make_engine


def run(given: CommandContext) -> int:
    """Start, migrate, and keep running until a signal ends it."""
    settings = given.settings
    require_free(ports(settings, phone=has_exchange(settings)))
    with only_one(settings):
        make_tokens(settings)
        asyncio.run(_serve(given))
    return 0


async def _serve(given: CommandContext) -> None:
    stop = stop_event()
    async with supervised(given.settings, given.files, lambda *_: None) as supervisor:
        await start_database(given, supervisor)
        await start_together(supervisor, processes(given.settings))
        given.tell("demo.serving", url=given.settings.public_url)
        if not has_exchange(given.settings):
            given.tell("demo.no_exchange", folder=given.settings.phone.asterisk_root)
        await stop.wait()
        given.tell("demo.stopping")


async def start_database(given: CommandContext, supervisor: Supervisor) -> None:
    """Start the embedded database where it is ours, and migrate."""
    if not given.settings.database.url:
        await supervisor.start(database(given.settings))
    engine = make_engine(database_url(given.settings), statement_timeout_s=600.0)
    try:
        await migrate(engine)
    finally:
        await engine.dispose()


COMMAND = Command(run)
