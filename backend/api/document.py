"""Writes docs/api.md from the routes as they are declared: python -m backend.api.document."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from backend.api import connectors, pages, routes
from backend.api.route import Route
from hotline.words import catalogue

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "api.md"
_PATTERN: Final = re.compile(r":[^}]*}")
_HEAD: Final = """# What can be asked of the backend

Written by `python -m backend.api.document` from the declarations in `backend/api`; a test compares
them. Everything is JSON in UTF-8; times are ISO 8601 in UTC, points are WGS-84.

An error is `{"code", "message", "field"?, "retry_after"?}`: `code` is stable and listed below,
`message` is worded in the language of the session or of `Accept-Language`.

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
most once a second, when that has changed. `{"kind": "reload"}` means that too much was missed: read
the lists again and come back.
"""


def page() -> str:
    """Give the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table((*routes.ROUTES, *pages.ROUTES), "who")
    yield _FEED.rstrip()
    yield _CONNECTORS
    yield from _table(connectors.ROUTES, "connector")
    yield "## Error codes\n"
    yield "| code | in English |"
    yield "|---|---|"
    for key, sentence in catalogue("en").items():
        if key.startswith("error."):
            yield f"| `{key.removeprefix('error.')}` | {sentence} |"


def _table(rows: Iterable[Route], last: str) -> Iterator[str]:
    """A table of routes."""
    yield f"| | path | what | {last} |"
    yield "|---|---|---|---|"
    for route in rows:
        path = _PATTERN.sub("}", route.path)
        yield f"| {route.method} | `{path}` | {route.summary} | {route.may.who} |"
    yield ""


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parent.parent)}\n")


if __name__ == "__main__":
    main()
