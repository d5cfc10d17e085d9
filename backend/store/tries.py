"""Tries to sign in within a sliding window, and the places that an account is known at."""

from datetime import datetime, timedelta

from sqlalchemy import DateTime, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row


class LoginTryRow(Row):
    """When somebody tried to sign in without a success, by what is counted; oldest first."""

    __tablename__ = "login_try"

    key: Mapped[str] = mapped_column(primary_key=True)
    ats: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    last_at: Mapped[datetime] = mapped_column(index=True)


class KnownPlaceRow(Row):
    """A device or an address from which an account has signed in."""

    __tablename__ = "known_place"

    username: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    last_at: Mapped[datetime] = mapped_column(index=True)


# What was counted while a clock went far ahead would otherwise keep people out until it is there.
_WITHIN = (
    "FROM unnest(login_try.ats) AS at "
    "WHERE at > CAST(:since AS timestamptz) AND at < CAST(:ahead AS timestamptz)"
)
_TAKE = text(
    "INSERT INTO login_try (key, ats, last_at) "
    "VALUES (:key, ARRAY[CAST(:now AS timestamptz)], :now) ON CONFLICT (key) DO UPDATE SET "
    f"ats = ARRAY(SELECT at {_WITHIN} ORDER BY at) || CAST(:now AS timestamptz), last_at = :now "
    f"WHERE (SELECT count(*) {_WITHIN}) < :most RETURNING key"
)
_OLDEST = text(f"SELECT (SELECT min(at) {_WITHIN}) FROM login_try WHERE key = :key")


async def count_attempt(
    connection: AsyncConnection, key: str, now: datetime, *, most: int, window: timedelta
) -> float:
    """Count a try before it is made; give 0, or the seconds until there is one again.

    There are `most` tries in any window. Counting first keeps many tries at once from slipping
    through between look and count; what is refused is not counted, so waiting always ends.
    """
    given = {"key": key, "since": now - window, "ahead": now + window}
    if (await connection.execute(_TAKE, {**given, "now": now, "most": most})).first() is not None:
        return 0.0
    oldest = (await connection.execute(_OLDEST, given)).scalar()
    return 1.0 if oldest is None else max(1.0, (oldest + window - now).total_seconds())


async def forget_tries(connection: AsyncConnection, key: str, before: datetime) -> None:
    """Forget a key's tries, and everybody's that ended before an instant."""
    await connection.execute(
        delete(LoginTryRow).where((LoginTryRow.key == key) | (LoginTryRow.last_at < before))
    )


async def give_back_try(connection: AsyncConnection, key: str) -> None:
    """Take the newest try back, because one was a success."""
    await connection.execute(
        text("UPDATE login_try SET ats = trim_array(ats, 1) WHERE key = :key AND ats <> '{}'"),
        {"key": key},
    )


async def places_of(connection: AsyncConnection, username: str, since: datetime) -> set[str]:
    """Give the places from which an account has signed in since an instant."""
    rows = await connection.execute(
        select(KnownPlaceRow.place).where(
            KnownPlaceRow.username == username, KnownPlaceRow.last_at > since
        )
    )
    return {str(place) for place in rows.scalars()}


async def know_place(
    connection: AsyncConnection, username: str, place: str, now: datetime, before: datetime
) -> None:
    """Remember a place of an account, and forget those not used since an instant."""
    await connection.execute(delete(KnownPlaceRow).where(KnownPlaceRow.last_at <= before))
    await connection.execute(
        upsert(KnownPlaceRow)
        .values(username=username, place=place, last_at=now)
        .on_conflict_do_update(index_elements=["username", "place"], set_={"last_at": now})
    )
