"""Calls on record beside what the exchange could do alone, and a minute at forty a second."""

import asyncio
import json
import sys
from dataclasses import dataclass
from itertools import count

from config.settings import ROOT
from tests.bench.figure import BenchFailed, in_pairs, note, show
from tests.bench.ground import Ground

# The two extensions of config/asterisk/conf/extensions-bench.conf.
DIALPLAN, ON_RECORD = "9001", "9002"
IN_FLIGHT = 24
SECONDS = 4
WARM_S = 2
RATE, MINUTE_S = 40, 60
STAY_S = 1.0
LATE = "call kept on disk"
# Each run gets a block of callers' numbers of its own.
BLOCK = 100_000
BLOCKS = count(138_000)
TWO_ROWS = (
    "SELECT count(DISTINCT c.key) FROM call c JOIN contact t ON t.id = c.contact_id"
    " JOIN call_mark m ON m.call_key = c.key AND m.mark = 'ring'"
    " WHERE t.address::bigint >= %d AND t.address::bigint < %d AND t.channel = 'phone'"
)


@dataclass(frozen=True, slots=True)
class Rung:
    """What callers say of a run; `sent` is when each one's INVITE went out."""

    first: int
    begun: int
    done: int
    within: int
    failed: int
    seconds: float
    cpu: float
    sent: dict[str, float]

    def on_record(self, ground: Ground) -> int:
        """Count the callers whose call is on record by its two rows."""
        return int(ground.ask(TWO_ROWS % (self.first, self.first + BLOCK)))


async def ring(ground: Ground, number: str, seconds: float, *more: str) -> Rung:
    """Let callers ring, and wait until they are done."""
    first = next(BLOCKS) * BLOCK
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.ringing", "--port", str(ground.settings.phone.sip_port),
        "--number", number, "--first", str(first), "--seconds", str(seconds), *more,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise BenchFailed(f"the callers ended with {process.returncode}")
    return Rung(first, **json.loads(said))


async def recorded(ground: Ground) -> None:
    """Measure calls on record beside the dialplan's, with the same number in flight."""
    for number in (DIALPLAN, ON_RECORD):
        await _closed(ground, number, WARM_S)
    _require_whole_dialplan(ground)
    pairs = await in_pairs(
        "calls_recorded",
        lambda: _closed(ground, ON_RECORD, SECONDS),
        lambda: _closed(ground, DIALPLAN, SECONDS),
    )
    versus = f"pure dialplan, {IN_FLIGHT} calls in flight, {pairs.limit:.1f}/s"
    show("calls_recorded", pairs.value, "1/s", versus, pairs.ratio)


async def forty(ground: Ground) -> None:
    """Ring the hotline itself forty times a second for a minute; every call must be on record."""
    late = _late(ground)
    rung = await ring(
        ground, ground.settings.phone.hotline_number, MINUTE_S,
        "--rate", str(RATE), "--stay", str(STAY_S),
    )  # fmt: skip
    await quiet(ground)
    kept = _late(ground) - late
    rows = rung.on_record(ground)
    note(
        f"calls_40: {rung.begun} begun, {rung.done} done, {rows} on record;"
        f" callers used {rung.cpu} s of processor time"
    )
    failed = rung.begun - min(rung.done, rows)
    achieved = rung.within / rung.seconds
    versus = f"0 of {rung.begun}, {achieved:.1f}/s done, {kept} on disk before the database"
    show("calls_40", failed, "failed calls", versus, None)


async def quiet(ground: Ground) -> None:
    """Wait until the phone connector has brought everything, and the backend told it."""
    spool = ground.settings.home.data_dir / "spool"
    await ground.until(lambda: not any(spool.rglob("*.json")), "the phone connector's work")
    await ground.settled()


async def _closed(ground: Ground, number: str, seconds: float) -> float:
    """Keep so many calls in flight; a run with a failed or forgotten call is no figure."""
    rung = await ring(ground, number, seconds, "--in-flight", str(IN_FLIGHT))
    await quiet(ground)
    wanted = rung.done if number == ON_RECORD else 0
    rows = rung.on_record(ground)
    if rung.failed or rows != wanted:
        raise BenchFailed(f"of {rung.begun} calls {rung.failed} failed, {rows} are on record")
    note(f"calls_recorded: callers used {rung.cpu} s of processor time in {seconds} s")
    return rung.within / rung.seconds


def _require_whole_dialplan(ground: Ground) -> None:
    """Refuse a limit that ended early: the exchange hangs up at a word that it does not know."""
    log = ground.settings.home.data_dir / "asterisk" / "log" / "messages"
    said = log.read_text("utf-8", "replace") if log.is_file() else ""
    complaints = [line for line in said.splitlines() if " pbx.c" in line or " pbx_var" in line]
    if complaints:
        raise BenchFailed(f"the exchange complains: {complaints[-1]}")


def _late(ground: Ground) -> int:
    """Count the calls that the phone connector could only put on its own disk at first."""
    return ground.log("ivr").read_text("utf-8", "replace").count(LATE)
