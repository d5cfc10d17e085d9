"""Writes docs/api.md from the routes as they are declared: python -m backend.api.document."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Final, get_args

from backend.api import openapi, pages, routes
from backend.api.route import Content, Route, shape_of
from hotline.wire import encode
from hotline.words import catalogue

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "api.md"
_PATTERN: Final = re.compile(r":[^}]*}")
_HEAD: Final = """# What can be asked of the backend

Written by `python -m backend.api.document` from the declarations in `backend/api`; a test compares
them. Everything is JSON in UTF-8; times are ISO 8601 in UTC, points are WGS-84.

The same for tools is given by the backend itself at `/openapi.json` (OpenAPI 3.1): who writes a
program against it makes its types and its client from there.

A path's {names} are filled in, what stands behind the question mark is told by name (with `=` and
what it counts as where it is left out), the records of bodies and answers stand below. `{}` says
nothing more than that it is done. An error is a `Problem`: `code` is stable and listed below,
`message` is worded in the language of the session or of `Accept-Language`. Besides the codes that a
route names there are those of its way in: `unauthorised`, `forbidden`, `bad_origin` and `old_page`
with a session, `bad_token` and `not_this_connector` with a token; `invalid` and `bad_request` for
what cannot be read, `too_large`, `too_slow`, `unavailable`.

## The console

A session is a cookie from `POST /api/login`. What changes something also needs the header
`X-CSRF-Token` with the value from `GET /api/me`, and must come from a page of the same origin.
"""
_CONNECTORS: Final = """
## The connectors

Each connector (`ivr`: phone, `bots`: messages) sends its own token as `Authorization: Bearer …`,
opens only the routes that name it and speaks only for its own channels. It says which chat a move
comes from; whom that chat belongs to is looked up here. Whatever changes something carries a key
and may be sent again. `backend/client.py` speaks all of it.
"""
_FEED: Final = """
## The live feed

`GET /api/feed?from=<seq>` is a WebSocket. It begins with `{"kind": "hello", "seq"}`, sends what
came after `from`, then every change as `{"seq", "kind": "case" | "call" | "notice", "number"?,
"call"?, "row", "at"}`; `row` is the case as lists show it, or null for who may not see it any
more. `{"kind": "counts", "counts"}` tells how many cases are in sight, at the beginning and, at
most once a second, when that has changed. `{"kind": "alive"}` comes where nothing else does for ten
seconds: take a line that is silent for longer, say 25 s, for cut, and come back.
`{"kind": "reload"}` means that too much was missed: read the lists again and come back. More kinds
may be added.
"""


def page() -> str:
    """Give the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table((*routes.CONSOLE_ROUTES, *pages.ROUTES), "who")
    yield _FEED.rstrip()
    yield _CONNECTORS
    yield from _table(routes.CONNECTOR_ROUTES, "connector")
    yield from _records()
    yield "## Error codes\n"
    yield "| code | in English |"
    yield "|---|---|"
    for key, sentence in catalogue("en").items():
        if key.startswith("error."):
            yield f"| `{key.removeprefix('error.')}` | {sentence} |"


def _table(rows: Iterable[Route], last: str) -> Iterator[str]:
    """A table of routes."""
    yield f"| | path | what | takes | gives | codes | {last} |"
    yield "|---|---|---|---|---|---|---|"
    for route in rows:
        path = _PATTERN.sub("}", route.path)
        query = ", ".join(f"`{one}`" for one in _query_of(route))
        cells = (
            route.method,
            f"`{path}{'?' if query else ''}`",
            route.summary,
            "; ".join(part for part in (query, _body_of(route)) if part),
            _given_by(route),
            ", ".join(f"`{code}`" for code in sorted(route.errors)),
            route.may.who,
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _query_of(route: Route) -> Iterator[str]:
    query = shape_of(route).query
    if isinstance(query, type) and is_dataclass(query):
        for one in fields(query):
            default = "" if one.default is MISSING else f"={one.default}"
            yield one.name.removesuffix("_") + default


def _body_of(route: Route) -> str:
    body = shape_of(route).body
    return _named(body) if body is not None else f"`{route.takes}`" if route.takes else ""


def _given_by(route: Route) -> str:
    given = shape_of(route).answer
    if isinstance(given, Content):
        return ", ".join(f"`{kind}`" for kind in given.types)
    return "`{}`" if given is NoneType else _named(given)


def _named(kind: object) -> str:
    """A record by its name: one, a list of them, or one or none."""
    text = str(kind) if get_args(kind) else getattr(kind, "__name__", str(kind))
    return f"`{re.sub(r'[a-z_]+[.]', '', text).replace(' | None', '` or `null')}`"


def _records() -> Iterator[str]:
    """Every record with its fields and their types."""
    yield "## Records\n"
    components = routes.document()["components"]
    assert isinstance(components, dict)
    for name, schema in components["schemas"].items():
        yield f"### {name}\n"
        if told := schema.get("description"):
            yield f"{told}\n"
        if "enum" in schema:
            yield f"One of {', '.join(f'`{one}`' for one in schema['enum'])}.\n"
        required = schema.get("required", ())
        for field_name, inner in schema.get("properties", {}).items():
            told = json.dumps(inner["default"]) if "default" in inner else "empty"
            default = "" if field_name in required else f", else {told}"
            yield f"- `{field_name}`: {_typed(inner)}{default}"
        if "properties" in schema:
            yield ""


def _typed(schema: Mapping[str, Any]) -> str:
    """The type of a field, in words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_typed(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if "prefixItems" in schema:
        return f"list of {', '.join(_typed(one) for one in schema['prefixItems'])}"
    match schema.get("type"):
        case "array":
            return f"list of {_typed(schema.get('items', {}))}"
        case "object":
            return f"names to {_typed(schema.get('additionalProperties', {}))}"
        case kind:
            return str(schema.get("format", kind or "any value"))


def main() -> None:
    """Write the page; with a file named, the document of the console's routes for its types."""
    if sys.argv[1:]:
        Path(sys.argv[1]).write_bytes(encode(openapi.document_of(routes.CONSOLE_ROUTES)))
        return
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parent.parent)}\n")


if __name__ == "__main__":
    main()
