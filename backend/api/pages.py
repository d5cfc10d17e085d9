"""The console's own files: the page for every address of its own, and its assets for good."""

import asyncio
from pathlib import Path
from typing import Final

from aiohttp import web

from backend.api.permissions import ANYONE
from backend.api.route import Content, Route
from hotline.errors import NotFound, Unavailable

STATIC: web.AppKey[Path] = web.AppKey("static", Path)
ASSETS: Final = "assets/"
FOREVER: Final = "public, max-age=31536000, immutable"
# Python's own table comes from the machine it runs on; what a browser must not guess is told here.
_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".pbf": "application/x-protobuf",
    ".txt": "text/plain",
}
_TEXTS: Final = ("text/", "application/json", "image/svg")


async def page(request: web.Request) -> web.StreamResponse:
    """Give a file of the console, or its page where the address is one of its own."""
    tail = request.match_info["tail"]
    if tail.split("/")[0] in ("api", "connector"):
        raise NotFound("no such address")
    static = request.app[STATIC]
    found = await asyncio.to_thread(_find, static, tail)
    if found is None:
        raise Unavailable("the console is not built", retry_after=30.0, code="no_console")
    kept = FOREVER if tail.startswith(ASSETS) else "no-cache"
    # Beside a file may lie packed ones (.br, .gz), which a FileResponse takes by itself.
    headers = {"Cache-Control": kept, "Content-Type": _type(found), "Vary": "Accept-Encoding"}
    return web.FileResponse(found, headers=headers)


def _find(static: Path, tail: str) -> Path | None:
    """Only files inside the folder; what looks like a file and is none is not found."""
    root = static.resolve()
    try:
        path = (root / tail).resolve()
        if path.is_relative_to(root) and path.is_file():
            return path
    except (OSError, ValueError, RuntimeError) as error:
        # What no file system can name: too long, NUL, half a letter, a link to itself.
        raise NotFound("not the name of a file") from error
    if tail.startswith(ASSETS) or "." in tail.rsplit("/", maxsplit=1)[-1]:
        raise NotFound("no such file")
    index = root / "index.html"
    return index if index.is_file() else None


def _type(path: Path) -> str:
    kind = _TYPES.get(path.suffix, "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXTS) else kind


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/{tail:.*}",
        page,
        "The console's page and its files",
        ANYONE,
        ("no_console", "not_found"),
        gives=Content(()),
    ),
)
