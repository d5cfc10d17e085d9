"""Signing in and out, and what the console needs to know of the city."""

import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from backend.api import guard
from backend.api.client_address import address_of
from backend.api.feed import HUB
from backend.api.http import answer, body_of
from backend.api.keys import OFFICE, SETTINGS, Route
from backend.desks import signin
from backend.desks.context import AppContext
from backend.desks.signin import Session
from backend.desks.tries import SignInOrigin
from backend.queries import city_meta
from backend.queries.case_rows import department_name


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password, as typed."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Change:
    """The old and the new password, as typed."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A language, as chosen."""

    language: str


def me_of(office: AppContext, signed_in: Session) -> dict[str, Any]:
    """Give who is signed in, with the CSRF token of the session."""
    actor = signed_in.actor
    return {
        "person": actor.person,
        "name": actor.name,
        "post": actor.post,
        "department": actor.department,
        "department_name": department_name(office, actor.department),
        "language": signed_in.language,
        "csrf": signed_in.csrf,
    }


async def login(request: web.Request) -> web.Response:
    """Sign in."""
    typed = await body_of(request, Login)
    auth, old = request.app[guard.AUTH], guard.cookie_of(request)
    device = guard.device_of(request)
    place = SignInOrigin(address_of(request), device or secrets.token_urlsafe(32))
    signed_in = await signin.sign_in(auth, typed.username, typed.password, place, old)
    if old:
        request.app[HUB].drop(signin.name_of(old))
    response = answer(me_of(auth.office, signed_in))
    guard.set_cookie(request, response, signed_in.cookie)
    guard.set_device(request, response, place.device or "")
    return response


async def logout(request: web.Request) -> web.Response:
    """Sign out; the session's live feed ends too."""
    signed_in = request[guard.SIGNED_IN]
    await signin.sign_out(request.app[guard.AUTH], signed_in)
    request.app[HUB].drop(signin.name_of(signed_in.cookie))
    response = answer({})
    guard.drop_cookie(request, response)
    return response


async def me(request: web.Request) -> web.Response:
    """Tell who is signed in."""
    return answer(me_of(request.app[OFFICE], request[guard.SIGNED_IN]))


async def choose(request: web.Request) -> web.Response:
    """Choose a language."""
    chosen = await body_of(request, Chosen)
    auth = request.app[guard.AUTH]
    signed_in = await signin.choose_language(auth, request[guard.SIGNED_IN], chosen.language)
    return answer(me_of(auth.office, signed_in))


async def change_password(request: web.Request) -> web.Response:
    """Change one's own password; the person's other sessions end, and their live feeds."""
    typed = await body_of(request, Change)
    place = SignInOrigin(address_of(request), guard.device_of(request))
    ended = await signin.change_password(
        request.app[guard.AUTH], request[guard.SIGNED_IN], typed.old, typed.new, place
    )
    for session in ended:
        request.app[HUB].drop(session)
    return answer({"ended": len(ended)})


async def meta(request: web.Request) -> web.Response:
    """Tell what the console needs to know of the city."""
    told = await city_meta.meta(request.app[OFFICE], guard.actor_of(request))
    told["password_least"] = request.app[SETTINGS].people.password_length
    return answer(told, pack=True)


OPEN_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/login", login, "Sign in with {username, password}"),
)
ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/logout", logout, "Sign out"),
    Route("GET", "/api/me", me, "Who is signed in, and the session's CSRF token"),
    Route("POST", "/api/me", choose, "Choose a {language}"),
    Route("POST", "/api/me/password", change_password, "Change one's password: {old, new}"),
    Route("GET", "/api/meta", meta, "The city: stages, departments, collectors, classes"),
)
