"""Files on record: who has handed each in, and the cases that they belong to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseMediaRow, MediaHolderRow, MediaRow
from backend.store.writes import Writes
from hotline.case.proof import PhotoKnown
from hotline.media import Attachment, MediaKind
from hotline.place.point import Point

MEDIA = MediaRow.__table__
HOLDER = MediaHolderRow.__table__
LINK = CaseMediaRow.__table__


@dataclass(frozen=True, slots=True)
class Held:
    """A file that somebody has handed in: the `cases` it belongs to, and what it says itself."""

    mime: str
    cases: frozenset[UUID]
    known: PhotoKnown


def add_file(writes: Writes, file: Attachment, size: int, holders: Collection[str]) -> None:
    """Put a stored file on record, and who has handed it in."""
    writes.add(
        "media",
        {
            "sha256": file.sha256,
            "mime": file.mime,
            "size": size,
            "stored_at": writes.now,
            "hint_lon": file.hint.lon if file.hint else None,
            "hint_lat": file.hint.lat if file.hint else None,
            "hint_metres": file.metres,
            "taken_at": file.taken_at,
        },
    )
    for holder in sorted(holders):
        writes.add("media_holder", {"sha256": file.sha256, "holder": holder, "at": writes.now})


def link_row(
    case: UUID, sha256: str, kind: MediaKind, key: str, now: datetime, *, proof: bool = False
) -> dict[str, Any]:
    """Give the row that links a file to a case."""
    return {
        "key": key,
        "case_id": case,
        "sha256": sha256,
        "kind": kind,
        "mime": kind.mime,
        "proof": proof,
        "at": now,
    }


async def held(
    connection: AsyncConnection, hashes: Collection[str], holders: Collection[str]
) -> dict[str, Held]:
    """Give those of some files that one of the holders has handed in, by hash."""
    cases = (
        select(func.coalesce(func.array_agg(LINK.c.case_id.distinct()), []))
        .where(LINK.c.sha256 == MEDIA.c.sha256)
        .scalar_subquery()
    )
    theirs = select(HOLDER.c.sha256).where(
        HOLDER.c.sha256 == MEDIA.c.sha256, HOLDER.c.holder.in_(holders)
    )
    rows = await connection.execute(
        select(MEDIA, cases.label("cases")).where(MEDIA.c.sha256.in_(hashes), theirs.exists())
    )
    return {
        row["sha256"]: Held(row["mime"], frozenset(row["cases"]), _known(row))
        for row in rows.mappings()
    }


def _known(row: Mapping[Any, Any]) -> PhotoKnown:
    placed = row["hint_lon"] is not None and row["hint_lat"] is not None
    point = Point(row["hint_lon"], row["hint_lat"]) if placed else None
    return PhotoKnown(row["sha256"], row["taken_at"], point, row["hint_metres"])


async def linked(connection: AsyncConnection, keys: Sequence[str]) -> tuple[UUID, str] | None:
    """Give (case, file) of the link that has one of the keys, or None."""
    asked = select(LINK.c.case_id, LINK.c.sha256).where(LINK.c.key.in_(keys))
    rows = await connection.execute(asked)
    row = rows.first()
    return None if row is None else (row[0], row[1])


async def is_recording_of(connection: AsyncConnection, sha256: str, case: UUID) -> bool:
    """Tell whether a file is linked to a case as a recording."""
    rows = await connection.execute(
        select(LINK.c.key)
        .where(LINK.c.sha256 == sha256, LINK.c.case_id == case)
        .where(LINK.c.kind == MediaKind.RECORDING)
        .limit(1)
    )
    return rows.first() is not None


async def photos_of(
    connection: AsyncConnection, ids: Sequence[UUID]
) -> dict[UUID, tuple[Attachment, ...]]:
    """Give the photos of cases, oldest first."""
    rows = await connection.execute(
        select(LINK.c.case_id, LINK.c.sha256, LINK.c.kind, LINK.c.mime)
        .where(LINK.c.case_id.in_(ids), LINK.c.kind != MediaKind.RECORDING)
        .order_by(LINK.c.at, LINK.c.key)
    )
    found: dict[UUID, tuple[Attachment, ...]] = {}
    for case, sha256, kind, mime in rows:
        found[case] = (*found.get(case, ()), Attachment(sha256, MediaKind(kind), mime))
    return found


async def case_of(connection: AsyncConnection, sha256: str) -> UUID | None:
    """Give the newest case that a file belongs to, or None."""
    rows = await connection.execute(
        select(CaseMediaRow.case_id)
        .where(CaseMediaRow.sha256 == sha256)
        .order_by(CaseMediaRow.at.desc())
        .limit(1)
    )
    found: UUID | None = rows.scalar()
    return found
