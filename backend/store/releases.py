"""Releases: sections kept once by their hash, what each release is made of, and which one counts.

Nothing of it is ever changed or removed: a case finds the release that it began with for good.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Identity, RowMapping, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.jobs import ANEW, JobState
from hotline.errors import NotFound
from hotline.job import CALENDAR, CALENDAR_JOB, CalendarJob
from hotline.release import Manifest, Section, Sections
from hotline.wire import keep as keep_record

# Told to whoever follows, when another release counts or other people work here.
ACTIVATED: Final = "hotline_release"
_LOCK: Final = 0x72656C65
_JOBS: Final = (
    "INSERT INTO job (queue, ref, lane, case_id, body, due, tries, holder, state, reason, since) "
    "SELECT :queue, number, '', id, :body, :now, 0, '', :state, '', :now FROM cases WHERE "
)
_RECOUNT: Final = text(
    f"{_JOBS} jsonb_path_exists(clocks, "
    f"'$.* ? ((@.due_at != null || @.paused != null) && @.stopped == null)') {ANEW}"
).bindparams(bindparam("body", type_=JSONB))
# What hotline.case.limit reads: a clock that cannot be counted is not asked for again and again.
_LIMIT: Final = "^(?!0+[uw])[0-9]+[uw][mhd]$"
_ODD_ADDED: Final = f"jsonb_path_exists(it, 'lax $.added[*] ? (!(@ like_regex \"{_LIMIT}\"))')"
# A job that there is already, or that died of it, is left as it is.
_RECOUNT_BEHIND: Final = text(
    f"{_JOBS} stage = ANY(:stages) AND EXISTS (SELECT FROM jsonb_each(clocks) AS clock(kind, it) "
    "WHERE (it->>'due_at' IS NOT NULL OR it->>'paused' IS NOT NULL) AND it->>'stopped' IS NULL "
    "AND it->>'started' IS NOT NULL "
    "AND ((it->>'limit') || COALESCE(it->>'added', '')) ~ '[0-9]w[mhd]' "
    f"AND it->>'limit' ~ '{_LIMIT}' AND NOT {_ODD_ADDED} AND it->>'calendar' <> '' "
    "AND it->>'calendar' <> ALL(:marks)) "
    "ON CONFLICT (queue, ref) DO NOTHING"
).bindparams(bindparam("body", type_=JSONB))
IMPORT: Final = "import"


class SectionRow(Row):
    """The text of a section, kept once."""

    __tablename__ = "section"

    hash: Mapped[str] = mapped_column(primary_key=True)
    format: Mapped[str]
    text: Mapped[str]


class ReleaseRow(Row):
    """What a release is made of: the hashes of its sections, by their names."""

    __tablename__ = "release"

    id: Mapped[str] = mapped_column(primary_key=True)
    sections: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class ActivationRow(Row):
    """From when on a release counts, for new cases and for all that no case keeps.

    `files` is the release that the city's files make by themselves, where they were taken in.
    """

    __tablename__ = "activation"

    seq: Mapped[int] = mapped_column(Identity(), primary_key=True)
    release: Mapped[str] = mapped_column(ForeignKey("release.id"))
    at: Mapped[datetime]
    how: Mapped[str]
    person: Mapped[str]
    note: Mapped[str]
    files: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Activation:
    """A release, since when it counts, how it came to and by whom."""

    seq: int
    release: str
    at: datetime
    how: str
    person: str
    note: str
    files: str | None


async def lock(connection: AsyncConnection) -> None:
    """Let nobody else publish, or change people, until this transaction ends."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def keep(
    connection: AsyncConnection, release: str, sections: Sections, manifest: Manifest, now: datetime
) -> None:
    """Keep a release and those of its sections that are not kept yet."""
    for one in sections.values():
        row = {"hash": one.hash, "format": one.format, "text": one.text}
        await connection.execute(insert(SectionRow).values(row).on_conflict_do_nothing())
    made = {"id": release, "sections": dict(manifest), "made_at": now}
    await connection.execute(insert(ReleaseRow).values(made).on_conflict_do_nothing())


async def activate(
    connection: AsyncConnection,
    release: str,
    now: datetime,
    how: str,
    person: str,
    note: str,
    files: str | None = None,
) -> Activation:
    """Let a release count from now on, and tell who follows."""
    made = insert(ActivationRow).values(
        release=release, at=now, how=how, person=person, note=note, files=files
    )
    rows = await connection.execute(made.returning(ActivationRow.__table__))
    await tell_followers(connection)
    return _activation(rows.mappings().one())


async def tell_followers(connection: AsyncConnection) -> None:
    """Tell who follows that another release counts, or other people work here."""
    await connection.execute(text(f"SELECT pg_notify('{ACTIVATED}', '')"))


async def recount_open(connection: AsyncConnection, activation: int, now: datetime) -> None:
    """Let the clocks of all open cases be counted anew, each by a job of its own."""
    await connection.execute(_RECOUNT, _about_jobs(activation, now))


async def recount_behind(
    connection: AsyncConnection,
    activation: int,
    stages: Collection[str],
    marks: Collection[str],
    now: datetime,
) -> int:
    """Let those open clocks be counted anew that none of these calendars counted; gives how many.

    `stages` are those in which cases are open.
    """
    given = {"stages": list(stages), "marks": list(marks), **_about_jobs(activation, now)}
    return (await connection.execute(_RECOUNT_BEHIND, given)).rowcount


def _about_jobs(activation: int, now: datetime) -> dict[str, Any]:
    body = keep_record(CALENDAR_JOB, CalendarJob(activation))
    return {"queue": CALENDAR, "body": body, "now": now, "state": JobState.WAITING}


async def current(connection: AsyncConnection) -> Activation | None:
    """Give the release that counts; None before the first."""
    found = await activations(connection, 1)
    return found[0] if found else None


async def last_import(connection: AsyncConnection) -> str | None:
    """Give the release that the city's files made when they were last taken in, or None."""
    wanted = select(ActivationRow.files).where(ActivationRow.files.is_not(None))
    rows = await connection.execute(wanted.order_by(ActivationRow.seq.desc()).limit(1))
    return rows.scalar_one_or_none()


async def activations(connection: AsyncConnection, most: int | None = None) -> list[Activation]:
    """Give what counted, the newest first: so many, or all."""
    wanted = select(ActivationRow.__table__).order_by(ActivationRow.seq.desc()).limit(most)
    return [_activation(row) for row in (await connection.execute(wanted)).mappings()]


async def manifests(connection: AsyncConnection) -> dict[str, Manifest]:
    """Give what every release is made of."""
    rows = await connection.execute(select(ReleaseRow.id, ReleaseRow.sections))
    return {row.id: row.sections for row in rows}


async def counted_manifests(connection: AsyncConnection) -> dict[str, Manifest]:
    """Give what those releases are made of that a case may name, the last that counted first.

    They are those that counted, and behind them the versions of 0.1.0, which were a workflow only.
    """
    last = select(ActivationRow.release, func.max(ActivationRow.seq).label("seq"))
    counted = last.group_by(ActivationRow.release).subquery()
    rows = await connection.execute(
        select(ReleaseRow.id, ReleaseRow.sections)
        .outerjoin(counted, counted.c.release == ReleaseRow.id)
        .where(counted.c.seq.is_not(None) | ~ReleaseRow.__table__.c.sections.has_key("city"))
        .order_by(counted.c.seq.desc().nulls_last(), ReleaseRow.made_at.desc(), ReleaseRow.id)
    )
    return {row.id: row.sections for row in rows}


async def sections(connection: AsyncConnection, hashes: Collection[str]) -> dict[str, Section]:
    """Give sections by their hashes; those that are not kept are not among them."""
    rows = await connection.execute(
        select(SectionRow.__table__).where(SectionRow.hash.in_(sorted(hashes)))
    )
    return {row.hash: Section(row.format, row.text) for row in rows}


async def manifest(connection: AsyncConnection, release: str) -> Manifest:
    """Give what a release is made of; NotFound where there is none."""
    found = await connection.execute(select(ReleaseRow.sections).where(ReleaseRow.id == release))
    kept: Manifest | None = found.scalar_one_or_none()
    if kept is None:
        raise NotFound(f"there is no release {release}", code="no_release")
    return kept


async def sections_of(connection: AsyncConnection, release: str) -> dict[str, Section]:
    """Give the sections of a release by their names; NotFound where there is no such release."""
    kept = await manifest(connection, release)
    texts = await sections(connection, {*kept.values()})
    return {name: texts[one] for name, one in kept.items()}


def _activation(row: RowMapping) -> Activation:
    return Activation(**row)
