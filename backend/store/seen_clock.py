"""The latest instant at which this office's clock was believed, so that a leap of years is seen.

All else that is written down bears the time of the same clock: a minute after it leapt, signs of
life and the feed are as far ahead as it is. So what was believed last is kept by itself, and does
not follow a leap before a person says that it is none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.privacy_rows import RetentionNightRow

# There is one row.
_ONE: Final = 1
# It need not be kept more exactly.
_EVERY: Final = timedelta(hours=1)


class SeenClockRow(Row):
    """When the clock was believed last; since when it is not, or NULL."""

    __tablename__ = "seen_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime]
    doubted_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class SeenClock:
    """When the clock was believed last, and what it showed when it first was not; None: it is."""

    seen_at: datetime
    doubted_at: datetime | None = None


_ROW: Final = SeenClockRow


async def read(connection: AsyncConnection) -> SeenClock | None:
    """Give how the clock is believed; None where it was never looked at."""
    found = (await connection.execute(select(_ROW.seen_at, _ROW.doubted_at))).first()
    return None if found is None else SeenClock(*found)


async def look(connection: AsyncConnection, now: datetime, ahead: timedelta) -> SeenClock:
    """Believe the clock where it is at most so far ahead of what was believed last, or doubt it."""
    known = await read(connection)
    if known is None:
        # What the last night showed; before the first one nothing has been kept long enough.
        last = (await connection.execute(select(func.max(RetentionNightRow.begun_at)))).scalar()
        row = insert(_ROW).values(id=_ONE, seen_at=last or now)
        await connection.execute(row.on_conflict_do_nothing())
        known = SeenClock(last or now)
    seen = judged(known, now, ahead)
    if seen.doubted_at is not None:
        if known.doubted_at is None:
            await connection.execute(update(_ROW).values(doubted_at=seen.doubted_at))
    elif known.doubted_at is not None or abs(seen.seen_at - known.seen_at) > _EVERY:
        await believe(connection, seen.seen_at)
    return seen


def judged(known: SeenClock, now: datetime, ahead: timedelta) -> SeenClock:
    """Give how the clock is believed that shows `now`, by what was believed last.

    An instant far ahead that was believed once, of a wrong clock or by mistake, is given up as soon
    as the clock is behind it: else every leap up to it would be believed.
    """
    if now - known.seen_at > ahead:
        return SeenClock(known.seen_at, known.doubted_at or now)
    return SeenClock(now if known.seen_at - now > ahead else max(known.seen_at, now))


async def believe(connection: AsyncConnection, now: datetime) -> None:
    """Believe an instant, and doubt no more."""
    await connection.execute(update(_ROW).values(seen_at=now, doubted_at=None))
