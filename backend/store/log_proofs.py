"""Proofs of the log: that it has only grown, and that something is in it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store import log_checkpoints
from backend.store.log_checkpoints import SignedAt
from backend.store.log_rows import LogEntryRow, LogSegmentRow
from backend.store.log_sources import read_back
from backend.store.record_log import (
    GONE,
    LogSegment,
    entry_of,
    known_of,
    root_of,
    segment_of,
    segments_since,
)
from hotline.record.growth import LogMonth, LogSeen
from hotline.record.merkle import Span, growth_spans, hashes_of, path_spans, subtrees

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


async def months_between(
    connection: AsyncConnection, seen: LogSeen, newest: SignedAt
) -> tuple[LogMonth, ...]:
    """Give the months that lead from what was seen to the newest checkpoint; none where none do."""
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


async def prove(connection: AsyncConnection, kind: str, ref: str) -> Proved | None:
    """Give the proof of an entry; None where it is not logged, or not signed for yet."""
    wanted = _ENTRIES.where(LogEntryRow.ref == ref, LogEntryRow.kind == kind)
    row = (await connection.execute(wanted)).mappings().first()
    if row is None:
        return None
    segment = await _segment_with(connection, row["seq"])
    index = row["seq"] - segment.first
    signed = await log_checkpoints.covering(connection, segment.no, index)
    if signed is None:
        return None
    found = (await read_back(connection, [(kind, ref)])).get((kind, ref), GONE)
    path = await _hashes(connection, segment, path_spans(index, signed.size))
    salt = b"" if row["salt"] is None else bytes(row["salt"])
    content = found.sealed if salt else ""
    text = entry_of(row, found.plain).text()
    return Proved(text, salt.hex(), content, index, path, signed)


async def _segment_with(connection: AsyncConnection, seq: int) -> LogSegment:
    wanted = select(LogSegmentRow.__table__).where(LogSegmentRow.first <= seq)
    rows = await connection.execute(wanted.order_by(LogSegmentRow.no.desc()).limit(1))
    return segment_of(rows.mappings().one())


async def _head(connection: AsyncConnection, segment: LogSegment) -> str:
    wanted = _ENTRIES.where(LogEntryRow.seq == segment.first)
    row = (await connection.execute(wanted)).mappings().one()
    return entry_of(row, segment.head()).text()


async def _hashes(
    connection: AsyncConnection, segment: LogSegment, spans: list[Span]
) -> tuple[str, ...]:
    wanted = [one for span in spans for one in subtrees(*span)]
    known = await known_of(connection, segment, wanted)
    return tuple(one.hex() for one in hashes_of(spans, known))
