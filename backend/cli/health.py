"""`hotline health`: whether one process does its work; for containers and watchdogs."""

import argparse
import asyncio
from datetime import timedelta

from backend.backup.age import is_fresh
from backend.cli.command import Command, CommandContext
from backend.cli.processes import exchange, phone_connector
from backend.operations.postgres import database_url
from backend.operations.preflight import NotPossible
from backend.operations.supervisor import Probe, answers_http
from backend.store import beats
from backend.store.session import Store, make_engine
from config.settings import Settings
from hotline.clock import SystemClock
from hotline.health import WORKER

PARTS = ("backend", "worker", "asterisk", "ivr", "backup")


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the part to ask."""
    part.add_argument("part", choices=PARTS)


def run(given: CommandContext) -> int:
    """0 where the part answers; else one line and 2."""
    if not asyncio.run(_ask(given)):
        what = "is not fresh" if given.options.part == "backup" else "does not answer"
        raise NotPossible(f"{given.options.part} {what}")
    return 0


async def _ask(given: CommandContext) -> bool:
    return await probe_of(given.options.part, given.settings)()


def probe_of(part: str, settings: Settings) -> Probe:
    """The probe of a part, at the address where the others reach it."""
    if part == "backend":
        return answers_http(settings.backend_url, "/readyz")
    if part == "backup":
        return lambda: asyncio.to_thread(is_fresh, settings, SystemClock().now())
    if part == "worker":
        return lambda: _beats(WORKER, settings)
    return (exchange if part == "asterisk" else phone_connector)(settings).ready


async def _beats(part: str, settings: Settings) -> bool:
    """Whether a process without a port has given a sign of life lately."""
    store = Store(make_engine(database_url(settings), pool_size=1))
    try:
        async with store.connect() as connection:
            known = (await beats.read(connection)).get(part)
    finally:
        await store.close()
    silent = timedelta(seconds=settings.health.silent_s)
    return known is not None and SystemClock().now() - known[0] < silent


COMMAND = Command(run, arguments)
