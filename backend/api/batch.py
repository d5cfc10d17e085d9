"""One move for many cases: each is a move of its own, and is answered by a line of its own."""

import logging
from dataclasses import dataclass, replace
from dataclasses import field as default
from typing import Annotated, Final

from aiohttp import web

from backend.api.guard import AUTH, ActKey, actor_of, cookie_of, own_key
from backend.api.http import LANGUAGE, field_named, problem_of
from backend.api.office_keys import OFFICE, office_of
from backend.api.permissions import WORKING
from backend.api.route import Content, Route
from backend.desks import casework, signin
from backend.queries import casefile
from hotline.city import UnknownRelease
from hotline.errors import Conflict, HotlineError, Unauthorised
from hotline.wire import Meta, encode
from hotline.words import say

LOG: Final = logging.getLogger(__name__)
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One case of several: the `version` that was looked at, and the key of its own move."""

    number: str
    version: int
    key: ActKey


@dataclass(frozen=True, slots=True)
class BatchAct:
    """A move for several cases, with the same words and inputs for all of them."""

    action: str
    items: Annotated[tuple[BatchItem, ...], Meta(min_length=1, max_length=MOST)]
    note: str = ""
    given: dict[str, object] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """How the move of one case went: made, or why not, as a code and in words."""

    number: str
    made: bool
    code: str = ""
    message: str = ""


LINES: Final = Content(("application/x-ndjson",), frames=BatchLine)


async def act_several(request: web.Request, asked: BatchAct) -> web.StreamResponse:
    """Make a move on each of several cases, one after the other, with a line as each is done.

    Each is made or not by itself. Who closes the connection stops it behind the case that is in
    work; the same keys asked again are answered as they were, so nothing is done twice.
    """
    response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.content_type = LINES.types[0]
    await response.prepare(request)
    try:
        for item in asked.items:
            line = await _line(request, asked, item)
            await response.write(encode(line) + b"\n")
        await response.write_eof()
    except ConnectionError:
        LOG.info("a batch of %d was stopped", len(asked.items))
    return response


async def _line(request: web.Request, asked: BatchAct, item: BatchItem) -> BatchLine:
    """One of them fails by itself, whatever it is that went wrong with it."""
    try:
        # It may have ended since the first one, and what is left is not theirs to do then.
        await _check_session(request)
        try:
            await _made(request, asked, item)
        except Conflict:
            return await _overtaken(request, item.number)
    except HotlineError as error:
        return _failed(request, item.number, error)
    except Exception:
        LOG.exception("a case of a batch failed")
        return _failed(request, item.number, HotlineError("failed"))
    return BatchLine(item.number, made=True)


async def _check_session(request: web.Request) -> None:
    if await signin.find(request.app[AUTH], cookie_of(request)) is None:
        raise Unauthorised("the session has ended")


def _failed(request: web.Request, number: str, error: HotlineError) -> BatchLine:
    told = problem_of(error, request[LANGUAGE], field_named(request, error))
    return BatchLine(number, made=False, code=told.code, message=told.message)


async def _overtaken(request: web.Request, number: str) -> BatchLine:
    """Say who was faster; NotFound where that took the case out of sight."""
    office, language = office_of(request), request[LANGUAGE]
    await casefile.check_in_sight(office, number, actor_of(request))
    failed = _failed(request, number, Conflict(number))
    who = await casefile.last_mover(office, number)
    if who is None:
        return failed
    return replace(failed, message=say("error.case_moved_by", language, who=who, number=number))


async def _made(request: web.Request, asked: BatchAct, item: BatchItem) -> None:
    try:
        await _act(request, asked, item)
    except UnknownRelease:
        # Another backend has it already, and nothing was written.
        await request.app[OFFICE].look()
        await _act(request, asked, item)


async def _act(request: web.Request, asked: BatchAct, item: BatchItem) -> None:
    actor = actor_of(request)
    await casework.act(
        office_of(request),
        item.number,
        asked.action,
        actor,
        key=own_key(actor.person, item.key),
        version=item.version,
        note=asked.note,
        given=asked.given,
        in_sight=True,
    )


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/api/cases/act",
        act_several,
        "Make a move on several cases; a line of JSON each",
        WORKING,
        gives=LINES,
    ),
)
