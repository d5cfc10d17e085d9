"""Signing in and out, accounts and their passwords, and who a cookie belongs to."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.desks import binding
from backend.desks.office import Office
from backend.passwords import Passwords, random_password
from backend.store import people
from backend.store.session import Store
from config.settings import People
from hotline.clock import Clock
from hotline.errors import Invalid, NotFound, Unauthorised, Unavailable
from hotline.organisation import Organisation
from hotline.people import Actor
from hotline.words import LANGUAGES

# One address may try this many accounts' worth of wrong passwords before it waits.
ADDRESS_SHARE: Final = 10
_FORGET: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gate:
    """What signing in needs besides the office; made once in backend/app.py."""

    office: Office
    passwords: Passwords
    settings: People
    session_hours: float

    @property
    def life(self) -> timedelta:
        """How long a session lives without a request."""
        return timedelta(hours=self.session_hours)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in; `cookie` is the secret that only the browser keeps."""

    cookie: str
    username: str
    actor: Actor
    language: str
    csrf: str


async def sign_in(
    gate: Gate, username: str, password: str, address: str, old_cookie: str | None = None
) -> SignedIn:
    """Sign somebody in under a fresh cookie; the browser's old session ends.

    Raises Unauthorised (bad_login) the same way for a wrong name and a wrong password, and
    Unavailable (too_many_tries) with the seconds to wait after repeated failures.
    """
    now = gate.office.clock.now()
    username = username.strip().lower()[:64]
    await _count(gate, username, address, now)
    async with gate.office.store.connect() as connection:
        account = await people.find_account(connection, username)
    fits = await gate.passwords.verify(account.password if account else None, password)
    person = gate.office.city.organisation.people.get(account.person) if account else None
    if account is None or person is None or not fits:
        raise Unauthorised(f"no such login: {username!r}", code="bad_login")
    new = SignedIn(
        cookie=secrets.token_urlsafe(32),
        username=account.username,
        actor=person.actor(),
        language=account.language,
        csrf=secrets.token_urlsafe(32),
    )
    fresh = await gate.passwords.hash(password) if gate.passwords.is_stale(account.password) else ""
    async with gate.office.store.begin() as connection:
        if old_cookie:
            await people.end_session(connection, _hash(old_cookie))
        if fresh:
            await people.refresh_hash(connection, account.username, fresh)
        await people.add_session(
            connection, _hash(new.cookie), account.username, new.csrf, now, now + gate.life
        )
        await people.forget_tries(connection, _try_key(username, address), now - _FORGET)
        await people.give_back_try(connection, _try_key("", address))
    return new


async def find(gate: Gate, cookie: str | None) -> SignedIn | None:
    """Give who a cookie belongs to, or None; the session lives on by being used."""
    if not cookie or len(cookie) > 100:
        return None
    now = gate.office.clock.now()
    async with gate.office.store.connect() as connection:
        session = await people.find_session(connection, _hash(cookie), now)
        if session is None:
            return None
        if now - session.seen_at > gate.life / 50:
            await people.touch_session(connection, _hash(cookie), now, now + gate.life)
    person = gate.office.city.organisation.people.get(session.person)
    if person is None:
        return None
    return SignedIn(cookie, session.username, person.actor(), session.language, session.csrf)


def is_own_token(signed_in: SignedIn, token: str) -> bool:
    """Tell whether a request carries the session's own CSRF token."""
    return hmac.compare_digest(signed_in.csrf.encode(), token.encode("utf-8", "replace"))


async def sign_out(gate: Gate, cookie: str) -> None:
    """End a session."""
    async with gate.office.store.connect() as connection:
        await people.end_session(connection, _hash(cookie))


async def choose_language(gate: Gate, signed_in: SignedIn, language: str) -> SignedIn:
    """Keep the language that somebody wants to read."""
    if language not in LANGUAGES:
        raise Invalid("language", "not a language we have words in")
    async with gate.office.store.connect() as connection:
        await people.set_language(connection, signed_in.username, language)
    return SignedIn(signed_in.cookie, signed_in.username, signed_in.actor, language, signed_in.csrf)


async def load_people(
    store: Store,
    clock: Clock,
    organisation: Organisation,
    passwords: Passwords,
    settings: People,
    language: str,
) -> list[tuple[str, str]]:
    """Give everybody of a city an account; gives (username, password) of the new ones, once.

    A username is the person's code. Who has an account already keeps it and its password.
    """
    async with store.connect() as connection:
        known = await people.usernames(connection)
    new = {
        code: random_password(settings.password_length)
        for code in organisation.people
        if code not in known
    }
    hashes = await asyncio.gather(*(passwords.hash(password) for password in new.values()))
    accounts = [
        people.Account(code.lower(), code, hashed, language)
        for code, hashed in zip(new, hashes, strict=True)
    ]
    async with store.begin() as connection:
        added = await people.add_accounts(connection, accounts, clock.now())
    return [(one.username, new[one.person]) for one in accounts if one.username in added]


async def reset_password(
    store: Store, clock: Clock, passwords: Passwords, settings: People, username: str
) -> str:
    """Give an account a new random password; its sessions and chats end.

    Raises NotFound (no_person) when there is no such account.
    """
    password = random_password(settings.password_length)
    hashed = await passwords.hash(password)
    async with store.begin() as connection:
        account = await people.find_account(connection, username)
        if account is None:
            raise NotFound(f"there is no account {username}", code="no_person")
        await people.set_password(connection, username, hashed)
        await binding.take_chats(connection, account.person, clock.now())
    return password


async def _count(gate: Gate, username: str, address: str, now: datetime) -> None:
    most = gate.settings.login_tries
    wait = timedelta(seconds=gate.settings.login_wait_s)
    async with gate.office.store.connect() as connection:
        for key, share in (
            (_try_key("", address), ADDRESS_SHARE),
            (_try_key(username, address), 1),
        ):
            left = await people.take_try(connection, key, now, most=most * share, wait=wait)
            if left:
                raise Unavailable("too many tries", retry_after=left, code="too_many_tries")


def _try_key(username: str, address: str) -> str:
    return f"{username}|{address}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
