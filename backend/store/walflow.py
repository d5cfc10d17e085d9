"""How the server's log flows into the folder of backups: how far, and whether it was cut off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, text, true

from backend.store.rows import MediaRow
from backend.store.session import Store

RECEIVER: Final = "pg_receivewal"


@dataclass(frozen=True, slots=True)
class Flow:
    """The life that a server is in, and what it knows of who keeps its log.

    `has_slot` says whether it keeps what was not fetched yet, `is_lost` that it had to throw some
    of that away, `flushed` the place up to which it is on the receiver's disk, empty without one.
    """

    system: str
    timeline: int
    has_slot: bool
    is_lost: bool
    flushed: str


_FLOW: Final = text(
    "SELECT s.system_identifier::text, c.timeline_id, slot.slot_name IS NOT NULL, "
    "coalesce(slot.wal_status = 'lost', false), coalesce((SELECT max(flush_lsn)::text "
    "FROM pg_stat_replication WHERE application_name = :receiver), '') "
    "FROM pg_control_system() s CROSS JOIN pg_control_checkpoint() c "
    "LEFT JOIN pg_replication_slots slot ON slot.slot_name = :slot"
)
_SIGN: Final = text("SELECT pg_logical_emit_message(false, 'hotline', 'sign', true)::text")
_DROP: Final = text(
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
    "WHERE slot_name = :slot AND NOT active"
)


async def flow_of(store: Store, slot: str) -> Flow:
    """Give how the log flows through a slot."""
    async with store.connect() as connection:
        rows = await connection.execute(_FLOW, {"slot": slot, "receiver": RECEIVER})
        system, timeline, has_slot, is_lost, flushed = rows.one()
    return Flow(str(system), int(timeline), bool(has_slot), bool(is_lost), str(flushed))


async def sign(store: Store) -> str:
    """Write a sign into the log; gives its place, behind everything that was done before."""
    async with store.connect() as connection:
        return str((await connection.execute(_SIGN)).scalar_one())


async def drop_slot(store: Store, slot: str) -> bool:
    """Let the server keep nothing for a slot any more; False where somebody still reads by it."""
    async with store.connect() as connection:
        await connection.execute(_DROP, {"slot": slot})
    return not (await flow_of(store, slot)).has_slot


async def media_since(store: Store, since: datetime | None) -> list[str]:
    """Give the hashes of the photos and recordings that were stored since an instant, or ever."""
    media = MediaRow.__table__
    fresh = true() if since is None else media.c.stored_at >= since
    async with store.connect() as connection:
        rows = await connection.execute(select(media.c.sha256).where(fresh))
        return [str(sha256) for sha256 in rows.scalars()]
