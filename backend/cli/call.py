"""`hotline call`: ring the running hotline up with another spoken report."""

import argparse
import asyncio
from pathlib import Path

from backend.cli.command import Command, CommandContext
from backend.cli.processes import has_exchange
from backend.cli.speaking import narrate, samples, speak, talk
from backend.operations.preflight import NotPossible, is_running
from hotline.clock import SystemClock
from hotline.number import printed

TALK_S = 120.0


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the sound to speak."""
    part.add_argument("--say", default="", metavar="WAV", help="8 kHz wav; else one of the samples")
    part.add_argument("--seat", action="store_true", help="wait for a person, and talk with them")


def run(given: CommandContext) -> int:
    """Speak a report and tell what becomes of it."""
    if not is_running(given.settings):
        raise NotPossible("no hotline runs here; start it with `make demo` or `make serve`")
    if not has_exchange(given.settings):
        raise NotPossible("no Asterisk here; use the keyboard phone: python -m ivr --keyboard")
    asyncio.run((ring_seat if given.options.seat else ring)(given, given.options.say))
    return 0


async def ring(given: CommandContext, say: str = "") -> None:
    """Place one spoken call and follow its case."""
    sample = Path(say) if say else _next_sample(given)
    given.tell("demo.calling", sample=sample.name)
    number = await speak(given, sample)
    given.tell("demo.heard_number", number=printed(number))
    await narrate(given, number)


async def ring_seat(given: CommandContext, say: str = "") -> None:
    """Place one call that waits for a person, and talks with whoever takes it."""
    sample = Path(say) if say else _next_sample(given)
    given.tell("demo.rings_seat", sample=sample.name, seconds=int(TALK_S))
    await talk(given, sample, TALK_S)


def _next_sample(given: CommandContext) -> Path:
    found = samples(given.settings.home.language)
    if not found:
        raise NotPossible("there are no spoken samples below config/asterisk/samples")
    return found[SystemClock().now().second % len(found)]


COMMAND = Command(run, arguments, demo=True)
