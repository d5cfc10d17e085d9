"""A form of several parts: a record first, then files, read as they come and never whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from backend.api.http import BLOCK, MAX_JSON_BYTES
from backend.api.keys import CLOCK, SETTINGS
from hotline.errors import Invalid, TooLarge
from hotline.wire import received

T = TypeVar("T")
FORM: Final = "multipart/form-data"
MAX_BEFORE: Final = 10


class _FormReader(MultipartReader):
    """A form with few lines before its first part: megabytes of them would hold up everybody."""

    _before = 0

    async def _readline(self) -> bytes:
        self._before += self._at_bof
        if self._before > MAX_BEFORE:
            raise ValueError("too many lines before the first part")
        return await super()._readline()


class MultipartForm:
    """The parts of a request, in their order; Invalid for what is no such form."""

    def __init__(self, request: web.Request):
        self._request = request
        self._slow_s = request.app[SETTINGS].web.slow_s
        self._reader: MultipartReader | None = None

    async def record(self, name: str, kind: type[T]) -> T:
        """Give the record in the first part, which has this name."""
        part = await self._next()
        if part is None or part.name != name:
            raise Invalid("body", f"must begin with the part {name}", code="bad_request")
        body = bytearray()
        async for block in self._blocks(part):
            body += block
            if len(body) > MAX_JSON_BYTES:
                raise TooLarge("more than a form can hold", most_mb=1)
        return received(bytes(body), kind, self._request.app[CLOCK].now())

    async def files(self, name: str, most: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give every further part as blocks; what is not read of one is passed over."""
        count = 0
        while (part := await self._next()) is not None:
            count += 1
            if part.name != name or count > most:
                raise Invalid(name, f"at most {most} of them, and nothing else", code="bad_request")
            blocks = self._blocks(part)
            yield blocks
            async for _ in blocks:
                pass

    async def _next(self) -> BodyPartReader | None:
        async with self._read():
            if self._reader is None:
                if self._request.content_type != FORM:
                    raise ValueError(self._request.content_type)
                self._reader = _FormReader(self._request.headers, self._request.content)
            part = await self._reader.next()
        if isinstance(part, MultipartReader):
            raise Invalid("body", "holds a form in a form", code="bad_request")
        return part

    async def _blocks(self, part: BodyPartReader) -> AsyncIterator[bytes]:
        while not part.at_eof():
            block = bytearray()
            async with self._read():
                while len(block) < BLOCK and not part.at_eof():
                    block += await part.read_chunk(BLOCK)
            yield bytes(block)

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[None]:
        """Say what is wrong with a form that cannot be read, or that comes too slowly."""
        try:
            async with asyncio.timeout(self._slow_s):
                yield
        except TimeoutError as error:
            raise web.HTTPRequestTimeout from error
        except (
            *(ValueError, AssertionError, LookupError, RuntimeError),
            HttpProcessingError,
        ) as error:
            raise Invalid("body", f"must be a form ({FORM})", code="bad_request") from error
