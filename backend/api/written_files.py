"""Files that are written while whoever asked hears how far they are, and then sent."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import web

from backend.api.http import BLOCK, LANGUAGE, Problem, problem_of
from backend.api.keys import SETTINGS
from backend.papers.sheet import Written
from hotline.errors import HotlineError, TooMany, Unavailable
from hotline.wire import encode

LOG = logging.getLogger("hotline.exports")
MOST: Final = 2
"""So many are written at once: each keeps a connection to the database and half a processor."""
BUSY_S: Final = 15.0
Writing = AsyncGenerator[Written, None]
EXPORTED: Final = "application/vnd.hotline.export"


@dataclass(frozen=True, slots=True)
class ExportFrame:
    """A line of what comes: so many `rows` of all; at last the name of the file and its `bytes`.

    Behind that line come the bytes. A line with a `problem` is the last one, and nothing follows.
    """

    rows: int = 0
    of: int = 0
    file: str = ""
    bytes: int = 0
    problem: Problem | None = None


@dataclass(slots=True, eq=False)
class Exports:
    """Who has a list written now; `closed` where the server goes away."""

    people: set[str] = field(default_factory=set)
    closed: bool = False

    @contextmanager
    def one_of(self, person: str) -> Iterator[None]:
        """Let somebody have a list written; TooMany where they, or many, have one already."""
        if self.closed:
            raise Unavailable("the office is going away")
        if person in self.people or len(self.people) >= MOST:
            raise TooMany("lists are written already", retry_after=BUSY_S, code="export_busy")
        self.people.add(person)
        try:
            yield
        finally:
            self.people.discard(person)


EXPORTS: web.AppKey[Exports] = web.AppKey("exports", Exports)


async def written(
    request: web.Request, person: str, write: Callable[[Path], Writing], name: str
) -> web.StreamResponse:
    """Let a file be written, tell how far it is, and send it by its name.

    What `write` refuses before its first word is answered as any request is.
    """
    with (
        request.app[EXPORTS].one_of(person),
        TemporaryDirectory(prefix="hotline-export-") as folder,
    ):
        path = Path(folder) / "written"
        async with aclosing(write(path)) as words:
            first = await anext(words)
            response = _begun()
            await response.prepare(request)
            try:
                last = await _follow(request, response, first, words)
                await _send(request, response, path, name, last)
            except ConnectionError as error:
                LOG.info("an export was cancelled: %r", error)
            except TimeoutError:
                LOG.info("an export was let go: nobody took it")
            except HotlineError as error:
                await _fail(request, response, error)
            except Exception:
                LOG.exception("an export failed")
                await _fail(request, response, HotlineError("failed"))
    return response


def _begun() -> web.StreamResponse:
    headers = {"Content-Type": EXPORTED, "Cache-Control": "no-store"}
    return web.StreamResponse(headers=headers)


async def _follow(
    request: web.Request,
    response: web.StreamResponse,
    first: Written,
    words: AsyncIterator[Written],
) -> Written:
    """Say how far it is until it is whole; gives its last word."""
    last = first
    await _say(request, response, ExportFrame(first.rows, first.of))
    async for last in words:
        if request.app[EXPORTS].closed:
            raise Unavailable("the office is going away")
        await _say(request, response, ExportFrame(last.rows, last.of))
    return last


async def _say(request: web.Request, response: web.StreamResponse, frame: ExportFrame) -> None:
    await _write(request, response, encode(frame) + b"\n")


async def _send(
    request: web.Request, response: web.StreamResponse, path: Path, name: str, last: Written
) -> None:
    size = path.stat().st_size
    await _say(request, response, ExportFrame(last.rows, last.of, name, size))
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            await _write(request, response, block)
    await response.write_eof()


async def _write(request: web.Request, response: web.StreamResponse, block: bytes) -> None:
    # Whoever takes nothing any more keeps a place that others wait for.
    async with asyncio.timeout(request.app[SETTINGS].web.slow_s):
        await response.write(block)


async def _fail(request: web.Request, response: web.StreamResponse, error: HotlineError) -> None:
    """Tell what went wrong in the stream itself: its status was sent long ago."""
    told = ExportFrame(problem=problem_of(error, request[LANGUAGE]))
    with suppress(ConnectionError, TimeoutError):
        await _say(request, response, told)
        await response.write_eof()
