"""`hotline health`: whether one process does its work; for containers and watchdogs."""

import argparse
import asyncio

from backend.cli.command import Command, CommandContext
from backend.cli.processes import exchange, phone_connector
from backend.operations.preflight import NotPossible
from backend.operations.supervisor import Probe, answers_http
from config.settings import Settings

PARTS = ("backend", "asterisk", "ivr")


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the part to ask."""
    part.add_argument("part", choices=PARTS)


def run(given: CommandContext) -> int:
    """0 where the part answers; else one line and 2."""
    if not asyncio.run(_ask(given)):
        raise NotPossible(f"{given.options.part} does not answer")
    return 0


async def _ask(given: CommandContext) -> bool:
    return await probe_of(given.options.part, given.settings)()


def probe_of(part: str, settings: Settings) -> Probe:
    """The probe of a part, at the address where the others reach it."""
    if part == "backend":
        return answers_http(settings.backend_url, "/readyz")
    return (exchange if part == "asterisk" else phone_connector)(settings).ready


COMMAND = Command(run, arguments)
