"""Signing in and out, and what the console needs to know of the city."""

import secrets
from dataclasses import dataclass
from types import NoneType
from typing import Annotated

from aiohttp import web

from backend.api import codes, guard
from backend.api.http import address_of, answer
from backend.api.keys import SETTINGS
from backend.api.listeners import LISTENERS
from backend.api.office_keys import office_of
from backend.api.permissions import EVERYBODY, OUR_PAGE
from backend.api.route import Route
from backend.desks import signin, working
from backend.desks.context import AppContext
from backend.desks.session_list import EndedSessions
from backend.desks.signin import Session
from backend.desks.tries import SignInOrigin
from backend.queries import city_meta
from backend.queries.city_meta import Called, CityMeta
from backend.queries.names import department_name
from hotline.clock import iso
from hotline.wire import Instant, Meta


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password, as typed, and a code where a second factor is asked for."""

    username: str
    password: str
    code: Annotated[str, Meta(max_length=40)] = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The old and the new password, as typed."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A language, as chosen."""

    language: str


@dataclass(frozen=True, slots=True)
class ChosenPost:
    """A post that somebody chooses to work in."""

    post: str


@dataclass(frozen=True, slots=True)
class ActsFor:
    """Somebody who is away, for whom one acts, and until when (null: until somebody ends it)."""

    person: str
    name: str
    name_en: str
    until: Instant | None


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, and what they may do, with the session's CSRF token.

    `post` is the one that they work in, of `posts`, which they hold now; `acts_for` are those whose
    proxy they are now (`acting` names both, for the feed), `away_until` is set while they are on
    leave themselves ("": open). Where `factor_needed` they may do nothing until they have a second
    factor.
    """

    person: str
    name: str
    post: str
    posts: list[Called]
    acting: str
    acts_for: list[ActsFor]
    away_until: str | None
    permissions: list[str]
    department: str | None
    department_name: str | None
    language: str
    csrf: str
    factor_needed: bool


def me_of(office: AppContext, signed_in: Session) -> Me:
    """Give who is signed in."""
    actor, now = signed_in.actor, office.clock.now()
    organisation = office.city.organisation
    held = organisation.person(actor.person).posts_at(now)
    leave = organisation.leave_of(actor.person, now)
    return Me(
        person=actor.person,
        name=actor.name,
        post=actor.post,
        posts=[Called(one.id, one.name, one.name_en) for one in held],
        acting=actor.acting,
        acts_for=[
            ActsFor(one.person, *organisation.names[one.person], iso(one.ends))
            for one in organisation.acts_for(actor.person, now)
        ],
        away_until=None if leave is None else iso(leave.ends) or "",
        permissions=sorted(actor.rights.permissions),
        department=actor.department,
        department_name=department_name(organisation, actor.department),
        language=signed_in.language,
        csrf=signed_in.csrf,
        factor_needed=signed_in.lacks_factor,
    )


async def login(request: web.Request, typed: Login) -> web.Response:
    """Sign in."""
    auth, old = request.app[guard.AUTH], guard.cookie_of(request)
    device = guard.device_of(request)
    browser = request.headers.get("User-Agent", "")
    place = SignInOrigin(address_of(request), device or secrets.token_urlsafe(32), browser)
    signed_in = await signin.sign_in(auth, typed.username, typed.password, place, old, typed.code)
    if old:
        request.app[LISTENERS].drop(signin.name_of(old))
    response = answer(me_of(auth.office, signed_in))
    guard.set_cookie(request, response, signed_in.cookie)
    guard.set_device(request, response, place.device or "")
    return response


async def logout(request: web.Request) -> web.Response:
    """Sign out; the session's live feed ends too."""
    signed_in = request[guard.SIGNED_IN]
    await signin.sign_out(request.app[guard.AUTH], signed_in)
    request.app[LISTENERS].drop(signin.name_of(signed_in.cookie))
    response = answer({})
    guard.drop_cookie(request, response)
    return response


async def me(request: web.Request) -> Me:
    """Tell who is signed in."""
    return me_of(office_of(request), request[guard.SIGNED_IN])


async def choose(request: web.Request, chosen: Chosen) -> Me:
    """Choose a language."""
    auth = request.app[guard.AUTH]
    signed_in = await signin.choose_language(auth, request[guard.SIGNED_IN], chosen.language)
    return me_of(auth.office, signed_in)


async def work_as(request: web.Request, chosen: ChosenPost) -> Me:
    """Work in another of one's posts; the person's live feeds begin anew by its rights."""
    auth, signed_in = request.app[guard.AUTH], request[guard.SIGNED_IN]
    actor = await working.work_as(auth.office, signed_in.actor.person, chosen.post)
    request.app[LISTENERS].reload_of(actor.person)
    # It may ask for a second factor where the one before did not.
    return me_of(auth.office, await signin.find(auth, signed_in.cookie) or signed_in)


async def change_password(request: web.Request, typed: Change) -> EndedSessions:
    """Change one's own password; the person's other sessions end, and their live feeds."""
    auth, signed_in = request.app[guard.AUTH], request[guard.SIGNED_IN]
    place = guard.place_of(request)
    ended = await signin.change_password(auth, signed_in, typed.old, typed.new, place)
    for session in ended:
        request.app[LISTENERS].drop(session)
    return EndedSessions(len(ended))


async def meta(request: web.Request) -> CityMeta:
    """Tell what the console needs to know of the city."""
    least = request.app[SETTINGS].people.password_length
    return await city_meta.meta(office_of(request), guard.actor_of(request), least)


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/api/login",
        login,
        "Sign in",
        OUR_PAGE,
        ("bad_login", "bad_factor", "code_needed", "too_many_tries"),
        gives=Me,
    ),
    Route("POST", "/api/logout", logout, "Sign out", EVERYBODY, gives=NoneType),
    Route("GET", "/api/me", me, "Who is signed in, and the session's CSRF token", EVERYBODY),
    Route("POST", "/api/me", choose, "Choose a language", EVERYBODY),
    Route(
        "POST",
        "/api/me/post",
        work_as,
        "Work in another of one's posts",
        EVERYBODY,
        ("not_your_post",),
    ),
    Route(
        "POST",
        "/api/me/password",
        change_password,
        "Change one's password",
        EVERYBODY,
        codes.OF_PASSWORD,
    ),
    Route(
        "GET",
        "/api/meta",
        meta,
        "The city: stages, departments, collectors, classes",
        EVERYBODY,
        packed=True,
    ),
)
