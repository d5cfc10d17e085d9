"""Proofs of the log: that it has only grown, and that something is in it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store import log_checkpoints
from backend.store.log_checkpoints import SignedAt
from backend.store.log_rows import LogEntryRow
from backend.store.log_sources import ReadBack, read_back
from backend.store.record_log import (
    GONE,
    LogSegment,
    all_segments,
    entry_of,
    known_of,
    root_of,
    segment_of_no,
    segments_since,
    size_of,
)
from hotline.record.checkpoint import Checkpoint, read_checkpoint
from hotline.record.growth import LogMonth, LogSeen
from hotline.record.log_entry import LogDamaged
from hotline.record.merkle import Span, growth_spans, hashes_of, path_spans, subtrees
from hotline.record.proof_file import LogProof

AT_ONCE: Final = 1_000
_ENTRIES: Final = select(LogEntryRow.__table__)


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry that is in the log: its text, its place, and the way to a root that is signed.

    `salt` and `content` are empty where what it holds was erased.
    """

    text: str
    salt: str
    content: str
    index: int
    path: tuple[str, ...]
    signed: SignedAt
    kind: str = ""
    ref: str = ""

    def without_content(self) -> "Proved":
        """Give it for who is not told what it holds."""
        return replace(self, salt="", content="")


@dataclass(frozen=True, slots=True)
class LogStanding:
    """Where an object stands in the log: so many of its entries are held by the newest checkpoint.

    `witnesses` have each signed a checkpoint, too, which is told by the name of who did.
    """

    entries: int
    checkpoint: Checkpoint
    witnesses: tuple[tuple[str, Checkpoint], ...]


async def standing_of(connection: AsyncConnection, of: str) -> LogStanding | None:
    """Give how much of an object the newest checkpoint holds; None where that is nothing."""
    signed = await log_checkpoints.last(connection)
    segment = None if signed is None else await segment_of_no(connection, signed.segment)
    if signed is None or segment is None:
        return None
    entry = LogEntryRow.__table__.c
    held = entry.seq < segment.first + signed.size
    counted = select(func.count()).where(entry.object == of, held)
    many = (await connection.execute(counted)).scalar_one()
    seen = await log_checkpoints.witnesses(connection)
    told = tuple((name, read_checkpoint(one)) for name, one in seen)
    return LogStanding(many, read_checkpoint(signed.signed), told) if many else None


async def months_between(
    connection: AsyncConnection, seen: LogSeen, newest: SignedAt
) -> tuple[LogMonth, ...]:
    """Give the months that lead from what was seen to the newest checkpoint; none where none do.

    Raises LogDamaged where that cannot be shown any more.
    """
    segments = [
        one for one in await segments_since(connection, seen.month) if one.no <= newest.segment
    ]
    if not segments or segments[-1].no != newest.segment:
        return ()
    months = []
    for turn, one in enumerate(segments):
        is_last = one.no == newest.segment
        size = newest.size if is_last else segments[turn + 1].size_before
        root = await root_of(connection, one, size)
        if turn:
            head = await _head(connection, one)
            path = await _hashes(connection, one, path_spans(0, size))
            months.append(LogMonth(one.month, size, root.hex(), (), head, path))
        elif 0 < seen.size <= size:
            growth = await _hashes(connection, one, growth_spans(seen.size, size))
            months.append(LogMonth(one.month, size, root.hex(), growth))
        else:
            return ()
    return tuple(months)


async def goes_on(connection: AsyncConnection, seen: Checkpoint) -> bool:
    """Tell whether the log is one that goes on from a checkpoint."""
    segments = await segments_since(connection, seen.month)
    if not segments:
        return False
    first = segments[0]
    size = await size_of(connection, first) if len(segments) == 1 else segments[1].size_before
    if size < seen.size:
        return False
    try:
        return (await root_of(connection, first, seen.size)).hex() == seen.root
    except LogDamaged:
        return False


async def prove(connection: AsyncConnection, kind: str, ref: str) -> Proved | None:
    """Give the proof of an entry; None where it is not logged, or not signed for yet.

    Raises LogDamaged where what it is made of is lost.
    """
    wanted = _ENTRIES.where(LogEntryRow.ref == ref, LogEntryRow.kind == kind)
    rows = (await connection.execute(wanted)).mappings().all()
    return next(iter(await _prove_some(connection, rows)), None)


def proof_file(number: str, proved: Proved, public: str) -> LogProof:
    """Give a proof as it is handed out; `public` is the office's key."""
    point = read_checkpoint(proved.signed.signed)
    return LogProof(
        number=number,
        entry=proved.text,
        salt=proved.salt,
        payload=proved.content,
        index=proved.index,
        size=point.size,
        path=proved.path,
        root=point.root,
        signed=proved.signed.signed,
        public=public,
    )


async def prove_all(
    connection: AsyncConnection, of: str, kinds: Sequence[str], most: int
) -> tuple[list[Proved], int]:
    """Give the proofs of the first entries of an object, and how many more it has.

    They are of some kinds, and signed: what is not yet counts among the others. A thousand are
    read at once, by some queries together. Raises LogDamaged where what proves them is lost.
    """
    entry = LogEntryRow.__table__.c
    mine = (entry.object == of, entry.kind.in_(kinds))
    wanted, last, proved = _ENTRIES.where(*mine).order_by(entry.seq), -1, list[Proved]()
    while len(proved) < most:
        some = wanted.where(entry.seq > last).limit(min(AT_ONCE, most - len(proved)))
        rows = (await connection.execute(some)).mappings().all()
        if not rows:
            break
        last = rows[-1]["seq"]
        proved += await _prove_some(connection, rows)
    # Counted at last: what comes in meanwhile is one more, and none fewer.
    many = (await connection.execute(select(func.count()).where(*mine))).scalar_one()
    return proved, many - len(proved)


async def _prove_some(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[Proved]:
    """Give the proofs of those entries that are signed for, in their order."""
    segments = await all_segments(connection)
    firsts = [one.first for one in segments]
    of_segment: dict[int, list[RowMapping]] = {}
    for row in rows:
        at = bisect_right(firsts, row["seq"]) - 1
        if at < 0:
            raise LogDamaged(str(row["seq"]))
        of_segment.setdefault(at, []).append(row)
    signed = await log_checkpoints.newest_of(connection, [segments[at].no for at in of_segment])
    found = await read_back(connection, [(row["kind"], row["ref"]) for row in rows])
    proved = []
    for at, mine in of_segment.items():
        segment = segments[at]
        point = signed.get(segment.no)
        if point is None:
            continue
        held = [row for row in mine if row["seq"] - segment.first < point.size]
        paths = await _paths(connection, segment, [row["seq"] for row in held], point.size)
        for row in held:
            source = found.get((row["kind"], row["ref"]), GONE)
            index = row["seq"] - segment.first
            proved.append(_proved(row, source, index, paths[row["seq"]], point))
    return proved


def _proved(
    row: RowMapping, source: ReadBack, index: int, path: tuple[str, ...], point: SignedAt
) -> Proved:
    salt = b"" if row["salt"] is None else bytes(row["salt"])
    content = source.sealed if salt else ""
    text = entry_of(row, source.plain).text()
    return Proved(text, salt.hex(), content, index, path, point, row["kind"], row["ref"])


async def _paths(
    connection: AsyncConnection, segment: LogSegment, seqs: Sequence[int], size: int
) -> dict[int, tuple[str, ...]]:
    """Give the way to the root from each of some entries; most of the ways they have together."""
    ways = {seq: path_spans(seq - segment.first, size) for seq in seqs}
    spans = list({span: None for way in ways.values() for span in way})
    hashed = dict(zip(spans, await _hashes(connection, segment, spans), strict=True))
    return {seq: tuple(hashed[span] for span in way) for seq, way in ways.items()}


async def _head(connection: AsyncConnection, segment: LogSegment) -> str:
    wanted = _ENTRIES.where(LogEntryRow.seq == segment.first)
    row = (await connection.execute(wanted)).mappings().first()
    if row is None:
        raise LogDamaged(f"{segment.month} {segment.first}")
    return entry_of(row, segment.head()).text()


async def _hashes(
    connection: AsyncConnection, segment: LogSegment, spans: list[Span]
) -> tuple[str, ...]:
    wanted = list({one: None for span in spans for one in subtrees(*span)})
    known = await known_of(connection, segment, wanted)
    return tuple(one.hex() for one in hashes_of(spans, known))
