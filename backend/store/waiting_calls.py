"""Calls that are not over, with what has happened in them: who waits for a person among them."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.partitions import FIRST
from backend.store.rows import CallEventRow, CallRow
from hotline.call import CallEvent, CallEventType
from hotline.ids import first_id
from hotline.room.waiting import OF_WAITING

# Nobody waits for longer, or talks.
LONGEST: Final = timedelta(hours=3)
_TOLD: Final = OF_WAITING | {CallEventType.EMERGENCY}


async def not_over(connection: AsyncConnection, now: datetime) -> dict[str, list[CallEvent]]:
    """Give what happened in the calls of the last hours that have no end, by their keys."""
    call, mark, end = CallRow, CallEventRow, CallEventRow.__table__.alias()
    since = now - LONGEST
    # A call's id tells when it came, or lies before all others where its key does not.
    recent = or_(call.id >= first_id(since), call.id < first_id(FIRST))
    ended = select(end.c.id).where(end.c.call_id == call.id, end.c.mark == CallEventType.ENDED)
    up = select(call.id).where(recent, call.started_at >= since, not_(ended.exists()))
    of_them = or_(mark.call_id >= first_id(since), mark.call_id < first_id(FIRST))
    rows = await connection.execute(
        select(mark.call_key, mark.mark, mark.at, mark.value)
        .where(mark.call_id.in_(up), of_them, mark.mark.in_(sorted(_TOLD)))
        .order_by(mark.at, mark.id)
    )
    found: dict[str, list[CallEvent]] = defaultdict(list)
    for key, kind, at, value in rows:
        found[key].append(CallEvent(key, CallEventType(kind), at, value))
    return found
