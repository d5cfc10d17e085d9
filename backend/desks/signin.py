"""Signing in and out, changing one's own password, and who a cookie belongs to."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from backend.desks import tries
from backend.desks.audit import REPEATED, What, record
from backend.desks.browser_name import browser_name
from backend.desks.context import AppContext, ContextSource
from backend.desks.factor_check import TypedCode, check
from backend.desks.tries import Counted, SignInOrigin
from backend.passwords import Passwords, check_new
from backend.second_factor import Sealer
from backend.store import cases, people
from backend.store.session import Transaction
from config.sections import PeopleSettings, WebSettings
from hotline.errors import Invalid, Unauthorised, Unavailable
from hotline.people import Actor
from hotline.rights.posts import Rights
from hotline.words import LANGUAGES

# Enough of a session's name to tell it from others; the audit names them so too.
SHORT: Final = 16


@dataclass(frozen=True, slots=True)
class AuthService:
    """What signing in needs besides the office; made once in backend/api/routes.py."""

    source: ContextSource
    passwords: Passwords
    settings: PeopleSettings
    web: WebSettings
    sealer: Sealer = field(default_factory=lambda: Sealer(""))

    @property
    def office(self) -> AppContext:
        """The office by the release that counts now."""
        return self.source.now

    @property
    def life(self) -> timedelta:
        """How long a session lives without a request."""
        return timedelta(hours=self.web.session_hours)

    @property
    def longest(self) -> timedelta:
        """How long a session lives at the most."""
        return timedelta(hours=self.web.session_longest_hours)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in; `cookie` is the secret that only the browser keeps.

    Who `lacks_factor` has to have a second one (`asks_factor`) first, and has no rights until then.
    """

    cookie: str
    username: str
    actor: Actor
    language: str
    csrf: str
    asks_factor: bool
    has_factor: bool

    @property
    def lacks_factor(self) -> bool:
        """Whether nothing may be done before a second factor is set up."""
        return self.asks_factor and not self.has_factor


async def sign_in(
    auth: AuthService,
    username: str,
    password: str,
    place: SignInOrigin,
    old_cookie: str | None = None,
    code: str = "",
) -> Session:
    """Sign somebody in under a fresh cookie; the browser's old session ends.

    Raises Unauthorised (bad_login) the same way for a wrong name and a wrong password, and
    Unavailable (too_many_tries) with the seconds to wait after repeated failures. Who has a second
    factor signs in with a `code` of it: Unauthorised (code_needed, bad_factor).
    """
    now = auth.office.clock.now()
    username = username.strip().lower()[:64]
    account, counted, fits = await _try(auth, username, password, place)
    person = auth.office.city.organisation.people.get(account.person) if account else None
    if account is None or person is None or not fits:
        async with auth.office.store.append(now) as writes:
            await record(writes, What.SIGN_IN_FAILED, "", subject=username)
        raise Unauthorised(f"no such login: {username!r}", code="bad_login")
    typed = TypedCode(account.username, person.code, code, place)
    await check(auth.office, auth.sealer, typed)
    name, cookie, csrf = account.username, secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    fresh = await auth.passwords.hash(password) if auth.passwords.is_stale(account.password) else ""

    async def work(transaction: Transaction) -> None:
        connection, now = transaction.connection, transaction.now
        if old_cookie:
            await people.end_session(connection, _hash(old_cookie))
        if fresh:
            await people.refresh_hash(connection, name, fresh)
        await people.add_session(
            *(connection, _hash(cookie), name, csrf, now, now + auth.life),
            device=browser_name(place.browser),
            address=place.address,
        )
        await tries.succeeded(connection, counted, username, place, now)
        await record(transaction, What.SIGNED_IN, person.code)

    await auth.office.store.transaction(auth.office.clock.now, work)
    signed_in = await find(auth, cookie)
    if signed_in is None:
        raise Unauthorised(f"{name!r} is let go at this moment", code="bad_login")
    return signed_in


async def check_password(
    auth: AuthService, signed_in: Session, password: str, place: SignInOrigin
) -> None:
    """Raise Invalid (wrong_password) where it is not one's own, Unavailable (too_many_tries)."""
    person, username = signed_in.actor.person, signed_in.username
    account, counted, fits = await _try(auth, username, password, place, person)

    async def work(transaction: Transaction) -> None:
        if account is None or not fits:
            await record(transaction, What.PASSWORD_REFUSED, person)
        else:
            now = transaction.now
            await tries.succeeded(transaction.connection, counted, username, place, now)

    await auth.office.store.transaction(auth.office.clock.now, work)
    if account is None or not fits:
        raise Invalid("password", "not this account's", code="wrong_password")


async def _try(
    auth: AuthService,
    username: str,
    password: str,
    place: SignInOrigin,
    person: str = "",
) -> tuple[people.Account | None, Counted, bool]:
    """Count a try and make it: the account, what the try was counted under, whether it fits."""

    async def count(transaction: Transaction) -> Counted | Unavailable:
        connection = transaction.connection
        try:
            return await tries.count(connection, auth.settings, username, place, transaction.now)
        except Unavailable as error:
            await record(transaction, What.LOCKED_OUT, person, once_in=REPEATED)
            return error  # so that it is written down

    counted = await auth.office.store.transaction(auth.office.clock.now, count)
    if isinstance(counted, Unavailable):
        raise counted
    async with auth.office.store.connect() as connection:
        account = await people.find_account(connection, username)
    fits = await auth.passwords.verify(account.password if account else None, password)
    return account, counted, fits


async def change_password(
    auth: AuthService, signed_in: Session, old: str, new: str, place: SignInOrigin
) -> list[str]:
    """Change one's own password; gives the names of the other sessions, which have ended.

    Raises Invalid (old, new) by field, and Unavailable (too_many_tries) as signing in does.
    """
    person, username = signed_in.actor.person, signed_in.username
    check_new("new", new, auth.settings.password_length, username)
    account, counted, fits = await _try(auth, username, old, place, person)
    if fits and old == new:
        raise Invalid("new", "the old one", code="same_password")
    hashed = await auth.passwords.hash(new) if fits else ""

    async def work(transaction: Transaction) -> list[str] | None:
        ended = None
        if account is not None and fits:
            connection, kept = transaction.connection, _hash(signed_in.cookie)
            ended = await people.change_password(
                connection, username, account.password, hashed, kept
            )
        if ended is None:
            await record(transaction, What.PASSWORD_REFUSED, person)
            return None
        await tries.succeeded(transaction.connection, counted, username, place, transaction.now)
        await record(transaction, What.PASSWORD_CHANGED, person)
        return ended

    ended = await auth.office.store.transaction(auth.office.clock.now, work)
    if ended is None:
        raise Invalid("old", "not this account's", code="wrong_password")
    return ended


async def find(auth: AuthService, cookie: str | None) -> Session | None:
    """Give who a cookie belongs to, or None; the session lives on by being used."""
    if not cookie or len(cookie) > 100:
        return None
    now = auth.office.clock.now()
    async with auth.office.store.connect() as connection:
        session = await people.find_session(connection, _hash(cookie), now, now - auth.longest)
        if session is None:
            return None
        if now - session.seen_at > auth.life / 50:
            await people.touch_session(connection, _hash(cookie), now, now + auth.life)
    acting = _acting(auth, session.person, session.post, has_factor=session.has_factor)
    if acting is None:
        return None
    actor, asks = acting
    given = cookie, session.username, actor, session.language, session.csrf
    return Session(*given, asks_factor=asks, has_factor=session.has_factor)


def name_of(cookie: str) -> str:
    """Give the name of a cookie's session, which is no secret."""
    return _hash(cookie)


async def actors_of(auth: AuthService, sessions: Collection[str]) -> dict[str, Actor]:
    """Give whose these sessions are, with the rights of now.

    Those that live no longer, or whose people have left, are not among them.
    """
    now = auth.office.clock.now()
    async with auth.office.store.connect() as connection:
        persons = await people.persons_of(connection, list(sessions), now, now - auth.longest)
    live = {
        one: _acting(auth, person, chosen, has_factor=has_factor)
        for one, (person, chosen, has_factor) in persons.items()
    }
    return {one: acting[0] for one, acting in live.items() if acting is not None}


def _acting(
    auth: AuthService, person: str, chosen: str | None, *, has_factor: bool
) -> tuple[Actor, bool] | None:
    """Give somebody with the rights of now, in the post that they chose; None who has left.

    Beside them stands whether a second factor is asked of them: until they have it nothing is
    shown to them.
    """
    office = auth.office
    actor = office.city.organisation.actor(person, office.clock.now(), chosen)
    if actor is None:
        return None
    asks = not actor.rights.permissions.isdisjoint(auth.settings.second_factor_for.split())
    return replace(actor, rights=Rights()) if asks and not has_factor else actor, asks


def is_own_token(signed_in: Session, token: str) -> bool:
    """Tell whether a request carries the session's own CSRF token."""
    return hmac.compare_digest(signed_in.csrf.encode(), token.encode("utf-8", "replace"))


async def sign_out(auth: AuthService, signed_in: Session) -> None:
    """End a session."""

    async def work(transaction: Transaction) -> None:
        await people.end_session(transaction.connection, _hash(signed_in.cookie))
        await record(transaction, What.SIGNED_OUT, signed_in.actor.person)

    await auth.office.store.transaction(auth.office.clock.now, work)


async def refused(
    auth: AuthService, signed_in: Session, asked: str, number: str | None = None
) -> None:
    """Write down that somebody asked for what they may not have; `number` names a case in it."""
    person = signed_in.actor.person
    async with auth.office.store.append(auth.office.clock.now()) as writes:
        case = await cases.id_of(writes.connection, number) if number else None
        await record(writes, What.REFUSED, person, subject=asked, case=case, once_in=REPEATED)


async def choose_language(auth: AuthService, signed_in: Session, language: str) -> Session:
    """Keep the language that somebody wants to read."""
    if language not in LANGUAGES:
        raise Invalid("language", "not a language we have words in")
    async with auth.office.store.connect() as connection:
        await people.set_language(connection, signed_in.username, language)
    return replace(signed_in, language=language)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
