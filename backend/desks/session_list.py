"""Where somebody is signed in, and signing out what one does not know."""

from dataclasses import dataclass

from backend.desks import signin
from backend.desks.audit import What, record
from backend.desks.signin import AuthService, Session
from backend.store import people
from backend.store.session import Transaction
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.wire import Instant


@dataclass(frozen=True, slots=True)
class SignedInAt:
    """A session: its browser ("" where it is not known), the address, since when, last seen."""

    id: str
    device: str
    address: str
    made_at: Instant
    seen_at: Instant
    current: bool


@dataclass(frozen=True, slots=True)
class EndedSessions:
    """How many other sessions have ended."""

    ended: int


async def listed(auth: AuthService, signed_in: Session) -> list[SignedInAt]:
    """Give one's own sessions, the one that was seen last first."""
    now, own = auth.office.clock.now(), signin.name_of(signed_in.cookie)
    async with auth.office.store.connect() as connection:
        found = await people.sessions_of(connection, signed_in.username, now, now - auth.longest)
    return [
        SignedInAt(
            id=one.name[: signin.SHORT],
            device=one.device,
            address=one.address,
            made_at=iso(one.made_at),
            seen_at=iso(one.seen_at),
            current=one.name == own,
        )
        for one in found
    ]


async def end(auth: AuthService, signed_in: Session, ident: str) -> list[str]:
    """End another of one's own sessions; gives its name. NotFound for any that is not one's own.

    The session that asks ends by signing out, and is none of them.
    """
    if len(ident) != signin.SHORT:
        raise NotFound("no such session")
    ended = await _end(auth, signed_in, ident)
    if not ended:
        raise NotFound("no such session")
    return ended


async def end_others(auth: AuthService, signed_in: Session) -> list[str]:
    """End all of one's sessions but the one that asks; gives their names."""
    return await _end(auth, signed_in, "")


async def _end(auth: AuthService, signed_in: Session, begins: str) -> list[str]:
    kept, person = signin.name_of(signed_in.cookie), signed_in.actor.person

    async def work(transaction: Transaction) -> list[str]:
        ended = await people.end_some(transaction.connection, signed_in.username, kept, begins)
        for one in ended:
            await record(transaction, What.SESSION_REVOKED, person, subject=one[: signin.SHORT])
        return ended

    return await auth.office.store.transaction(auth.office.clock.now, work)
