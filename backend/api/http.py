"""What every request goes through: an id, errors in words, headers that keep browsers safe."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

from aiohttp import ClientPayloadError, web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from backend.api.client_address import client_address
from backend.api.keys import CLOCK, SETTINGS
from backend.api.office_keys import OFFICE
from backend.desks.origin import ORIGIN, Origin
from config.networks import networks_in
from hotline.errors import (
    Conflict,
    Forbidden,
    HotlineError,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    Unauthorised,
    Unavailable,
)
from hotline.wire import encode, received, received_query
from hotline.words import LANGUAGES, UnknownWords, known, say

LOG = logging.getLogger("hotline.http")
LANGUAGE: Final[web.RequestKey[str]] = web.RequestKey("language", str)
REQUEST_ID: Final[web.RequestKey[str]] = web.RequestKey("request_id", str)
MAX_JSON_BYTES: Final = 256 * 1024
BLOCK: Final = 64 * 1024
FORWARDED: Final = "X-Forwarded-For"
# Less than this fits into one packet anyway.
PACKED_FROM_BYTES: Final = 1_200
POLICY: Final = "Content-Security-Policy"
SAFE: Final = {
    POLICY: (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=(self)",
}
# The first that fits counts: a type before the types it descends from.
STATUS: Final[tuple[tuple[type[HotlineError], int], ...]] = (
    (Invalid, 400),
    (Unauthorised, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (Refused, 422),
    # Before what it is one of.
    (TooMany, 429),
    (Unavailable, 503),
)
_HTTP_CODES: Final = {
    400: "bad_request",
    404: "not_found",
    405: "bad_method",
    408: "too_slow",
    413: "too_large",
}


def status_of(error: HotlineError) -> int:
    """Give the HTTP status of an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def words_of(error: HotlineError, language: str, named: str = "") -> str:
    """Give what a person is told of an error; its field is `named` so."""
    values = {**error.values, "field": named} if named else error.values
    try:
        return say(f"error.{error.code}", language, **_in_words(values, language))
    except UnknownWords:
        return say("error.failed", language)


def _in_words(
    values: Mapping[str, str | int | float], language: str
) -> dict[str, str | int | float]:
    """Give values with the names of a language: `post_en` is what `post` is called in English."""
    english = {name.removesuffix("_en"): one for name, one in values.items() if one != ""}
    named = {name: one for name, one in values.items() if not name.endswith("_en")}
    return {**named, **{one: english[one] for one in named if language == "en"}}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong: a stable code, and the words for people in their language.

    `field` and `detail` name what was given wrongly; `retry_after` is in seconds.
    """

    code: str
    message: str
    field: str | None = None
    detail: str | None = None
    retry_after: float | None = None


def problem_of(error: HotlineError, language: str, named: str = "") -> Problem:
    """Give what is told of an error; its field is `named` so."""
    said = words_of(error, language, named)
    if isinstance(error, Invalid):
        return Problem(error.code, said, error.field, error.reason)
    if isinstance(error, Unavailable):
        return Problem(error.code, said, retry_after=error.retry_after)
    return Problem(error.code, said)


def problem(error: HotlineError, language: str, named: str = "") -> web.Response:
    """Give the answer to a request that went wrong; the field at fault is `named` so."""
    told = problem_of(error, language, named)
    headers = {}
    if told.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(told.retry_after)))
    return answer(told, status=status_of(error), headers=headers)


def answer(
    value: object,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    pack: bool = False,
) -> web.Response:
    """Give a JSON answer that no cache keeps.

    `pack` sends a large one compressed, to a browser that takes it. Never for an answer that holds
    a session's token: the size of what is packed tells of what is in it.
    """
    response = web.Response(
        body=encode(value),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
    if pack and (response.content_length or 0) >= PACKED_FROM_BYTES:
        response.enable_compression()
        response.headers["Vary"] = "Accept-Encoding"
    return response


async def body_of(request: web.Request, kind: object) -> object:
    """Give the record in a request's JSON body; Invalid names the field that is wrong."""
    if request.content_type != "application/json":
        raise Invalid("body", "must be application/json", code="bad_request")
    if (request.content_length or 0) > MAX_JSON_BYTES:
        raise TooLarge("more than a form can hold", most_mb=1)
    body = bytearray()
    async for block in blocks_of(request):
        body += block
        if len(body) > MAX_JSON_BYTES:
            raise TooLarge("more than a form can hold", most_mb=1)
    return received(bytes(body), cast("type[object]", kind), request.app[CLOCK].now())


def query_of(request: web.Request, kind: object) -> object:
    """Give the record in a request's query; Invalid names the field that is wrong."""
    now = request.app[CLOCK].now()
    return received_query(request.query, cast("type[object]", kind), now)


async def blocks_of(request: web.Request) -> AsyncIterator[bytes]:
    """Give a request's body in blocks; one that comes too slowly is cut off with 408."""
    content, slow_s = request.content, request.app[SETTINGS].web.slow_s
    if content.is_eof():  # all of it is here: there is nothing to wait for
        yield content.read_nowait()
        return
    while not content.at_eof():
        block = bytearray()
        try:
            async with asyncio.timeout(slow_s):
                while len(block) < BLOCK and not content.at_eof():
                    block += await content.read(BLOCK - len(block))
        except TimeoutError as error:
            raise web.HTTPRequestTimeout from error
        yield bytes(block)


def language_of(request: web.Request, default: str) -> str:
    """Give the language that a browser asks for, of those we have words in."""
    for part in request.headers.get("Accept-Language", "").split(","):
        tag = part.partition(";")[0].strip().lower()
        for language in LANGUAGES:
            if tag[:2] == language[:2].lower():
                return language
    return default


def address_of(request: web.Request) -> str:
    """Give the client's address; of IPv6 the network that one client has."""
    trusted = networks_in(request.app[SETTINGS].web.trusted_proxies)
    return client_address(request.remote or "", request.headers.getall(FORWARDED, ()), trusted)


def answering(default_language: str) -> Middleware:
    """Give the outermost middleware: whatever happens, the answer says it in words."""

    @web.middleware
    async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = secrets.token_hex(8)
        request[LANGUAGE] = language_of(request, default_language)
        ORIGIN.set(Origin(address_of(request), request[REQUEST_ID]))
        try:
            _refuse_nul(request)
            return await handler(request)
        except HotlineError as error:
            return _told(request, error)
        except web.HTTPException as error:
            return _http(request, error)
        except (ClientPayloadError, web.RequestPayloadError, ConnectionError) as error:
            LOG.info("request %s was cut: %r", request[REQUEST_ID], error)
            return _http(request, web.HTTPBadRequest())
        except Exception:
            LOG.exception("request %s failed: %s", request[REQUEST_ID], _named(request))
            return problem(HotlineError("failed"), request[LANGUAGE])

    return answer_errors


@cache
def _safe(exchange: str) -> dict[str, str]:
    """Give the headers with which a page may reach the exchange too, by a WebSocket's address."""
    address = URL(exchange)
    # What else might stand in a setting must not end one rule of the policy and begin another.
    origin = f"{address.scheme}://{address.authority}" if address.scheme in ("ws", "wss") else ""
    policy = SAFE[POLICY].replace("connect-src 'self'", f"connect-src 'self' {origin}".rstrip())
    return {**SAFE, POLICY: policy}


async def keep_safe(request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers that keep browsers safe on every answer (an on_response_prepare signal)."""
    for name, value in _safe(request.app[SETTINGS].phone.seats_at).items():
        response.headers.setdefault(name, value)
    if REQUEST_ID in request:
        response.headers["X-Request-Id"] = request[REQUEST_ID]
    response.headers.popall("Server", None)


def _refuse_nul(request: web.Request) -> None:
    """PostgreSQL keeps no NUL in a text, and no file has one in its name."""
    if "\0" in request.path or "\0" in request.query_string:
        raise Invalid("web_address", "holds a character that means nothing")


def _told(request: web.Request, error: HotlineError) -> web.Response:
    status = status_of(error)
    if status >= 500:
        LOG.warning("request %s: %s: %s", request[REQUEST_ID], _named(request), error)
    return problem(error, request[LANGUAGE], field_named(request, error))


def field_named(request: web.Request, error: HotlineError) -> str:
    """Give what people call the field at fault: by the city's form, or by the words for the rest.

    What nobody is shown, such as a part of an address, keeps its own name.
    """
    if not isinstance(error, Invalid):
        return ""
    source = request.app.get(OFFICE)
    field = source.now.city.fields.get(error.field) if source else None
    if field is not None:
        return field.named(request[LANGUAGE])
    key = f"field.{error.field}"
    return say(key, request[LANGUAGE]) if known(key, request[LANGUAGE]) else error.field


def _http(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own refusals, as ours; what is no error goes through."""
    if error.status < 400:
        raise error
    code = _HTTP_CODES.get(error.status, "bad_request" if error.status < 500 else "failed")
    told = problem_of(HotlineError("", code=code), request[LANGUAGE])
    allow = error.headers.get("Allow")
    return answer(told, status=error.status, headers={"Allow": allow} if allow else {})


def _named(request: web.Request) -> str:
    """A request for the log: whatever it holds, it stays one line."""
    return json.dumps(f"{request.method} {request.path}")[:300]
