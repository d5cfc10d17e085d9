"""Adding to the log: what waits is read back and appended by one process at a time, in batches.

Whatever is logged leaves a row in `log_due` by a trigger, in its own transaction: it is there as
soon as that is committed, however late, and goes in the transaction that appends the entry. So
nothing is passed over, whatever order things are committed in, and a process that dies in the
middle has done all of a batch or nothing of it.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.log_again import LOG_LOCK, in_turn
from backend.store.log_rows import LogDueRow, LogSegmentRow
from backend.store.log_sources import EMPTIED, SOURCES, STEP, ReadBack, read_back
from backend.store.session import Transaction
from hotline.clock import iso
from hotline.record.log_entry import HEAD, SALT_BYTES, LogDamaged, LogEntry, head_text, seal
from hotline.record.merkle import Frontier, Subtree, joined, subtrees

AT_ONCE: Final = 1_000
# Subtrees of fewer leaves are made of the leaves when they are asked for.
KEPT_LEVEL: Final = 4
# What was written down and is gone before it was read back.
GONE: Final = ReadBack("gone", "null", "")
_ONLY_ONE: Final = text("SELECT pg_try_advisory_xact_lock(:key)")
_SEGMENT: Final = select(LogSegmentRow.__table__).order_by(LogSegmentRow.no.desc()).limit(1)
# What a later version logs waits for its workers; nothing else of another kind can be logged.
_DUE: Final = (
    select(LogDueRow.__table__).where(LogDueRow.kind.in_(sorted(SOURCES))).order_by(LogDueRow.id)
)
_NEXT: Final = text("SELECT COALESCE(max(seq) + 1, 0) FROM log_entry")
_LOGGED: Final = text(
    "SELECT e.kind, e.ref FROM log_entry AS e JOIN unnest(CAST(:kinds AS text[]), "
    "CAST(:refs AS text[])) AS w(kind, ref) ON e.kind = w.kind AND e.ref = w.ref"
)
_LAST: Final = text(
    "SELECT w.object, e.digest FROM unnest(CAST(:objects AS text[])) AS w(object) "
    "CROSS JOIN LATERAL (SELECT digest FROM log_entry WHERE object = w.object "
    "ORDER BY seq DESC LIMIT 1) AS e"
)
_NODES: Final = text(
    "SELECT n.level, n.place, n.hash FROM unnest(CAST(:levels AS bigint[]), "
    "CAST(:places AS bigint[])) AS w(level, place) JOIN log_node AS n "
    "ON n.segment = :segment AND n.level = w.level AND n.place = w.place"
)
_LEAVES: Final = text(
    "SELECT e.seq, e.digest FROM unnest(CAST(:lows AS bigint[]), CAST(:highs AS bigint[])) "
    "AS w(low, high) JOIN log_entry AS e ON e.seq >= w.low AND e.seq < w.high"
)
_ADD: Final = text(
    "INSERT INTO log_entry (seq, kind, object, ref, logged, sealed, before, salt, digest) "
    "SELECT * FROM unnest(CAST(:seqs AS bigint[]), CAST(:kinds AS text[]), "
    "CAST(:objects AS text[]), CAST(:refs AS text[]), CAST(:logged AS text[]), "
    "CAST(:sealed AS bytea[]), CAST(:before AS bytea[]), CAST(:salts AS bytea[]), "
    "CAST(:digests AS bytea[]))"
)
_GROW: Final = text(
    "INSERT INTO log_node (segment, level, place, hash) SELECT :segment, * FROM "
    "unnest(CAST(:levels AS bigint[]), CAST(:places AS bigint[]), CAST(:hashes AS bytea[]))"
)
_EMPTY: Final = text(
    "WITH gone AS (SELECT case_id::text AS case_id, case_id::text || '/' || seq::text AS ref "
    "FROM step WHERE erased_at IS NOT NULL AND case_id = ANY(CAST(:cases AS uuid[]))), "
    "emptied AS (UPDATE log_entry AS e SET salt = NULL FROM gone WHERE e.ref = gone.ref "
    f"AND e.kind = '{STEP}' AND e.salt IS NOT NULL) "
    "SELECT ref FROM gone WHERE NOT EXISTS (SELECT FROM log_entry AS e "
    f"WHERE e.ref = gone.ref AND e.kind = '{EMPTIED}') AND NOT EXISTS (SELECT FROM log_due AS d "
    f"WHERE d.ref = gone.ref AND d.kind = '{EMPTIED}')"
)


@dataclass(frozen=True, slots=True)
class LogSegment:
    """A month of the log, and the head of the one before."""

    no: int
    month: str
    first: int
    size_before: int
    root_before: bytes

    def head(self) -> str:
        """Give what its first entry tells of the month before, as JSON."""
        return head_text(self.month, self.size_before, self.root_before)


@dataclass(slots=True)
class _NewEntries:
    """Entries as they are made, on the tree that they go on."""

    segment: LogSegment
    tree: Frontier
    logged: str
    last: dict[str, bytes]
    rows: list[tuple[object, ...]]
    nodes: list[tuple[Subtree, bytes]]

    def add(self, kind: str, ref: str, found: ReadBack, salt: bytes | None) -> None:
        """Add an entry behind the last one of its object."""
        before = self.last.get(found.object, b"")
        sealed = "" if salt is None else seal(salt, found.sealed)
        entry = LogEntry(kind, found.object, ref, self.logged, sealed, before.hex(), found.plain)
        digest = entry.digest()
        seq = self.segment.first + self.tree.size
        self.last[found.object] = digest
        self.rows.append(
            (seq, kind, found.object, ref, self.logged, bytes.fromhex(sealed), before, salt, digest)
        )
        self.nodes += [one for one in self.tree.add(digest) if one[0][0] >= KEPT_LEVEL]


async def append(transaction: Transaction, most: int = AT_ONCE) -> int:
    """Read back some of what waits, and add it to the log; gives how many waiting rows went.

    0 where nothing waits, or somebody else is at it.
    """
    connection = transaction.connection
    if not await is_ours(connection):
        return 0
    due = (await connection.execute(_DUE.limit(most))).all()
    if not due:
        return 0
    wanted = list(dict.fromkeys((row.kind, row.ref) for row in due))
    logged = await _which_are_logged(connection, wanted)
    wanted = [one for one in wanted if one not in logged]
    found = await read_back(connection, wanted)
    missing = [one for one in wanted if one not in found]
    if missing:
        # What was moved into its part of a table at that moment is seen by the next question.
        found |= await read_back(connection, missing)
    batch = await _open(connection, transaction.now, found)
    salts = secrets.token_bytes(SALT_BYTES * len(wanted))
    for turn, (kind, ref) in enumerate(wanted):
        there = found.get((kind, ref))
        salt = salts[turn * SALT_BYTES : (turn + 1) * SALT_BYTES] if there else None
        batch.add(kind, ref, there or GONE, salt)
    await _write(connection, batch)
    await connection.execute(delete(LogDueRow).where(LogDueRow.id.in_([row.id for row in due])))
    return len(due)


async def _which_are_logged(
    connection: AsyncConnection, wanted: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """What is there already: a backup that was read back may name it once more."""
    given = {"kinds": [kind for kind, _ in wanted], "refs": [ref for _, ref in wanted]}
    return {(row.kind, row.ref) for row in await connection.execute(_LOGGED, given)}


async def is_ours(connection: AsyncConnection) -> bool:
    """Tell whether nobody else is at the log, and keep them off until this transaction ends."""
    return bool((await connection.execute(_ONLY_ONE, {"key": LOG_LOCK})).scalar_one())


async def segment_now(connection: AsyncConnection) -> LogSegment | None:
    """Give the segment that is added to; None before the first entry."""
    row = (await connection.execute(_SEGMENT)).mappings().first()
    return None if row is None else segment_of(row)


async def segment_of_no(connection: AsyncConnection, no: int) -> LogSegment | None:
    """Give a segment by its number; None where there is none."""
    wanted = select(LogSegmentRow.__table__).where(LogSegmentRow.no == no)
    row = (await connection.execute(wanted)).mappings().first()
    return None if row is None else segment_of(row)


async def all_segments(connection: AsyncConnection) -> list[LogSegment]:
    """Give all segments, in order: twelve a year."""
    wanted = select(LogSegmentRow.__table__).order_by(LogSegmentRow.first)
    return [segment_of(row) for row in (await connection.execute(wanted)).mappings()]


async def segments_since(connection: AsyncConnection, month: str) -> list[LogSegment]:
    """Give the segments from a month on, in order; none where there is no such month."""
    wanted = select(LogSegmentRow.__table__).where(LogSegmentRow.month >= month)
    rows = await connection.execute(wanted.order_by(LogSegmentRow.no))
    found = [segment_of(row) for row in rows.mappings()]
    return found if found and found[0].month == month else []


def segment_of(row: RowMapping) -> LogSegment:
    """Give a segment of its row."""
    return LogSegment(
        row["no"], row["month"], row["first"], row["size_before"], bytes(row["root_before"])
    )


async def size_of(connection: AsyncConnection, segment: LogSegment) -> int:
    """Give how many entries the newest segment has."""
    return int((await connection.execute(_NEXT)).scalar_one()) - segment.first


def entry_of(row: RowMapping, plain: str) -> LogEntry:
    """Give the entry of a row, with what stays of the thing that it names."""
    sealed, before = bytes(row["sealed"]).hex(), bytes(row["before"]).hex()
    return LogEntry(row["kind"], row["object"], row["ref"], row["logged"], sealed, before, plain)


async def kept_of(
    connection: AsyncConnection, segment: int, wanted: Collection[Subtree]
) -> dict[Subtree, bytes]:
    """Give the kept hashes of some subtrees of a segment; those that lack are not there."""
    given = {"levels": [level for level, _ in wanted], "places": [place for _, place in wanted]}
    rows = await connection.execute(_NODES, {"segment": segment, **given})
    return {(row.level, row.place): bytes(row.hash) for row in rows}


async def known_of(
    connection: AsyncConnection, segment: LogSegment, wanted: Sequence[Subtree]
) -> dict[Subtree, bytes]:
    """Give the hashes of some complete subtrees of a segment; LogDamaged where one is lost."""
    high = [one for one in wanted if one[0] >= KEPT_LEVEL]
    known = await kept_of(connection, segment.no, high)
    low = [one for one in wanted if one[0] < KEPT_LEVEL]
    lows = [segment.first + (place << level) for level, place in low]
    highs = [one + (1 << level) for one, (level, _) in zip(lows, low, strict=True)]
    rows = await connection.execute(_LEAVES, {"lows": lows, "highs": highs})
    leaves = {row.seq: bytes(row.digest) for row in rows}
    for one, begin, end in zip(low, lows, highs, strict=True):
        tree = Frontier()
        for seq in range(begin, end):
            if seq in leaves:
                tree.add(leaves[seq])
        if tree.size == end - begin:
            known[one] = tree.root()
    for one in wanted:
        if one not in known:
            raise LogDamaged(f"{segment.month} {one[0]}/{one[1]}")
    return known


async def root_of(connection: AsyncConnection, segment: LogSegment, size: int) -> bytes:
    """Give the root over the first entries of a segment; LogDamaged where it cannot be."""
    wanted = subtrees(0, size)
    known = await known_of(connection, segment, wanted)
    return joined([known[one] for one in wanted])


async def _open(
    connection: AsyncConnection, now: datetime, found: Mapping[tuple[str, str], ReadBack]
) -> _NewEntries:
    """Begin a batch where the log stands; a new month begins with the head of the one before."""
    objects = {*(one.object for one in found.values()), HEAD, GONE.object}
    rows = await connection.execute(_LAST, {"objects": sorted(objects)})
    last = {row.object: bytes(row.digest) for row in rows}
    segment, month = await segment_now(connection), now.strftime("%Y-%m")
    if segment is not None:
        wanted = subtrees(0, await size_of(connection, segment))
        known = await known_of(connection, segment, wanted)
        tree = Frontier(sum(1 << level for level, _ in wanted), [known[one] for one in wanted])
        # A clock that goes back begins no month anew.
        if month <= segment.month:
            return _NewEntries(segment, tree, iso(now), last, [], [])
        first, no = segment.first + tree.size, segment.no + 1
    else:
        tree, first, no = Frontier(), 0, 0
    begun = LogSegment(no, month, first, tree.size, tree.root())
    row = {
        "no": no,
        "month": month,
        "first": first,
        "size_before": tree.size,
        "root_before": begun.root_before,
    }
    await connection.execute(insert(LogSegmentRow).values(row))
    batch = _NewEntries(begun, Frontier(), iso(now), last, [], [])
    batch.add(HEAD, month, ReadBack(HEAD, begun.head(), ""), None)
    return batch


async def _write(connection: AsyncConnection, batch: _NewEntries) -> None:
    names = ("seqs", "kinds", "objects", "refs", "logged", "sealed", "before", "salts", "digests")
    if batch.rows:
        columns = map(list, zip(*batch.rows, strict=True))
        await connection.execute(_ADD, dict(zip(names, columns, strict=True)))
    if batch.nodes:
        given = {
            "segment": batch.segment.no,
            "levels": [level for (level, _), _ in batch.nodes],
            "places": [place for (_, place), _ in batch.nodes],
            "hashes": [one for _, one in batch.nodes],
        }
        await connection.execute(_GROW, given)


async def erase(connection: AsyncConnection, cases: Sequence[str]) -> int:
    """Empty the salts of those steps of some cases (ids) that were erased; gives how many.

    Whoever erases words of steps calls it in the same transaction: nobody can try out any more what
    it was, and what is left of each step is logged anew.
    """
    # Who reads steps back at this moment ends first, so that no salt is written behind us.
    await in_turn(connection)
    emptied = list((await connection.execute(_EMPTY, {"cases": list(cases)})).scalars())
    if emptied:
        rows = [{"kind": EMPTIED, "ref": ref} for ref in emptied]
        await connection.execute(insert(LogDueRow), rows)
    return len(emptied)


async def waiting(connection: AsyncConnection, most: int) -> int:
    """Give how much is written down and not in the log yet; so many are counted at the most."""
    some = select(LogDueRow.id).limit(most).subquery()
    counted = await connection.execute(select(func.count()).select_from(some))
    return int(counted.scalar_one())
