"""How often somebody may try to sign in: passwords cannot be guessed, nobody can be shut out."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.store import tries
from backend.store.session import Connection
from config.sections import PeopleSettings
from hotline.errors import TooMany

# One address may try this many accounts' worth of wrong passwords before it waits.
ADDRESS_SHARE: Final = 10
_FORGET: Final = timedelta(days=1)
# So long an account is known at a device or an address where it has signed in.
KNOWN_FOR: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SignInOrigin:
    """Where somebody signs in: the address, the secret that the browser keeps, what it is."""

    address: str
    device: str | None = None
    browser: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of this place, the surest first; of a device's secret only the hash."""
        by_address = f"address:{self.address}"
        if not self.device or len(self.device) > 100:
            return (by_address,)
        hashed = hashlib.sha256(self.device.encode("utf-8", "replace")).hexdigest()
        return (f"device:{hashed}", by_address)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a try was counted under, to be given back when it succeeds."""

    own: str
    shared: str | None


async def count(
    connection: Connection,
    settings: PeopleSettings,
    username: str,
    place: SignInOrigin,
    now: datetime,
) -> Counted:
    """Count a try before it is made; raises TooMany with seconds to wait.

    Strangers share the tries of their address. An account that is known at a device or an address
    has tries of its own there, so nobody else's guesses keep its person out.
    """
    known = await tries.places_of(connection, username, now - KNOWN_FOR)
    name = next((one for one in place.names if one in known), None)
    counted = Counted(
        own=f"{username}|{name or place.names[-1]}",
        shared=None if name else f"|{place.names[-1]}",
    )
    window = timedelta(seconds=settings.login_wait_s)
    most = settings.login_tries
    for key, share in ((counted.shared, ADDRESS_SHARE), (counted.own, 1)):
        if key is None:
            continue
        left = await tries.count_attempt(connection, key, now, most=most * share, window=window)
        if left:
            raise TooMany("too many tries", retry_after=left)
    return counted


async def succeeded(
    connection: Connection, counted: Counted, username: str, place: SignInOrigin, now: datetime
) -> None:
    """Forget the tries that led to a success, and know the account at its place from now on."""
    # In the order in which they are counted, so that nobody waits for each other.
    if counted.shared is not None:
        await tries.give_back_try(connection, counted.shared)
    await tries.forget_tries(connection, counted.own, now - _FORGET)
    for name in place.names:
        await tries.know_place(connection, username, name, now, now - KNOWN_FOR)
