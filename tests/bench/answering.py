"""Telephones of seats that only send signals: each rings a second or two, talks, and hangs up.

Reads {"port", "lines", "patient", "ring_s", "talk_s"} as one line of JSON (who is patient lets
the first caller hang up); says "ready" when every line is
signed in, and ends when its input does. Prints {"rung", "answered", "failed", "cpu"}: `rung` is
[seat, caller, second of the clock] of every ring, `failed` what was answered and not taken.
"""

import asyncio
import json
import random
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hotline.clock import SystemClock
from ivr.handset.message import user_of
from ivr.handset.phone import Call, SipPhone, open_phone
from ivr.handset.sign_in import sign_in

CLOCK: Final = SystemClock()
HOST: Final = "127.0.0.1"
AGAIN_S: Final = 30.0
GOOD: Final = 200
LONGEST_S: Final = 600.0


@dataclass(slots=True)
class Telephones:
    """Every seat's telephone behind one socket."""

    phone: SipPhone
    port: int
    lines: Sequence[tuple[str, str]]
    patient: set[str]
    ring_s: tuple[float, float]
    talk_s: float
    rung: list[tuple[str, str, float]] = field(default_factory=list)
    answered: int = 0
    failed: int = 0

    async def sign_in(self) -> None:
        """Sign everybody in; the exchange makes a seat a moment after it is taken."""
        for name, password in self.lines:
            while await sign_in(self.phone, (HOST, self.port), name, password) != GOOD:
                await CLOCK.sleep(0.2)

    async def stay(self) -> None:
        """Sign in again and again, as telephones do."""
        while True:
            await CLOCK.sleep(AGAIN_S)
            await self.sign_in()

    async def take(self, call: Call) -> None:
        """Let a call ring, answer it, talk, and hang up; the caller may do so before."""
        assert call.invite is not None
        name = user_of(call.invite.target)
        self.rung.append((name, call.caller, CLOCK.now().timestamp()))
        call.ring()
        if await call.wait_end(random.uniform(*self.ring_s)):
            return
        await call.answer(sound=False)
        self.answered += 1
        self.failed += not call.acked.is_set()
        talk_s = LONGEST_S if name in self.patient else self.talk_s
        self.patient.discard(name)
        await call.wait_end(talk_s)
        await call.hang_up()


async def answer(given: Mapping[str, Any]) -> dict[str, object]:
    """Answer calls until standard input ends; gives what came of them."""
    phone = await open_phone(CLOCK)
    lines = [(name, password) for name, password in given["lines"]]
    first, last = given["ring_s"]
    seats = Telephones(
        phone, given["port"], lines, set(given["patient"]), (first, last), given["talk_s"]
    )
    phone.on_call = seats.take
    await seats.sign_in()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    staying = asyncio.create_task(seats.stay())
    await asyncio.to_thread(sys.stdin.read)
    staying.cancel()
    phone.close()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rung": seats.rung, "answered": seats.answered, "failed": seats.failed,
        "cpu": round(used.ru_utime + used.ru_stime, 2),
    }  # fmt: skip


def main() -> int:
    """Answer as standard input says."""
    told = asyncio.run(answer(json.loads(sys.stdin.readline())))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
