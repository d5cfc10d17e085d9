"""The feed: every change gets its number after commit, from one sequencer, and is told once.

A change is written beside what it tells of (`change`). Whoever has written asks for the sequencer
by a notification; it moves what it finds into `feed`, numbered, and notifies every backend.
Notifications may be lost: all who wait for one also look by themselves.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.base import has_no_place
from backend.store.compiled import Compiled
from backend.store.rows import CaseRow, ChangeRow, FeedRow
from hotline.case.standing import AREA_DIGITS, STANDING, Standing
from hotline.errors import Invalid
from hotline.wire import kept

SEQUENCER_LOCK: Final = 4_711_001
# Channels of NOTIFY: something waits for its number; numbers were given.
CHANGES: Final = "hotline_changes"
NUMBERED: Final = "hotline_feed"
# How many are numbered, and read, at once; fewer are all that there were.
AT_ONCE: Final = 500
# One sequencer at a time (the lock is held by its connection): rows that were committed late get a
# later number, so a console that has seen number n has seen everything before it.
_NUMBER: Final = text(
    "WITH taken AS (DELETE FROM change WHERE id IN "
    "(SELECT id FROM change ORDER BY id LIMIT :limit) "
    "RETURNING id, kind, ref, at, before, after), "
    "ordered AS (SELECT * FROM taken ORDER BY id), "
    "numbered AS (INSERT INTO feed (seq, id, kind, ref, at, before, after) "
    "SELECT nextval('feed_serial'), id, kind, ref, at, before, after FROM ordered RETURNING seq) "
    f"SELECT count(*), pg_notify('{NUMBERED}', '') FROM numbered HAVING count(*) > 0"
)
_FEED: Final = FeedRow.__table__
_AFTER: Final = Compiled(
    select(
        *(_FEED.c.seq, _FEED.c.id, _FEED.c.kind, _FEED.c.ref, _FEED.c.at),
        *(_FEED.c.before, _FEED.c.after),
    )
    .where(_FEED.c.seq > bindparam("seq"))
    .order_by(_FEED.c.seq)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A numbered change: ref is the number, key, id or name of what it is about.

    Kind is case, claim, call, notice, health, seat, talk or room.

    A case's says where it stood before and where it stands now; both are None where it stands as
    it did, and for all other kinds. `is_unread` is one that says so in no way that is known here.
    """

    seq: int
    id: UUID
    kind: str
    ref: str
    at: datetime
    before: Standing | None = None
    after: Standing | None = None
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The cases by where they stand, at one moment of the feed.

    `seq` is the newest number then and `last` the id of its change; `waiting` are the changes that
    are counted in already although they get a later number.
    """

    seq: int
    last: UUID | None
    waiting: frozenset[UUID]
    standings: tuple[tuple[Standing, int], ...]


async def lock(connection: AsyncConnection) -> bool:
    """Become the sequencer for as long as this connection lives; False when another one is."""
    rows = await connection.execute(
        text("SELECT pg_try_advisory_lock(:key)"), {"key": SEQUENCER_LOCK}
    )
    return bool(rows.scalar_one())


async def lock_for_now(connection: AsyncConnection) -> bool:
    """Keep any sequencer away until this transaction ends; False where there is one."""
    rows = await connection.execute(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": SEQUENCER_LOCK}
    )
    return bool(rows.scalar_one())


async def notify_changes(connection: AsyncConnection) -> None:
    """Ask the sequencer, wherever it runs, to look now."""
    await connection.execute(text(f"SELECT pg_notify('{CHANGES}', '')"))


async def number(connection: AsyncConnection, limit: int = AT_ONCE) -> int:
    """Number the changes that were committed since the last time; gives how many there were."""
    try:
        row = (await connection.execute(_NUMBER, {"limit": limit})).first()
    except IntegrityError as error:
        if not has_no_place(error):
            raise
        row = (await connection.execute(_NUMBER, {"limit": limit})).first()
    return 0 if row is None else int(row[0])


async def snapshot(connection: AsyncConnection) -> Snapshot:
    """Count the cases; the connection's transaction must see one moment only."""
    seq = await last(connection)
    newest = await id_at(connection, seq)
    waiting = frozenset((await connection.execute(select(ChangeRow.id))).scalars())
    stand = (
        CaseRow.stage,
        CaseRow.light,
        CaseRow.assigned,
        func.left(func.coalesce(CaseRow.cell, ""), AREA_DIGITS).label("area"),
        CaseRow.facets,
    )
    rows = await connection.execute(select(*stand, func.count()).group_by(*stand))
    counted: Counter[Standing] = Counter()
    for stage, light, assigned, area, facets, several in rows:
        parts = tuple(sorted(assigned)), area, tuple(sorted(facets.items()))
        counted[Standing(stage, light, *parts)] += several
    return Snapshot(seq, newest, waiting, tuple(counted.items()))


async def after(connection: AsyncConnection, seq: int, limit: int) -> list[FeedItem]:
    """Give the changes after a number, in order."""
    rows = await _AFTER.ask(connection, {"seq": seq, "limit": limit})
    return [_item(*row) for row in rows]


def _item(
    seq: int, change: UUID, kind: str, ref: str, at: datetime, before: object, after: object
) -> FeedItem:
    told = (seq, change, kind, ref, at)
    try:
        return FeedItem(*told, _standing(before), _standing(after))
    except Invalid:
        return FeedItem(*told, is_unread=True)


def _standing(data: object) -> Standing | None:
    return None if data is None else kept(STANDING, data)


async def id_at(connection: AsyncConnection, seq: int) -> UUID | None:
    """Give the id of the change that has a number, or None."""
    rows = await connection.execute(select(FeedRow.id).where(FeedRow.seq == seq))
    found: UUID | None = rows.scalar_one_or_none()
    return found


async def last_at(connection: AsyncConnection) -> datetime | None:
    """Give the instant of the newest change; None when nothing has happened yet."""
    rows = await connection.execute(select(FeedRow.at).order_by(FeedRow.seq.desc()).limit(1))
    return rows.scalar_one_or_none()


async def last(connection: AsyncConnection) -> int:
    """Give the newest number; 0 when nothing has happened yet."""
    rows = await connection.execute(select(func.coalesce(func.max(FeedRow.seq), 0)))
    return int(rows.scalar_one())
