"""Calls and notices on the console: what rang, what could not be delivered, and trying again."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import office_of
from backend.api.permissions import CALLING, RETRYING, TELLING
from backend.api.route import Route
from backend.desks import notices, search
from backend.queries import inbox
from backend.queries.inbox import CallPage, NoticePage
from hotline.errors import NotFound
from hotline.ids import id_of
from hotline.wire import Meta


@dataclass(frozen=True, slots=True)
class CallsQuery:
    """How many calls are wanted."""

    limit: Annotated[int, Meta(ge=1, le=search.MAX_ROWS)] = 50


async def list_calls(request: web.Request, query: CallsQuery) -> CallPage:
    """Give the newest calls."""
    return await inbox.list_calls(office_of(request), actor_of(request), query.limit)


@dataclass(frozen=True, slots=True)
class NoticesQuery:
    """The state of the notices that are wanted; empty for all."""

    state: str = ""


async def list_notices(request: web.Request, query: NoticesQuery) -> NoticePage:
    """Give the newest notices of a state."""
    return await inbox.list_notices(office_of(request), actor_of(request), query.state)


async def retry(request: web.Request) -> None:
    """Put a failed notice back into the outbox."""
    notice = id_of(request.match_info["id"])
    if notice is None:
        raise NotFound("not the id of a notice", code="no_notice")
    await inbox.check_notice_in_sight(office_of(request), actor_of(request), notice)
    await notices.try_again(office_of(request), notice, actor_of(request))


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/calls", list_calls, "The newest calls", CALLING),
    Route("GET", "/api/notices", list_notices, "The newest notices, of a state", TELLING),
    Route(
        "POST",
        "/api/notices/{id}/retry",
        retry,
        "Try a failed notice again",
        RETRYING,
        ("no_notice",),
    ),
)
