"""`hotline retry`: try again what lies aside, all of it or one item."""

import argparse
import asyncio

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.desks import aside
from backend.desks.context import AppContext
from backend.health import on_disk
from backend.office import open_office
from backend.operations.postgres import database_url
from backend.operations.preflight import NotPossible
from backend.store import jobs
from backend.store.jobs import JobState
from hotline.clock import SystemClock
from hotline.health import Ref
from hotline.queue import caught, reason_of


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the queue and the item."""
    part.add_argument("queue", nargs="?", default="", help="a queue as `hotline check` names it")
    part.add_argument("ref", nargs="?", default="", help="one item of it; else all")


def run(given: CommandContext) -> int:
    """Let what lies aside be tried again; tells each item."""
    asyncio.run(_retry(given))
    return 0


async def _retry(given: CommandContext) -> None:
    async with opened(given.settings):
        url = database_url(given.settings)
        office = (await open_office(given.settings, SystemClock(), url)).context
        try:
            await bring_back(given, office)
        finally:
            await office.store.close()


async def bring_back(given: CommandContext, office: AppContext) -> None:
    """Bring back what the arguments name; tells of each item."""
    queue, ref = given.options.queue, given.options.ref
    if queue and queue not in aside.QUEUES:
        raise NotPossible(f"there is no queue {queue}; there are {', '.join(sorted(aside.QUEUES))}")
    async with office.store.connect() as connection:
        known = await jobs.dead(connection)
    lying = [one for one, state in known if state is JobState.DEAD]
    lying += on_disk(given.settings, {(one.queue, one.ref) for one, _ in known})
    wanted = [one for one in lying if queue in ("", one.queue) and ref in ("", one.ref)]
    if ref and not wanted:
        raise NotPossible(f"nothing lies aside: {queue} {ref}")
    for one in wanted:
        # One that cannot be brought back holds up no other.
        end = await caught(aside.bring_back(office, Ref(one.queue, one.ref)))
        if end is None:
            given.tell("health.retried", queue=one.queue, ref=one.ref)
        else:
            why = reason_of(end)
            given.tell("health.not_retried", queue=one.queue, ref=one.ref, reason=why)
    if not wanted:
        given.tell("health.nothing")


COMMAND = Command(run, arguments)
