"""One's own second factor: begun with the password, confirmed by a code, taken away by both."""

from dataclasses import dataclass

from backend.desks import factor_check, signin
from backend.desks.audit import What, record
from backend.desks.factor_check import TypedCode
from backend.desks.signin import AuthService, Session
from backend.desks.tries import SignInOrigin
from backend.second_factor import address_of, hash_of, new_codes, new_secret, picture_of
from backend.store import factors
from backend.store.session import Transaction
from hotline.errors import Conflict, Invalid, Refused


@dataclass(frozen=True, slots=True)
class FactorState:
    """Whether one signs in by a second factor, has to, and how many recovery codes are left."""

    on: bool
    needed: bool
    codes_left: int


@dataclass(frozen=True, slots=True)
class FactorBegun:
    """What a program that makes codes is given: the secret, or its picture (QR)."""

    secret: str
    address: str
    picture: str


async def state(auth: AuthService, signed_in: Session) -> FactorState:
    """Give how it is."""
    async with auth.office.store.connect() as connection:
        left = await factors.codes_left(connection, signed_in.username)
    return FactorState(signed_in.has_factor, signed_in.asks_factor, left)


async def start(
    auth: AuthService, signed_in: Session, password: str, place: SignInOrigin
) -> FactorBegun:
    """Make a new secret, which counts once a code of it was typed.

    Raises Invalid (wrong_password), Unavailable (too_many_tries), and Conflict where there is one.
    """
    await signin.check_password(auth, signed_in, password, place)
    secret = new_secret()
    sealed = auth.sealer.seal(secret)

    async def work(transaction: Transaction) -> None:
        given = signed_in.username, sealed, transaction.now
        if not await factors.begin_anew(transaction.connection, *given):
            raise Conflict("there is one", code="conflict")

    await auth.office.store.transaction(auth.office.clock.now, work)
    address = address_of(secret, signed_in.username, auth.office.city.name)
    return FactorBegun(secret, address, picture_of(address))


async def confirm(
    auth: AuthService, signed_in: Session, code: str, place: SignInOrigin
) -> list[str]:
    """Let the new secret count, by a code of it; gives the recovery codes, told this once.

    Raises Invalid (wrong_factor), Unavailable (too_many_tries), and Conflict where it counts.
    """
    username, codes = signed_in.username, new_codes()
    async with auth.office.store.connect() as connection:
        known = await factors.find(connection, username)
    if known is None or known.is_confirmed:
        raise Conflict("none is to be confirmed", code="conflict")

    async def work(transaction: Transaction) -> None:
        hashes = [hashed for one in codes if (hashed := hash_of(username, one))]
        await factors.keep_codes(transaction.connection, username, hashes)
        await record(transaction, What.FACTOR_SET, signed_in.actor.person)

    await _by_code(auth, signed_in, code, place, work)
    return codes


async def end(
    auth: AuthService, signed_in: Session, password: str, code: str, place: SignInOrigin
) -> None:
    """Take the second factor away, by the password and a code.

    Raises Refused (factor_required) where one has to have one, and as begin and confirm do.
    """
    if signed_in.asks_factor:
        raise Refused("it is asked for", code="factor_required")
    await signin.check_password(auth, signed_in, password, place)

    async def work(transaction: Transaction) -> None:
        await factors.drop(transaction.connection, signed_in.username)
        await record(transaction, What.FACTOR_ENDED, signed_in.actor.person)

    await _by_code(auth, signed_in, code, place, work)


async def _by_code(
    auth: AuthService, signed_in: Session, code: str, place: SignInOrigin, work: factor_check.Then
) -> None:
    typed = TypedCode(signed_in.username, signed_in.actor.person, code, place)
    if not await factor_check.use(auth.office, auth.sealer, typed, work):
        raise Invalid("code", "is none of this secret", code="wrong_factor")
