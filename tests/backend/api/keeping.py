"""Holds every answer of the backend in the tests against what its route declares."""

from dataclasses import dataclass, field
from functools import cache
from types import NoneType
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from backend.api import routes
from backend.api.http import Problem
from backend.api.route import Content, Route, shape_of
from hotline.errors import Invalid
from hotline.wire import decode


@cache
def declared() -> dict[tuple[str, str], Route]:
    """Every route by its method and its path, as aiohttp names that."""
    app = web.Application()
    return {
        (one.method, app.router.add_resource(one.path).canonical): one
        for one in (*routes.CONSOLE_ROUTES, *routes.CONNECTOR_ROUTES)
    }


@dataclass(slots=True, eq=False)
class Contract:
    """What answers broke: a line for each."""

    broken: list[str] = field(default_factory=list)

    def middleware(self) -> Middleware:
        """Look at every answer as it leaves."""

        @web.middleware
        async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            resource = request.match_info.route.resource
            route = declared().get((request.method, resource.canonical if resource else ""))
            if route is not None:
                self.broken += [
                    f"{request.method} {request.path}: {one}" for one in broken(route, response)
                ]
            return response

        return look


CONTRACT: web.AppKey[Contract] = web.AppKey("contract", Contract)


def broken(route: Route, response: web.StreamResponse) -> list[str]:
    """What an answer does that its route does not declare."""
    if response.status >= 400:
        return _broken_problem(route, response)
    given = shape_of(route).answer
    if isinstance(given, Content):
        told = response.status in given.statuses
        return [] if told else [f"status {response.status}"]
    if response.status != 200:
        return [f"status {response.status}"]
    return [] if given is NoneType else _unlike(response, given)


def _broken_problem(route: Route, response: web.StreamResponse) -> list[str]:
    if isinstance(shape := shape_of(route).answer, Content) and response.status in shape.statuses:
        return []
    unlike = _unlike(response, route.problems.get(response.status, Problem))
    if unlike:
        return unlike
    code = decode(_body_of(response), Problem).code
    return [] if code in route.codes else [f"code {code} with {response.status}"]


def _body_of(response: web.StreamResponse) -> bytes:
    assert isinstance(response, web.Response)
    assert isinstance(response.body, bytes)
    return response.body


def _unlike(response: web.StreamResponse, kind: object) -> list[str]:
    try:
        decode(_body_of(response), cast("type[object]", kind))
    except Invalid as error:
        return [f"{response.status}: {error}"]
    return []
