"""A seat's telephone for the demo: signs in, takes calls, asks, listens, thanks, and hangs up.

    python -m ivr.handset.seat --name seat001 --asks ASKS.wav --thanks THANKS.wav < password

It tells by lines: "ready" once it is signed in, "answered", "over".
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from config.private import keep_private
from config.settings import Settings, from_environment
from hotline.clock import SystemClock
from ivr.handset.phone import Call, open_phone
from ivr.handset.sign_in import sign_in
from ivr.pcm import Samples, read_wav

OK = 200
AGAIN_S = 0.5
# A caller who has said nothing for so long has said all.
SILENT_S = 2.0
LOOK_S = 0.25
# Below this nobody speaks (samples of 16 bit).
QUIET = 300
NO_SOUND: Samples = np.zeros(0, dtype=np.int16)


@dataclass(frozen=True, slots=True)
class SeatScript:
    """How the seat behaves: it answers after `answer_s`, and listens for `listen_s` at most."""

    asks: Samples
    thanks: Samples
    answer_s: float = 2.0
    listen_s: float = 30.0


async def take_calls(
    calls: "asyncio.Queue[Call]", script: SeatScript, tell: Callable[[str], object]
) -> None:
    """Take the calls that ring for long enough, each to its end.

    It stays signed in behind them: whoever leaves at once has not hung up but is lost.
    """
    while True:
        call = await calls.get()
        call.ring()
        if await call.wait_end(script.answer_s):
            continue
        await call.answer()
        tell("answered\n")
        await call.say(script.asks)
        await _hear(call, script.listen_s)
        await call.say(script.thanks)
        await call.hang_up()
        tell("over\n")


async def _hear(call: Call, seconds: float) -> None:
    """Listen until the caller has spoken and falls silent, or the time is over."""
    clock = call.phone.clock
    until, begun, quiet_since = clock.monotonic() + seconds, False, clock.monotonic()
    known = 0
    while clock.monotonic() < until and not call.ended.is_set():
        await asyncio.sleep(LOOK_S)
        sound, now = call.stream.heard.samples() if call.stream else NO_SOUND, clock.monotonic()
        # Many telephones send nothing while nobody speaks.
        fresh, known = sound[known:], len(sound)
        if len(fresh) and int(abs(fresh.astype(int)).max()) > QUIET:
            begun, quiet_since = True, now
        elif begun and now - quiet_since > SILENT_S:
            return


async def _serve(wanted: argparse.Namespace, password: str, write: Callable[[str], object]) -> None:
    phone = await open_phone(SystemClock())
    server = (wanted.server, wanted.port)
    calls: asyncio.Queue[Call] = asyncio.Queue()
    phone.on_call = calls.put
    script = SeatScript(read_wav(Path(wanted.asks)), read_wav(Path(wanted.thanks)))
    with suppress(TimeoutError):
        async with asyncio.timeout(wanted.stay):
            # The exchange makes a seat a moment after the office wants it.
            while await sign_in(phone, server, wanted.name, password, int(wanted.stay)) != OK:
                await asyncio.sleep(AGAIN_S)
            write("ready\n")
            await take_calls(calls, script, write)
    phone.close()


def main(arguments: list[str], settings: Settings, write: Callable[[str], object]) -> int:
    """Be a seat's telephone for one call, as the command line says; the password is read."""
    parser = argparse.ArgumentParser(prog="ivr.handset.seat", description=main.__doc__)
    parser.add_argument("--name", required=True, help="the seat's name at the exchange")
    parser.add_argument("--asks", required=True, metavar="WAV", help="what it says first")
    parser.add_argument("--thanks", required=True, metavar="WAV", help="what it says at the end")
    parser.add_argument("--server", default=settings.phone.sip_host, help="address of the exchange")
    parser.add_argument("--port", type=int, default=settings.phone.sip_port, help="its SIP port")
    parser.add_argument("--stay", type=float, default=120.0, help="seconds that it stays")
    wanted = parser.parse_args(arguments)
    keep_private(settings.home.data_dir)
    asyncio.run(_serve(wanted, sys.stdin.readline().strip(), write))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], from_environment(), _say))
