"""Who may come in: the session of a cookie, the page a request comes from, and its CSRF token."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from backend.api.http import LANGUAGE
from backend.api.keys import SETTINGS, Handler
from backend.desks import signin
from backend.desks.signin import Gate, SignedIn
from hotline.errors import Forbidden, Unauthorised
from hotline.people import Actor, Post

GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)
SIGNED_IN: Final[web.RequestKey[SignedIn]] = web.RequestKey("signed_in", SignedIn)
CSRF_HEADER: Final = "X-CSRF-Token"
READING: Final = frozenset({"GET", "HEAD"})


def for_page(handler: Handler) -> Handler:
    """Let a request in only from a page of ours (for what needs no session)."""

    async def checked(request: web.Request) -> web.StreamResponse:
        check_origin(request)
        return await handler(request)

    return checked


def for_posts(handler: Handler, posts: frozenset[Post] | None = None) -> Handler:
    """Let a request in only with a session, from our page, with its CSRF token where it changes.

    With `posts`, only for people of these posts.
    """

    async def checked(request: web.Request) -> web.StreamResponse:
        check_origin(request)
        signed_in = await signin.find(request.app[GATE], cookie_of(request))
        if signed_in is None:
            raise Unauthorised("no session")
        request[SIGNED_IN] = signed_in
        request[LANGUAGE] = signed_in.language
        if request.method not in READING and not signin.is_own_token(
            signed_in, request.headers.get(CSRF_HEADER, "")
        ):
            raise Forbidden("no CSRF token of this session", code="old_page")
        if posts is not None and signed_in.actor.post not in posts:
            raise Forbidden(f"not for {signed_in.actor.post}")
        return await handler(request)

    return checked


def actor_of(request: web.Request) -> Actor:
    """Give who makes a request."""
    return request[SIGNED_IN].actor


def check_origin(request: web.Request) -> None:
    """Refuse what a page of somebody else sends: browsers name the page they ask for.

    A WebSocket is a GET that reads a stream, so it is looked at like a change.
    """
    upgrades = "websocket" in request.headers.get("Upgrade", "").lower()
    if request.method in READING and not upgrades:
        return
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            raise Forbidden("a request from another site", code="bad_origin")
        return
    own = {request.host.lower(), urlsplit(request.app[SETTINGS].public_url).netloc.lower()}
    try:
        named = urlsplit(origin).netloc.lower()
    except ValueError:
        named = ""
    if not named or named not in own:
        raise Forbidden(f"a request from {origin[:80]!r}", code="bad_origin")


def cookie_name(*, secure: bool) -> str:
    """Give the cookie's name; the prefix makes browsers refuse it from a neighbour's subdomain."""
    return "__Host-hotline_session" if secure else "hotline_session"


def cookie_of(request: web.Request) -> str | None:
    """Give the secret in a request's session cookie."""
    secure = request.app[SETTINGS].web.secure_cookies
    return request.cookies.get(cookie_name(secure=secure))


def set_cookie(request: web.Request, response: web.Response, secret: str) -> None:
    """Give the browser a session's secret; scripts cannot read it, other sites cannot send it."""
    secure = request.app[SETTINGS].web.secure_cookies
    response.set_cookie(
        cookie_name(secure=secure), secret, httponly=True, samesite="Lax", path="/", secure=secure
    )


def drop_cookie(request: web.Request, response: web.Response) -> None:
    """Take a session's secret away from the browser."""
    secure = request.app[SETTINGS].web.secure_cookies
    response.del_cookie(
        cookie_name(secure=secure), path="/", httponly=True, samesite="Lax", secure=secure
    )
