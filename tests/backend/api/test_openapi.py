"""The document tells of every route of the application, and of nothing else."""

import re
from collections.abc import Awaitable, Callable, Iterator

import pytest
from aiohttp import web

from backend.api import openapi, pages, routes
from backend.api.permissions import ANYONE
from backend.api.route import Route
from tests.backend.api.conftest import Browser

ENDS = {"101", "200", "204", "206", "304", "412", "416"}


def test_the_document_and_the_application_have_the_same_routes(app: web.Application) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
    }
    pages_of = {(route.method, re.sub(r":[^}]*}", "}", route.path)) for route in pages.ROUTES}
    paths = routes.document()["paths"]
    assert isinstance(paths, dict)
    told = {(method.upper(), path) for path, item in paths.items() for method in item}
    assert told == served - pages_of
    assert len(told) == len(routes.CONSOLE_ROUTES) + len(routes.CONNECTOR_ROUTES)


async def untyped(request, body):  # type: ignore[no-untyped-def]
    return web.Response()


async def unsaid(request: web.Request) -> web.Response:
    return web.Response()


async def two(request: web.Request, one: str, other: str) -> None:
    return None


@pytest.mark.parametrize("handler", [untyped, unsaid, two])
def test_a_route_that_does_not_say_its_types_is_none(
    handler: Callable[..., Awaitable[object]],
) -> None:
    with pytest.raises(TypeError, match="GET /x"):
        openapi.document_of([Route("GET", "/x", handler, "x", ANYONE)])


def test_a_route_of_a_code_that_is_none_is_none() -> None:
    async def fine(request: web.Request) -> None:
        return None

    with pytest.raises(KeyError):
        openapi.document_of([Route("GET", "/x", fine, "x", ANYONE, ("no_such_code",))])


async def test_everybody_may_read_it_and_it_says_who_may_ask(
    browser: Callable[[], Browser],
) -> None:
    told = await browser().get("/openapi.json")
    assert told["openapi"].startswith("3.1")
    act = told["paths"]["/api/cases/{number}/act"]["post"]
    assert act["security"] == [{"hotline_session": [], "csrf": []}]
    assert act["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Act")
    key = told["components"]["schemas"]["Act"]["properties"]["key"]
    assert (key["minLength"], key["maxLength"]) == (8, 100)
    assert {"200", "401", "403", "404", "409", "422"} <= set(act["responses"])
    both = told["paths"]["/connector/reports"]["post"]["security"]
    assert both == [{"bots": []}, {"ivr": []}]
    assert set(told["components"]["securitySchemes"]) == {"hotline_session", "csrf", "bots", "ivr"}
    assert "security" not in told["paths"]["/healthz"]["get"]


def test_every_error_is_the_same_record_with_its_codes() -> None:
    paths = routes.document()["paths"]
    assert isinstance(paths, dict)
    seen = set()
    for item in paths.values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status not in ENDS:
                    record, codes = response["content"]["application/json"]["schema"]["allOf"]
                    seen |= {record["$ref"].rpartition("/")[2]}
                    assert codes["properties"]["code"]["enum"], status
    assert seen == {"ArticleOther", "Problem", "Overtaken"}


def parts_of(told: object) -> Iterator[dict[str, object]]:
    """Every object of a document."""
    if isinstance(told, list):
        for one in told:
            yield from parts_of(one)
    elif isinstance(told, dict):
        yield told
        for one in told.values():
            yield from parts_of(one)


def test_the_document_says_what_generators_of_clients_ask_for() -> None:
    """Places behind which nothing may stand are told by their number, and bytes have a schema."""
    told = list(parts_of(routes.document()))
    pairs = [one for one in told if "prefixItems" in one]
    assert pairs
    for one in pairs:
        assert (one["minItems"], one["maxItems"]) == (2, 2)
        assert one["items"] in ({"type": "number"}, {"type": "integer"})
    contents = [one["content"] for one in told if isinstance(one.get("content"), dict)]
    kinds = [kind for content in contents if isinstance(content, dict) for kind in content.items()]
    assert {"image/jpeg", "application/octet-stream"} <= {name for name, _ in kinds}
    assert not [name for name, kind in kinds if "schema" not in kind]
