"""What the room's figures of a day are reckoned from: marks of its calls, and what seats did."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.partitions import FIRST
from backend.store.rows import CallEventRow
from backend.store.telephony_rows import SeatEventRow, SeatRow
from hotline.call import CallEvent, CallEventType
from hotline.ids import first_id
from hotline.room.half_hours import HalfHours
from hotline.room.offered import MARKS
from hotline.room.seat import SeatState

AT_ONCE: Final = 4_000
# A call comes before it is offered, but not for longer; and it may end so long after its day has.
COMES_BEFORE: Final = timedelta(hours=2)
ENDS_AFTER: Final = timedelta(hours=12)
# An event of a seat has its id by the office's clock, and its time by the exchange's.
CLOCKS_APART: Final = timedelta(hours=1)


async def calls_of(
    connection: AsyncConnection, halves: HalfHours
) -> AsyncIterator[list[list[CallEvent]]]:
    """Give what happened in each call that may have been offered in a day, many calls at a time.

    A call's id tells when it came: of both tables only the parts of that time are read.
    """
    mark, since = CallEventRow, halves.start - COMES_BEFORE
    of_the_day = (mark.call_id >= first_id(since)) & (mark.call_id < first_id(halves.end))
    # A call whose key tells no time lies with others of its kind, and is found by its marks.
    untimed = (mark.call_id < first_id(FIRST)) & (mark.at >= since)
    untimed &= mark.at < halves.end + ENDS_AFTER
    rows = await connection.stream(
        select(mark.call_key, mark.mark, mark.at, mark.value)
        .where(of_the_day | untimed, mark.mark.in_(sorted(MARKS)))
        .order_by(mark.call_id, mark.at, mark.id)
    )
    last: list[CallEvent] = []
    async for part in rows.partitions(AT_ONCE):
        calls: list[list[CallEvent]] = []
        for key, kind, at, value in part:
            if last and last[0].key != key:
                calls.append(last)
                last = []
            last.append(CallEvent(key, CallEventType(kind), at, value))
        yield calls
    if last:
        yield [last]


async def seats_of(
    connection: AsyncConnection, halves: HalfHours
) -> list[tuple[str, SeatState, str, datetime]]:
    """Give what seats did (name, state, call, since when), in order.

    It begins with how each began the day, and goes on for as long as the day's calls may last.
    """
    event, seat = SeatEventRow, SeatRow
    columns = (event.seat, event.state, event.call, event.at)
    before = (
        select(*columns)
        .where(event.seat == seat.name, event.at < halves.start)
        .order_by(event.at.desc())
        .limit(1)
        .lateral()
    )
    first = select(before).select_from(seat).join(before, true())
    until = halves.end + ENDS_AFTER
    changes = select(*columns).where(
        event.id >= first_id(halves.start - CLOCKS_APART), event.id < first_id(until),
        event.at >= halves.start, event.at < until,
    )  # fmt: skip
    rows = await connection.execute(first.union_all(changes).order_by("seat", "at"))
    return [(name, SeatState(state), call, at) for name, state, call, at in rows]


async def people_of_seats(connection: AsyncConnection) -> dict[str, str]:
    """Give whose each seat is."""
    rows = await connection.execute(select(SeatRow.name, SeatRow.person))
    return {one.name: one.person for one in rows}
