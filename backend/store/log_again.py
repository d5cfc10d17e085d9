"""Logging anew what an erasure has changed or taken away: its salt goes, what is left is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.log_rows import LogDueRow
from backend.store.log_sources import FILE, again, read_back
from hotline.privacy import DataKind
from hotline.record.log_entry import seal

LOG_LOCK: Final = 4_711_020
_IN_TURN: Final = text("SELECT pg_advisory_xact_lock(:key)")
_OF: Final = text(
    "SELECT seq, kind, ref, salt, sealed FROM log_entry "
    "WHERE object = ANY(CAST(:objects AS text[])) AND kind = ANY(CAST(:kinds AS text[])) "
    "AND salt IS NOT NULL ORDER BY seq"
)
_LET_GO: Final = text("UPDATE log_entry SET salt = NULL WHERE seq = ANY(CAST(:seqs AS bigint[]))")
# Which file an entry is of stands before the number of what was logged anew.
_TOOK: Final = text(
    "INSERT INTO file_erased (stored, at, kind, how) SELECT DISTINCT regexp_replace(one, "
    "'#[0-9]+$', ''), CAST(:at AS timestamptz), :kind, :how "
    "FROM unnest(CAST(:refs AS text[])) AS one ON CONFLICT DO NOTHING"
)
_FILES_GONE: Final = text(
    f"SELECT DISTINCT e.object FROM erased_file AS f JOIN log_entry AS e "
    f"ON e.object = '{FILE}:' || f.sha256 AND e.kind = '{FILE}' AND e.salt IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class TakenBy:
    """Which erasure takes something: its kind, its instant, and by which rule or request."""

    kind: DataKind
    at: datetime
    how: str


async def in_turn(connection: AsyncConnection) -> None:
    """Wait until nobody else is at the log, and keep them off until this transaction ends."""
    await connection.execute(_IN_TURN, {"key": LOG_LOCK})


async def log_anew(
    connection: AsyncConnection,
    objects: Sequence[str],
    kinds: Sequence[str],
    *,
    gone: bool = False,
) -> list[str]:
    """Log anew what has changed of some objects and kinds, or (`gone`) only what is no more there.

    Whoever erases calls it in the same transaction; gives which entries it were.
    """
    # Who reads back at this moment ends first, so that no salt is written behind us.
    await in_turn(connection)
    given = {"objects": list(objects), "kinds": list(kinds)}
    rows = (await connection.execute(_OF, given)).all()
    there = await read_back(connection, [(row.kind, row.ref) for row in rows])
    changed = []
    for row in rows:
        found = there.get((row.kind, row.ref))
        if found is None or (
            not gone and seal(bytes(row.salt), found.sealed) != bytes(row.sealed).hex()
        ):
            changed.append(row)
    if changed:
        await connection.execute(_LET_GO, {"seqs": [row.seq for row in changed]})
        due = [{"kind": row.kind, "ref": again(row.ref)} for row in changed]
        await connection.execute(insert(LogDueRow), due)
    return [row.ref for row in changed]


async def log_files_anew(
    connection: AsyncConnection, objects: Sequence[str], by: TakenBy, *, gone: bool = False
) -> int:
    """Log some files anew, as log_anew does, and write down which erasure took them."""
    refs = await log_anew(connection, objects, (FILE,), gone=gone)
    if refs:
        given = {"refs": refs, "at": by.at, "kind": by.kind, "how": by.how}
        await connection.execute(_TOOK, given)
    return len(refs)


async def log_lost_files_anew(connection: AsyncConnection, by: TakenBy) -> int:
    """Log anew of which files no row speaks any more; gives how many they were."""
    objects = list((await connection.execute(_FILES_GONE)).scalars())
    return await log_files_anew(connection, objects, by, gone=True) if objects else 0
