"""Whether a code of a second factor fits: each once, and few tries in an hour.

A device by which a code of this secret was once typed has tries of its own; all others share those
of the account. So nobody else's guesses keep its owner out, and to get tries takes a good code.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from backend.desks.audit import REPEATED, What, record
from backend.desks.context import AppContext
from backend.desks.tries import KNOWN_FOR, SignInOrigin
from backend.second_factor import Sealer, hash_of, step_of
from backend.store import factors, tries
from backend.store.factors import StoredFactor
from backend.store.session import Transaction
from hotline.errors import TooMany, Unauthorised

MOST: Final = 10
WINDOW: Final = timedelta(hours=1)
_FORGET: Final = timedelta(days=1)
# What is written with a code that fits, or not at all.
Then = Callable[[Transaction], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TypedCode:
    """What somebody typed for a code of an account, and where."""

    username: str
    person: str
    code: str
    place: SignInOrigin


async def check(office: AppContext, sealer: Sealer, typed: TypedCode) -> None:
    """Do nothing where an account has no second factor, or the code is one of it, not used yet.

    Raises Unauthorised (code_needed, bad_factor) and TooMany.
    """
    async with office.store.connect() as connection:
        factor = await factors.find(connection, typed.username)
    if factor is None or not factor.is_confirmed:
        return
    if not typed.code.strip():
        raise Unauthorised("a second factor is asked for", code="code_needed")
    if not await use(office, sealer, typed):
        raise Unauthorised("the code is none, or was used", code="bad_factor")


async def use(
    office: AppContext, sealer: Sealer, typed: TypedCode, then: Then | None = None
) -> bool:
    """Use a code of an account up, or one for recovery; False where it is none, or was used.

    The first code confirms a new secret. `then` writes what it was typed for, in the same
    transaction. Raises TooMany.
    """

    async def work(transaction: Transaction) -> bool | TooMany:
        connection, now = transaction.connection, transaction.now
        factor = await factors.find(connection, typed.username)
        device = "" if factor is None else _device(factor, typed.place)
        known = await tries.places_of(connection, typed.username, now - KNOWN_FOR)
        key = f"factor:{typed.username}" + (f"|{device}" if device in known else "")
        left = await tries.count_attempt(connection, key, now, most=MOST, window=WINDOW)
        if left:
            await record(transaction, What.LOCKED_OUT, typed.person, once_in=REPEATED)
            return TooMany("too many tries", retry_after=left)
        if factor is None:
            return False
        fits = await _fits(sealer, factor, typed, transaction)
        if not fits:
            await record(transaction, What.FACTOR_REFUSED, typed.person)
            return False
        await tries.forget_tries(connection, key, now - _FORGET)
        if device:
            known_by = typed.username, device, now, now - KNOWN_FOR
            await tries.know_place(connection, *known_by)
        if then is not None:
            await then(transaction)
        return True

    found = await office.store.transaction(office.clock.now, work)
    if isinstance(found, TooMany):
        raise found
    return found


async def _fits(
    sealer: Sealer, factor: StoredFactor, typed: TypedCode, transaction: Transaction
) -> bool:
    """Use a code up; False where it is none, or was used."""
    connection, now, username = transaction.connection, transaction.now, typed.username
    step = step_of(sealer.open(factor.sealed), typed.code, now)
    if step is not None:
        return await factors.use_step(connection, username, factor.sealed, step, now)
    hashed = hash_of(username, typed.code) if factor.is_confirmed else None
    if hashed is None or not await factors.use_code(connection, username, hashed, now):
        return False
    await record(transaction, What.RECOVERY_USED, typed.person)
    return True


def _device(factor: StoredFactor, place: SignInOrigin) -> str:
    """Give the name of a device as one of this secret's; "" for none: a new secret knows nobody."""
    # By the browser's own secret alone: behind one address there are strangers, too.
    own = place.names[0] if len(place.names) > 1 else ""
    hashed = hashlib.sha256(f"{factor.sealed} {own}".encode()).hexdigest()
    return f"factor:{hashed}" if own else ""
