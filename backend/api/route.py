"""How a route is declared, and the one way from a request to its handler and of the answer back.

A handler's signature is its contract: the parameter `query` is the record of what stands behind the
question mark, another one the record of the body, and what it gives is the answer. So what is told
of a route in the document is what the types of its handler are checked for.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from types import NoneType
from typing import Final, TypeVar, get_type_hints

from aiohttp import web

from backend.api.http import Problem, answer, body_of, query_of
from backend.api.keys import Handler
from backend.api.office_keys import OFFICE
from backend.api.permissions import Permission, Way
from hotline.city import UnknownRelease
from hotline.contract import Endpoint

A = TypeVar("A")
B = TypeVar("B")
QUERY: Final = "query"
BYTES: Final = "application/octet-stream"
_OF_ALL: Final = ("invalid", "bad_request", "unavailable")
_OF_WAY: Final = {
    Way.OPEN: (),
    Way.PAGE: ("bad_origin",),
    Way.SESSION: ("unauthorised", "forbidden", "bad_origin", "second_factor_needed"),
    Way.CONNECTOR: ("bad_token", "not_this_connector"),
}
_OF_CHANGE: Final = ("old_page",)
_OF_BODY: Final = ("too_large", "too_slow")
_OF_RECORD: Final = ("bad_time",)


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is no record: its types, and the statuses it may have.

    `frames` is the record of what a WebSocket sends, or of each line.
    """

    types: tuple[str, ...]
    statuses: tuple[int, ...] = (200,)
    frames: object = None


FILE: Final = Content(("image/jpeg", "audio/wav"), (200, 206, 304, 412, 416))
PDF: Final = Content(("application/pdf",))
GEOJSON: Final = Content(("application/geo+json",), (200, 304))
SOCKET: Final = Content((), (101,))


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked for.

    `gives` says what comes back where that is no record, or where the handler gives a response of
    its own; `takes` is the type of a body that is no record; `problems` are the records of errors
    that tell more. `errors` are the codes of its own
    matter: those of its way in, its body and its query are told by themselves. A packed answer is
    compressed where it is large.
    """

    method: str
    path: str
    handler: Callable[..., Awaitable[object]]
    summary: str
    may: Permission
    errors: tuple[str, ...] = ()
    gives: object = None
    takes: str = ""
    headers: tuple[str, ...] = ()
    problems: Mapping[int, type[Problem]] = field(default_factory=dict, hash=False)
    packed: bool = False

    @property
    def codes(self) -> set[str]:
        """Every code that an answer of it may carry."""
        shape = shape_of(self)
        codes = {*_OF_ALL, *_OF_WAY[self.may.way], *self.errors}
        if self.may.way is Way.SESSION and self.method != "GET":
            codes |= {*_OF_CHANGE}
        if shape.body is not None or self.takes:
            codes |= {*_OF_BODY}
        if shape.body is not None or shape.query is not None:
            codes |= {*_OF_RECORD}
        return codes


@dataclass(frozen=True, slots=True)
class Shape:
    """The records of a route: body and query are None where it takes none."""

    body: object
    body_name: str
    query: object
    answer: object


def at(
    endpoint: Endpoint[B, A],
    handler: Callable[[web.Request, B], Awaitable[A]],
    summary: str,
    may: Permission,
    errors: tuple[str, ...] = (),
) -> Route:
    """Declare the route of an endpoint, by a handler that takes and gives what it says."""
    return Route(endpoint.method, endpoint.path, handler, summary, may, errors)


@cache
def shape_of(route: Route) -> Shape:
    """Read what a route takes and gives from its handler; TypeError where that says nothing."""
    hints = get_type_hints(route.handler, include_extras=True)
    names = list(signature(route.handler).parameters)[1:]
    bodies = [name for name in names if name != QUERY]
    said = hints.get("return")
    if not all(name in hints for name in names) or len(bodies) > 1 or said is None:
        raise TypeError(f"{route.method} {route.path}: its handler does not say what it takes")
    given = route.gives or said
    if isinstance(given, type) and issubclass(given, web.StreamResponse):
        raise TypeError(f"{route.method} {route.path}: does not say what it gives")
    body = hints[bodies[0]] if bodies else None
    return Shape(body, bodies[0] if bodies else "", hints.get(QUERY), given)


def answered(route: Route) -> Handler:
    """Give what answers a route's requests: reads the records, and writes the one that is given."""
    shape = shape_of(route)
    empty = shape.answer is NoneType

    async def handle(request: web.Request) -> web.StreamResponse:
        given: dict[str, object] = {}
        if shape.query is not None:
            given[QUERY] = query_of(request, shape.query)
        if shape.body is not None:
            given[shape.body_name] = await body_of(request, shape.body)
        try:
            said = await route.handler(request, **given)
        except UnknownRelease:
            # Another backend has it already. Nothing was written, so the same is asked once more.
            if route.takes:
                raise
            await request.app[OFFICE].look()
            said = await route.handler(request, **given)
        if isinstance(said, web.StreamResponse):
            return said
        return answer({} if empty else said, pack=route.packed)

    return handle
