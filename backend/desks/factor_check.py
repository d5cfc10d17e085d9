"""Whether a code of a second factor fits: each once, and few tries in an hour."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.second_factor import Sealer, hash_of, step_of
from backend.store import factors, tries
from backend.store.session import Transaction
from hotline.errors import Unauthorised, Unavailable

MOST: Final = 10
WINDOW: Final = timedelta(hours=1)
_FORGET: Final = timedelta(days=1)
# What is written with a code that fits, or not at all.
Then = Callable[[Transaction], Awaitable[None]]


async def check(office: AppContext, sealer: Sealer, username: str, person: str, code: str) -> None:
    """Do nothing where an account has no second factor, or the code is one of it, not used yet.

    Raises Unauthorised (code_needed, bad_factor) and Unavailable (too_many_tries).
    """
    async with office.store.connect() as connection:
        factor = await factors.find(connection, username)
    if factor is None or not factor.is_confirmed:
        return
    if not code.strip():
        raise Unauthorised("a second factor is asked for", code="code_needed")
    if not await use(office, sealer, username, person, code):
        raise Unauthorised("the code is none, or was used", code="bad_factor")


async def use(
    office: AppContext,
    sealer: Sealer,
    username: str,
    person: str,
    code: str,
    then: Then | None = None,
) -> bool:
    """Use a code of an account up, or one for recovery; False where it is none, or was used.

    The first code confirms a new secret. `then` writes what it was typed for, in the same
    transaction. Raises Unavailable (too_many_tries).
    """

    async def work(transaction: Transaction) -> bool | Unavailable:
        connection, now = transaction.connection, transaction.now
        key = f"factor:{username}"
        left = await tries.count_attempt(connection, key, now, most=MOST, window=WINDOW)
        if left:
            return Unavailable("too many tries", retry_after=left, code="too_many_tries")
        factor = await factors.find(connection, username)
        if factor is None:
            return False
        step = step_of(sealer.open(factor.sealed), code, now)
        if step is not None:
            fits = await factors.use_step(connection, username, factor.sealed, step, now)
        else:
            hashed = hash_of(username, code) if factor.is_confirmed else None
            fits = hashed is not None and await factors.use_code(connection, username, hashed, now)
            if fits:
                await record(transaction, What.RECOVERY_USED, person)
        if fits:
            await tries.forget_tries(connection, key, now - _FORGET)
            if then is not None:
                await then(transaction)
        else:
            await record(transaction, What.FACTOR_REFUSED, person)
        return fits

    found = await office.store.transaction(office.clock.now, work)
    if isinstance(found, Unavailable):
        raise found
    return found
