"""Who may come in: the session of a cookie, the page a request comes from, and its CSRF token."""

from dataclasses import replace
from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import urlsplit

from aiohttp import web

from backend.api.http import LANGUAGE, address_of
from backend.api.keys import SETTINGS, Handler
from backend.desks import signin
from backend.desks.origin import ORIGIN
from backend.desks.signin import AuthService, Session
from backend.desks.tries import KNOWN_FOR, SignInOrigin
from hotline.errors import Forbidden, Invalid, Unauthorised
from hotline.people import Actor
from hotline.wire import Meta

AUTH: web.AppKey[AuthService] = web.AppKey("gate", AuthService)
SIGNED_IN: Final[web.RequestKey[Session]] = web.RequestKey("signed_in", Session)
CSRF_HEADER: Final = "X-CSRF-Token"
SESSION: Final = "hotline_session"
_DEVICE: Final = "hotline_device"
_PORTS: Final = {"http": 80, "https": 443}
Origin = tuple[str, str, int]
# What makes the same request, sent twice, one thing.
ActKey = Annotated[str, Meta(min_length=8, max_length=100)]
READING: Final = frozenset({"GET", "HEAD"})


def for_page(handler: Handler) -> Handler:
    """Let a request in only from a page of ours (for what needs no session)."""

    async def checked(request: web.Request) -> web.StreamResponse:
        check_origin(request)
        return await handler(request)

    return checked


def for_session(handler: Handler, *rights: str) -> Handler:
    """Let a request in only with a session, from our page, with its CSRF token where it changes.

    With `rights`, only for people who have one of them by one of their posts.
    """

    async def checked(request: web.Request) -> web.StreamResponse:
        auth = request.app[AUTH]
        signed_in = await signin.find(auth, cookie_of(request))
        if signed_in is not None:
            session = signin.name_of(signed_in.cookie)[: signin.SHORT]
            ORIGIN.set(replace(ORIGIN.get(), session=session))
        try:
            check_origin(request)
            if signed_in is None:
                raise Unauthorised("no session")
            _admit(request, signed_in, rights)
            return await handler(request)
        except Forbidden:
            if signed_in is not None:
                asked, number = f"{request.method} {request.path}", request.match_info.get("number")
                await signin.refused(auth, signed_in, asked, number)
            raise

    return checked


def _admit(request: web.Request, signed_in: Session, rights: tuple[str, ...]) -> None:
    """Let the handlers know who asks, and refuse who may not."""
    request[SIGNED_IN] = signed_in
    request[LANGUAGE] = signed_in.language
    if request.method not in READING and not signin.is_own_token(
        signed_in, request.headers.get(CSRF_HEADER, "")
    ):
        raise Forbidden("no CSRF token of this session", code="old_page")
    if rights and signed_in.lacks_factor:
        raise Forbidden("no second factor", code="second_factor_needed")
    if rights and not any(signed_in.actor.rights.may(one) for one in rights):
        raise Forbidden(f"not without {' or '.join(rights)}")


def actor_of(request: web.Request) -> Actor:
    """Give who makes a request."""
    return request[SIGNED_IN].actor


def check_origin(request: web.Request) -> None:
    """Refuse what a page of somebody else sends: browsers name the page they ask for.

    A WebSocket is a GET that reads a stream, so it is looked at like a change.
    """
    if not is_our_host(request):
        raise Forbidden(f"a request to {request.host[:80]!r}", code="bad_origin")
    upgrades = "websocket" in request.headers.get("Upgrade", "").lower()
    if request.method in READING and not upgrades:
        return
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            raise Forbidden("a request from another site", code="bad_origin")
        return
    named = origin_of(origin)
    if named is None or named != own_origin(request):
        raise Forbidden(f"a request from {origin[:80]!r}", code="bad_origin")


def is_our_host(request: web.Request) -> bool:
    """Tell whether a request names us by web.public_url, or by a bare address.

    No name that somebody else may point at us will do; a bare address cannot be pointed anywhere.
    """
    asked = origin_of(f"http://{request.host}")
    public = origin_of(request.app[SETTINGS].web.public_url)
    return asked is not None and (_is_bare(asked) or (public is not None and asked[1] == public[1]))


def own_origin(request: web.Request) -> Origin | None:
    """Give the origin of our own pages: web.public_url, else the bare address that was asked."""
    public = request.app[SETTINGS].web.public_url
    if public:
        return origin_of(public)
    asked = origin_of(f"{request.scheme}://{request.host}")
    return asked if asked is not None and _is_bare(asked) else None


def origin_of(url: str) -> Origin | None:
    """Give (scheme, host, port) of an address, or None where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.hostname is None or port is None:
        return None
    return parts.scheme, parts.hostname, port


def _is_bare(origin: Origin) -> bool:
    try:
        return origin[1] == "localhost" or bool(ip_address(origin[1]))
    except ValueError:
        return False


def cookie_of(request: web.Request) -> str | None:
    """Give the secret in a request's session cookie."""
    return request.cookies.get(_named(request, SESSION))


def set_cookie(request: web.Request, response: web.Response, secret: str) -> None:
    """Give the browser a session's secret, for as long as it runs."""
    _set(request, response, SESSION, secret, None)


def drop_cookie(request: web.Request, response: web.Response) -> None:
    """Take a session's secret away from the browser."""
    response.del_cookie(
        _named(request, SESSION),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.app[SETTINGS].secure_cookies,
    )


def device_of(request: web.Request) -> str | None:
    """Give the secret by which a browser is known again that somebody has signed in with."""
    return request.cookies.get(_named(request, _DEVICE))


def place_of(request: web.Request) -> SignInOrigin:
    """Give where somebody asks from whose password is looked at."""
    return SignInOrigin(address_of(request), device_of(request))


def set_device(request: web.Request, response: web.Response, secret: str) -> None:
    """Let a browser be known again; it opens nothing."""
    _set(request, response, _DEVICE, secret, round(KNOWN_FOR.total_seconds()))


def _named(request: web.Request, name: str) -> str:
    """The cookie's name; the prefix makes browsers refuse it from a neighbour's subdomain."""
    return f"__Host-{name}" if request.app[SETTINGS].secure_cookies else name


def _set(
    request: web.Request, response: web.Response, name: str, secret: str, seconds: int | None
) -> None:
    """Scripts cannot read it, other sites cannot send it."""
    response.set_cookie(
        _named(request, name),
        secret,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        path="/",
        secure=request.app[SETTINGS].secure_cookies,
    )


def own_key(person: str, key: str) -> str:
    """Give a key as it counts for its person only: nobody can use up another's."""
    if not 8 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("key", "must be between 8 and 100 characters")
    return f"console:{person}:{key}"


def asking_factor(request: web.Request) -> list[str]:
    """Give the permissions for which somebody's chat is to be bound with a second factor."""
    return request.app[AUTH].settings.second_factor_for.split()
