"""Second factors of accounts: the sealed secret, the last step that was used, recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row


class SecondFactorRow(Row):
    """What an account's codes are made of; it counts once a code of it was typed."""

    __tablename__ = "second_factor"

    username: Mapped[str] = mapped_column(
        ForeignKey("account.username", ondelete="CASCADE"), primary_key=True
    )
    sealed: Mapped[str]
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int]


class RecoveryCodeRow(Row):
    """A code that stands in for one of a lost device, once; only its hash is kept."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(
        ForeignKey("account.username", ondelete="CASCADE"), index=True
    )
    used_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class StoredFactor:
    """An account's second factor as it is kept."""

    sealed: str
    is_confirmed: bool
    last_step: int


_FACTOR: Final = SecondFactorRow
_CODE: Final = RecoveryCodeRow


async def find(connection: AsyncConnection, username: str) -> StoredFactor | None:
    """Give an account's second factor, or None; one that is not confirmed counts for nothing."""
    rows = await connection.execute(
        select(_FACTOR.sealed, _FACTOR.confirmed_at, _FACTOR.last_step).where(
            _FACTOR.username == username
        )
    )
    row = rows.first()
    return None if row is None else StoredFactor(row[0], row[1] is not None, row[2])


async def begin_anew(
    connection: AsyncConnection, username: str, sealed: str, now: datetime
) -> bool:
    """Keep a new secret that is still to be confirmed; False where one is confirmed already."""
    await connection.execute(
        delete(_FACTOR).where(_FACTOR.username == username, _FACTOR.confirmed_at.is_(None))
    )
    if await find(connection, username) is not None:
        return False
    row = {"username": username, "sealed": sealed, "made_at": now, "last_step": 0}
    await connection.execute(insert(_FACTOR).values(**row))
    return True


async def use_step(
    connection: AsyncConnection, username: str, sealed: str, step: int, now: datetime
) -> bool:
    """Use up a step of time, and confirm the secret by it; False where it, or a later one, was."""
    done = await connection.execute(
        update(_FACTOR)
        .where(_FACTOR.username == username, _FACTOR.sealed == sealed, _FACTOR.last_step < step)
        .values(last_step=step, confirmed_at=func.coalesce(_FACTOR.confirmed_at, now))
    )
    return bool(done.rowcount)


async def keep_codes(connection: AsyncConnection, username: str, hashes: Sequence[str]) -> None:
    """Keep recovery codes in the stead of all before."""
    await connection.execute(delete(_CODE).where(_CODE.username == username))
    rows = [{"code_hash": one, "username": username} for one in hashes]
    await connection.execute(insert(_CODE).values(rows))


async def use_code(
    connection: AsyncConnection, username: str, code_hash: str, now: datetime
) -> bool:
    """Use a recovery code up; False where there is none, or it was used."""
    done = await connection.execute(
        update(_CODE)
        .where(_CODE.username == username, _CODE.code_hash == code_hash, _CODE.used_at.is_(None))
        .values(used_at=now)
    )
    return bool(done.rowcount)


async def codes_left(connection: AsyncConnection, username: str) -> int:
    """Give how many recovery codes have not been used."""
    left = select(func.count()).where(_CODE.username == username, _CODE.used_at.is_(None))
    return int((await connection.execute(left)).scalar_one())


async def drop(connection: AsyncConnection, username: str) -> bool:
    """Take a second factor away with its codes; False where there was none."""
    await connection.execute(delete(_CODE).where(_CODE.username == username))
    gone = await connection.execute(delete(_FACTOR).where(_FACTOR.username == username))
    return bool(gone.rowcount)
