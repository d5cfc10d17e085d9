"""Accounts and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.compiled import Compiled
from backend.store.factors import SecondFactorRow


class AccountRow(Row):
    """A login; who the person is stands in the city's organisation."""

    __tablename__ = "account"

    username: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    language: Mapped[str]
    made_at: Mapped[datetime]


class SessionRow(Row):
    """Somebody who is signed in; only the hash of the cookie is kept."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(
        ForeignKey("account.username", ondelete="CASCADE"), index=True
    )
    csrf: Mapped[str]
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # A backend of an earlier version that still runs writes none.
    device: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")


class WorkingPostRow(Row):
    """The post that somebody who holds several chose to work in, wherever they are signed in."""

    __tablename__ = "working_post"

    person: Mapped[str] = mapped_column(primary_key=True)
    post: Mapped[str]
    since: Mapped[datetime]


ACCOUNT: Final = AccountRow.__table__
WORKING: Final = WorkingPostRow.__table__
SESSION: Final = SessionRow.__table__
FACTOR: Final = SecondFactorRow.__table__
_HAS_FACTOR: Final = FACTOR.c.confirmed_at.is_not(None)


@dataclass(frozen=True, slots=True)
class Account:
    """A login as the desk needs it."""

    username: str
    person: str
    password: str
    language: str


@dataclass(frozen=True, slots=True)
class StoredSession:
    """Who a cookie belongs to, and the post that they chose to work in."""

    username: str
    person: str
    language: str
    csrf: str
    seen_at: datetime
    post: str | None
    has_factor: bool


@dataclass(frozen=True, slots=True)
class SessionPlace:
    """Where somebody is signed in: the session's name, its browser and address, and since when."""

    name: str
    device: str
    address: str
    made_at: datetime
    seen_at: datetime


async def find_account(connection: AsyncConnection, username: str) -> Account | None:
    """Give an account, or None."""
    rows = await connection.execute(
        select(
            AccountRow.username, AccountRow.person, AccountRow.password, AccountRow.language
        ).where(AccountRow.username == username)
    )
    row = rows.first()
    return None if row is None else Account(*row)


async def usernames(connection: AsyncConnection) -> dict[str, str]:
    """Give the username of every person who has an account."""
    rows = await connection.execute(select(AccountRow.person, AccountRow.username))
    return {row.person: row.username for row in rows}


async def add_accounts(
    connection: AsyncConnection, accounts: Sequence[Account], now: datetime
) -> list[str]:
    """Add accounts; give the usernames that were not there before."""
    if not accounts:
        return []
    rows = [
        {
            "username": one.username,
            "person": one.person,
            "password": one.password,
            "language": one.language,
            "made_at": now,
        }
        for one in accounts
    ]
    added = await connection.execute(
        upsert(AccountRow).values(rows).on_conflict_do_nothing().returning(AccountRow.username)
    )
    return [str(name) for name in added.scalars()]


async def set_password(connection: AsyncConnection, username: str, password: str) -> bool:
    """Set the hash of a password and end the account's sessions; False when there is none."""
    ended = delete(SessionRow).where(SessionRow.username == username)
    await connection.execute(ended)
    return await refresh_hash(connection, username, password)


async def change_password(
    connection: AsyncConnection, username: str, old: str, new: str, kept: str
) -> list[str] | None:
    """Set a hash in place of the one that was checked, and end all sessions but the one kept.

    Gives the sessions that ended; None where the password has been changed meanwhile.
    """
    done = await connection.execute(
        update(AccountRow)
        .where(AccountRow.username == username, AccountRow.password == old)
        .values(password=new)
    )
    if not done.rowcount:
        return None
    others = SessionRow.username == username, SessionRow.token_hash != kept
    ended = await connection.execute(
        delete(SessionRow).where(*others).returning(SessionRow.token_hash)
    )
    return [str(one) for one in ended.scalars()]


async def refresh_hash(connection: AsyncConnection, username: str, password: str) -> bool:
    """Write the same password's hash with today's figures; its sessions go on."""
    done = await connection.execute(
        update(AccountRow).where(AccountRow.username == username).values(password=password)
    )
    return bool(done.rowcount)


async def set_language(connection: AsyncConnection, username: str, language: str) -> None:
    """Keep the language that somebody chose."""
    await connection.execute(
        update(AccountRow).where(AccountRow.username == username).values(language=language)
    )


async def add_session(
    connection: AsyncConnection,
    token_hash: str,
    username: str,
    csrf: str,
    now: datetime,
    expires_at: datetime,
    *,
    device: str = "",
    address: str = "",
) -> None:
    """Keep a new session, and sweep the ones that ran out."""
    await connection.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
    await connection.execute(
        insert(SessionRow).values(
            token_hash=token_hash,
            username=username,
            csrf=csrf,
            made_at=now,
            seen_at=now,
            expires_at=expires_at,
            device=device,
            address=address,
        )
    )


async def sessions_of(
    connection: AsyncConnection, username: str, now: datetime, since: datetime
) -> list[SessionPlace]:
    """Give where an account is signed in, the one that was seen last first."""
    rows = await connection.execute(
        select(
            SessionRow.token_hash,
            SessionRow.device,
            SessionRow.address,
            SessionRow.made_at,
            SessionRow.seen_at,
        )
        .where(SessionRow.username == username)
        .where(SessionRow.expires_at > now, SessionRow.made_at > since)
        .order_by(SessionRow.seen_at.desc(), SessionRow.token_hash)
    )
    return [SessionPlace(*row) for row in rows]


async def end_some(
    connection: AsyncConnection, username: str, kept: str, begins: str = ""
) -> list[str]:
    """End sessions of an account but the one kept: those whose names begin so; give their names."""
    mine = SessionRow.username == username, SessionRow.token_hash != kept
    named = SessionRow.token_hash.startswith(begins, autoescape=True)
    gone = await connection.execute(
        delete(SessionRow).where(*mine, named).returning(SessionRow.token_hash)
    )
    return list(gone.scalars())


# Asked with every request, so it is made once.
_SESSION: Final = Compiled(
    select(
        SESSION.c.username,
        ACCOUNT.c.person,
        ACCOUNT.c.language,
        SESSION.c.csrf,
        SESSION.c.seen_at,
        WORKING.c.post,
        _HAS_FACTOR,
    )
    .join(ACCOUNT, ACCOUNT.c.username == SESSION.c.username)
    .outerjoin(FACTOR, FACTOR.c.username == SESSION.c.username)
    .outerjoin(WORKING, WORKING.c.person == ACCOUNT.c.person)
    .where(
        SESSION.c.token_hash == bindparam("token"),
        SESSION.c.expires_at > bindparam("now"),
        SESSION.c.made_at > bindparam("since"),
    )
)


async def find_session(
    connection: AsyncConnection, token_hash: str, now: datetime, since: datetime
) -> StoredSession | None:
    """Give the session of a cookie's hash; None when there is none, it ran out or is too old."""
    asked = {"token": token_hash, "now": now, "since": since}
    rows = await _SESSION.ask(connection, asked)
    return StoredSession(*rows[0]) if rows else None


async def persons_of(
    connection: AsyncConnection, sessions: Sequence[str], now: datetime, since: datetime
) -> dict[str, tuple[str, str | None, bool]]:
    """Give the person of each of these sessions that lives, by the cookie's hash.

    Beside them stand the post that they chose to work in, and whether they have a second factor.
    """
    rows = await connection.execute(
        select(SessionRow.token_hash, AccountRow.person, WorkingPostRow.post, _HAS_FACTOR)
        .join(AccountRow, AccountRow.username == SessionRow.username)
        .outerjoin(FACTOR, FACTOR.c.username == SessionRow.username)
        .outerjoin(WorkingPostRow, WorkingPostRow.person == AccountRow.person)
        .where(
            SessionRow.token_hash.in_(sessions),
            SessionRow.expires_at > now,
            SessionRow.made_at > since,
        )
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def work_as(connection: AsyncConnection, person: str, post: str, now: datetime) -> bool:
    """Keep the post that somebody works in from now on; False where they do so already."""
    chosen = upsert(WorkingPostRow).values(person=person, post=post, since=now)
    done = await connection.execute(
        chosen.on_conflict_do_update(
            index_elements=[WorkingPostRow.person],
            set_={"post": chosen.excluded.post, "since": chosen.excluded.since},
            where=WorkingPostRow.post != chosen.excluded.post,
        )
    )
    return bool(done.rowcount)


async def working_post(connection: AsyncConnection, person: str) -> str | None:
    """Give the post that somebody chose to work in, or None."""
    of_person = select(WorkingPostRow.post).where(WorkingPostRow.person == person)
    found: str | None = (await connection.execute(of_person)).scalar_one_or_none()
    return found


async def touch_session(
    connection: AsyncConnection, token_hash: str, now: datetime, expires_at: datetime
) -> None:
    """Let a session live on."""
    await connection.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == token_hash)
        .values(seen_at=now, expires_at=expires_at)
    )


async def end_sessions_of(connection: AsyncConnection, person: str) -> None:
    """End all sessions of a person."""
    own = select(AccountRow.username).where(AccountRow.person == person)
    await connection.execute(delete(SessionRow).where(SessionRow.username.in_(own)))


async def end_session(connection: AsyncConnection, token_hash: str) -> None:
    """End a session."""
    await connection.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))


async def signed_in(connection: AsyncConnection, now: datetime) -> dict[str, str | None]:
    """Give the people who are signed in anywhere, each with the post that they chose to work in."""
    rows = await connection.execute(
        select(AccountRow.person, WorkingPostRow.post)
        .join(SessionRow, SessionRow.username == AccountRow.username)
        .outerjoin(WorkingPostRow, WorkingPostRow.person == AccountRow.person)
        .where(SessionRow.expires_at > now)
        .distinct()
    )
    return {row.person: row.post for row in rows}
