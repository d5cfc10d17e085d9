"""Claims: who has a case open to work on it. Each is a lease, of one page that a person has open.

A claim ends by itself where its page says nothing more. It stops nobody from saving.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.people import SessionRow
from backend.store.rows import CaseRow


class ClaimRow(Row):
    """A page on which somebody has a case open; `tab` is its key, `session` the hash of a cookie.

    One that has `ended` stays for a lease, so that a word that comes late does not begin it anew.
    No index holds `until`: a claim that goes on is written in its place.
    """

    __tablename__ = "claim"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    person: Mapped[str] = mapped_column(primary_key=True)
    tab: Mapped[str] = mapped_column(primary_key=True)
    post: Mapped[str]
    session: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended: Mapped[bool]


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody who has a case open, in a post, since their first page of it."""

    number: str
    person: str
    post: str
    since: datetime


def _runs(now: datetime) -> ColumnElement[bool]:
    return (ClaimRow.until > now) & ~ClaimRow.ended


async def claims_of(
    connection: AsyncConnection, numbers: Collection[str], now: datetime
) -> list[Claim]:
    """Give who has which of some cases open, the first ones first; nobody whose session is over.

    Of somebody who has pages in several posts it tells the one of the page that they opened last.
    """
    if not numbers:
        return []
    since = func.min(ClaimRow.since)
    posts = func.array_agg(aggregate_order_by(ClaimRow.post, ClaimRow.since.desc(), ClaimRow.tab))
    rows = await connection.execute(
        select(CaseRow.number, ClaimRow.person, posts, since)
        .join(CaseRow, CaseRow.id == ClaimRow.case_id)
        .join(SessionRow, SessionRow.token_hash == ClaimRow.session)
        .where(CaseRow.number.in_(numbers), _runs(now), SessionRow.expires_at > now)
        .group_by(CaseRow.number, ClaimRow.person)
        .order_by(since, ClaimRow.person)
    )
    return [Claim(number, person, post[0], first) for number, person, post, first in rows]


async def claimed_case(
    connection: AsyncConnection, number: str, person: str, tab: str
) -> UUID | None:
    """Give the id of a case that a page of somebody claims, or has claimed; else None."""
    rows = await connection.execute(
        select(ClaimRow.case_id)
        .join(CaseRow, CaseRow.id == ClaimRow.case_id)
        .where(CaseRow.number == number, ClaimRow.person == person, ClaimRow.tab == tab)
    )
    found: UUID | None = rows.scalar_one_or_none()
    return found


async def is_claimed(connection: AsyncConnection, case: UUID, person: str, now: datetime) -> bool:
    """Tell whether somebody has a case open on any page."""
    mine = (ClaimRow.case_id == case) & (ClaimRow.person == person)
    rows = await connection.execute(select(ClaimRow.tab).where(mine, _runs(now)).limit(1))
    return rows.first() is not None


async def pages_of(connection: AsyncConnection, person: str) -> set[tuple[UUID, str]]:
    """Give the pages of somebody, also those that have ended a moment ago."""
    rows = await connection.execute(
        select(ClaimRow.case_id, ClaimRow.tab).where(ClaimRow.person == person)
    )
    return {(case, tab) for case, tab in rows}


async def hold(connection: AsyncConnection, claim: ClaimRow) -> bool:
    """Begin a claim, or let it go on; False for one that has ended.

    One that ran out meanwhile, such as of a page that slept, begins anew.
    """
    begun = insert(ClaimRow).values(
        **{name: getattr(claim, name) for name in ClaimRow.__table__.columns.keys()}  # noqa: SIM118
    )
    ran_out = ClaimRow.until <= begun.excluded.since
    going_on = {
        "since": case((ran_out, begun.excluded.since), else_=ClaimRow.since),
        **{name: begun.excluded[name] for name in ("post", "session", "until")},
    }
    kept = begun.on_conflict_do_update(
        index_elements=["case_id", "person", "tab"], set_=going_on, where=~ClaimRow.ended
    )
    return (await connection.execute(kept.returning(ClaimRow.tab))).first() is not None


async def let_go(
    connection: AsyncConnection, case: UUID, person: str, tab: str, until: datetime
) -> bool:
    """End the claim of one page, and remember until then that it has; tells whether it ran."""
    page = (ClaimRow.case_id == case) & (ClaimRow.person == person) & (ClaimRow.tab == tab)
    rows = await connection.execute(
        update(ClaimRow)
        .where(page, ~ClaimRow.ended)
        .values(ended=True, until=until)
        .returning(ClaimRow.tab)
    )
    return rows.first() is not None


async def sessions_of(connection: AsyncConnection) -> list[str]:
    """Give the sessions whose people have a case open."""
    rows = await connection.execute(select(ClaimRow.session).where(~ClaimRow.ended).distinct())
    return list(rows.scalars())


async def drop_over(
    connection: AsyncConnection, now: datetime, lease: timedelta, gone: Sequence[str]
) -> list[str]:
    """Drop the claims that are over and those of these sessions; give the numbers of their cases.

    One that would run for longer than two leases was written by a clock that went wrong.
    """
    over = or_(ClaimRow.until <= now, ClaimRow.until > now + 2 * lease, ClaimRow.session.in_(gone))
    dropped = delete(ClaimRow).where(over).returning(ClaimRow.case_id, ClaimRow.ended)
    rows = await connection.execute(dropped)
    cases = {case for case, ended in rows if not ended}
    if not cases:
        return []
    numbers = select(CaseRow.number).where(CaseRow.id.in_(cases)).order_by(CaseRow.number)
    return list((await connection.execute(numbers)).scalars())
