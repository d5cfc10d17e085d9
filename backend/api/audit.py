"""The audit on the console: who did what, narrowed and in pages."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import office_of
from backend.api.permissions import AUDITING
from backend.api.route import Route
from backend.queries import audit
from backend.queries.audit import AuditPage, Narrowed
from hotline.wire import Meta


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What the audit is narrowed to; `view` names several kinds, `who` is a part of a name or code.

    `from_` and `to` are days of the city, both included.
    """

    what: str = ""
    view: str = ""
    from_: str = ""
    to: str = ""
    who: str = ""
    number: str = ""
    before: str = ""
    limit: Annotated[int, Meta(ge=1, le=audit.MAX_ROWS)] = 50


async def listed(request: web.Request, query: AuditQuery) -> AuditPage:
    """Give the audit, newest first."""
    return await audit.listed(
        office_of(request),
        actor_of(request),
        narrowed=Narrowed(query.what, query.view, query.from_, query.to),
        who=query.who,
        number=query.number,
        before=query.before,
        limit=query.limit,
    )


ROUTES: tuple[Route, ...] = (Route("GET", "/api/audit", listed, "Who did what", AUDITING),)
