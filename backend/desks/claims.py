"""Claims: people let others see that they are at work on a case; nobody is kept from saving."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from backend.desks import signin
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.desks.signin import AuthService
from backend.store import claim_rows, views
from backend.store.claim_rows import ClaimRow
from backend.store.session import Transaction
from hotline.errors import NotFound, Refused
from hotline.people import Actor

MOST: Final = 100
"""So many pages one person has open, or has closed a moment ago: nobody works on more."""
KIND: Final = "claim"
"""The kind of change by which consoles hear that somebody is at work, or is no more."""


async def claim(
    office: AppContext, actor: Actor, session: str, number: str, tab: str, lease: timedelta
) -> None:
    """Let others see for a lease that somebody is at work on a case; a page that ended stays so.

    Raises NotFound for a case that they may not know of, Refused (many_claims) beyond so many.
    """

    async def work(transaction: Transaction) -> None:
        connection, now, person = transaction.connection, transaction.now, actor.person
        case = await views.id_in_scope(connection, scope_of(actor), number)
        if case is None:
            raise NotFound(f"no case {number} for {person}", code="no_case")
        pages = await claim_rows.pages_of(connection, person)
        if len(pages) >= MOST and (case, tab) not in pages:
            raise Refused(f"{person} has {MOST} pages", code="many_claims", most=MOST)
        known = await claim_rows.is_claimed(connection, case, person, now)
        row = ClaimRow(
            case_id=case,
            person=person,
            tab=tab,
            post=actor.post,
            session=session,
            since=now,
            until=now + lease,
            ended=False,
        )
        if await claim_rows.hold(connection, row) and not known:
            transaction.emit_change(KIND, number)

    await office.store.transaction(office.clock.now, work)


async def end(office: AppContext, actor: Actor, number: str, tab: str, lease: timedelta) -> None:
    """End the claim of one page, of a case that is out of somebody's sight by now, too."""

    async def work(transaction: Transaction) -> None:
        connection, now, person = transaction.connection, transaction.now, actor.person
        case = await claim_rows.claimed_case(connection, number, person, tab)
        if case is None:
            return
        # Told though another page of theirs may go on: of two that end at once neither sees so.
        if await claim_rows.let_go(connection, case, person, tab, now + lease):
            transaction.emit_change(KIND, number)

    await office.store.transaction(office.clock.now, work)


async def end_over(auth: AuthService, lease: timedelta) -> int:
    """End the claims whose pages say nothing more, or whose people are signed in no longer."""
    office = auth.office
    async with office.store.connect() as connection:
        sessions = await claim_rows.sessions_of(connection)
    gone = await _gone(auth, sessions) if sessions else []

    async def work(transaction: Transaction) -> int:
        connection, now = transaction.connection, transaction.now
        numbers = await claim_rows.drop_over(connection, now, lease, gone)
        for number in numbers:
            transaction.emit_change(KIND, number)
        return len(numbers)

    return await office.store.transaction(office.clock.now, work)


async def _gone(auth: AuthService, sessions: Collection[str]) -> list[str]:
    actors = await signin.actors_of(auth, sessions)
    return [one for one in sessions if one not in actors]
