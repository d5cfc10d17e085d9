"""Signing in and out, who a cookie belongs to, and binding a chat to a person."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.desks.office import Office
from backend.passwords import ALPHABET, Passwords, random_password
from backend.store import people
from backend.store.session import Store
from config.settings import People
from hotline.clock import Clock
from hotline.errors import Invalid, NotFound, Unauthorised, Unavailable
from hotline.organisation import Organisation
from hotline.people import Actor, Post
from hotline.report import Channel
from hotline.words import LANGUAGES

CODE_LETTERS: Final = 8
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


async def make_code(gate: Gate, person: str, by: Actor) -> tuple[str, datetime]:
    """Make a one-use code that binds a chat to a person: (code, when it runs out).

    Everybody for themselves, administrators for all; others are told there is no such person.
    """
    if by.person != person and by.post is not Post.ADMINISTRATOR:
        raise NotFound(f"{by.person} may not make a code for {person}", code="no_person")
    gate.office.city.organisation.person(person)
    now = gate.office.clock.now()
    expires_at = now + timedelta(minutes=gate.settings.code_minutes)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
    async with gate.office.store.begin() as connection:
        await people.add_code(connection, _hash(code), person, by.person, now, expires_at)
    return code, expires_at


async def bind(office: Office, code: str, channel: Channel, address: str, language: str) -> Actor:
    """Bind a chat to the person a code was made for; the code is then used up.

    Raises Invalid (bad_code) for a code that is unknown, used or too old. The same chat may hand
    in its code again: a message may come twice.
    """
    now = office.clock.now()
    plain = "".join(letter for letter in code.lower() if letter in ALPHABET)
    async with office.store.begin() as connection:
        person = await people.use_code(connection, _hash(plain), f"{channel}:{address}", now)
        known = office.city.organisation.people.get(person or "")
        if known is None:
            raise Invalid("code", "unknown, used or too old", code="bad_code")
        chat = people.Chat(
            channel, address, known.code, language if language in LANGUAGES else LANGUAGES[0]
        )
        await people.bind_chat(connection, chat, now)
    return known.actor()


async def actor_of(office: Office, channel: Channel, address: str) -> Actor | None:
    """Give who a chat is bound to, or None for a citizen's."""
    async with office.store.connect() as connection:
        person = await people.person_of_chat(connection, channel, address)
    known = office.city.organisation.people.get(person or "")
    return known.actor() if known is not None else None


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
    store: Store, passwords: Passwords, settings: People, username: str
) -> str:
    """Give an account a new random password and end its sessions; NotFound when there is none."""
    password = random_password(settings.password_length)
    hashed = await passwords.hash(password)
    async with store.begin() as connection:
        if not await people.set_password(connection, username, hashed):
            raise NotFound(f"there is no account {username}", code="no_person")
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
