"""How the log is: how much waits for it, and when it was signed and witnessed last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.store import log_checkpoints, record_log
from backend.store.session import Connection
from hotline.health import Finding, State

# After an upgrade all that is there waits; a thousand are logged within a second.
MANY_WAIT: Final = 10_000
# So many checkpoints may be missing before it is told.
MISSED: Final = 3
WITNESS_AWAY: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class LogAge:
    """How much waits for the log (at most MANY_WAIT are counted), and its last signatures."""

    waiting: int = 0
    signed: datetime | None = None
    witnessed: datetime | None = None


async def read_age(connection: Connection) -> LogAge:
    """Give how the log is."""
    return LogAge(
        await record_log.waiting(connection, MANY_WAIT),
        await log_checkpoints.last_at(connection),
        await log_checkpoints.last_witnessed(connection),
    )


def judge_log(age: LogAge, now: datetime, every: timedelta) -> Finding:
    """Judge it; a log that nobody witnesses is told, and is the city's own choice."""
    values: dict[str, str | int] = {"waiting": age.waiting}
    if age.signed is None:
        return Finding("record", State.WARN, "unsigned", values)
    values["minutes"] = _minutes(now - age.signed)
    if now - age.signed > max(MISSED * every, timedelta(minutes=MISSED)):
        return Finding("record", State.WARN, "late", values)
    if age.waiting >= MANY_WAIT:
        return Finding("record", State.WARN, "behind", values)
    if age.witnessed is None:
        return Finding("record", State.RIGHT, "alone", values)
    values["hours"] = _minutes(now - age.witnessed) // 60
    if now - age.witnessed > WITNESS_AWAY:
        return Finding("record", State.WARN, "away", values)
    return Finding("record", State.RIGHT, "right", values)


def _minutes(span: timedelta) -> int:
    return max(0, int(span.total_seconds() // 60))
