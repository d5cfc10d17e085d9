"""`hotline call`: ring the running hotline up with another spoken report."""

import argparse
import asyncio
from pathlib import Path

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.processes import has_exchange
from backend.cli.speaking import narrate, samples, seat_sounds, speak, talk, words_of
from backend.demo.accounts import read
from backend.demo.login import DemoLogin
from backend.demo.seat import ANSWERED, DemoSeat, SeatVoice, is_manned, is_talked, told, who_sits
from backend.operations.preflight import NotPossible, is_running
from backend.store.session import Store
from config.settings import child_environment
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from hotline.number import printed

TALK_S = 120.0
# Who sits here has so long to answer before the demo's seat helps.
LATE_S = 25.0


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
    """Place one call that waits for a person, and talks with whoever takes it.

    Where nobody sits, or whoever does lets it ring, the demo's seat takes it.
    """
    sample = Path(say) if say else _next_sample(given)
    async with opened(given.settings) as store:
        if not await is_manned(store):
            given.tell("demo.seat_sits", sample=sample.name)
            await _taken_by_demo(given, store, sample)
            return
        given.tell("demo.rings_seat", sample=sample.name, seconds=int(TALK_S))
        calling = asyncio.create_task(talk(given, sample, TALK_S))
        await asyncio.wait({calling}, timeout=LATE_S)
        if calling.done() or await is_talked(store):
            await calling
            return
        given.tell("demo.seat_helps")
        await _taken_by_demo(given, store, sample, calling)


async def _taken_by_demo(
    given: CommandContext, store: Store, sample: Path, talking: asyncio.Task[None] | None = None
) -> None:
    """Let the demo's seat take the call, which is placed where none is yet, and write it down."""
    account = who_sits(read(given.settings))
    if account is None:
        raise NotPossible("the demo has no account that may take calls")
    login = DemoLogin(given.settings.backend_url, account)
    seat = DemoSeat(login, store, SystemClock(), child_environment(given.files))
    try:
        async with seat.seated(SeatVoice(*seat_sounds(given.settings.home.language))) as phone:
            talking = talking or asyncio.create_task(talk(given, sample, TALK_S))
            taken = asyncio.ensure_future(told(phone, ANSWERED))
            await asyncio.wait({talking, taken}, return_when=asyncio.FIRST_COMPLETED)
            if taken.done() and taken.result():
                number = await seat.write_down(words_of(sample))
                given.tell("demo.seat_wrote", number=printed(number))
            taken.cancel()
            await talking
    except HotlineError as error:
        raise NotPossible(str(error)) from error
    finally:
        if talking is not None:
            talking.cancel()
            await asyncio.wait({talking})
        await login.close()


def _next_sample(given: CommandContext) -> Path:
    found = samples(given.settings.home.language)
    if not found:
        raise NotPossible("there are no spoken samples below config/asterisk/samples")
    return found[SystemClock().now().second % len(found)]


COMMAND = Command(run, arguments, demo=True)
