"""Papers on the console: the file of a case as PDF."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import LANGUAGE
from backend.api.office_keys import MEDIA, PRESS, office_of
from backend.api.permissions import WORKING
from backend.api.route import PDF, Route
from backend.queries import casefile
from backend.queries.case_paper import case_paper

# Of a long timeline nothing is left out.
ALL: Final = 1_000_000


async def case_file(request: web.Request) -> web.Response:
    """Give the whole file of a case, with its photos, in the reader's language."""
    number, language = request.match_info["number"], request[LANGUAGE]
    office, actor = office_of(request), actor_of(request)
    page = await casefile.detail(office, number, actor, ALL)
    clocks = await casefile.clocks(office, number, actor, language)
    find = request.app[MEDIA].find
    paper = await case_paper(office, page, clocks, actor, language, find)
    headers = {
        "Content-Disposition": f'inline; filename="{quote(number)}.pdf"',
        "Cache-Control": "private, no-store",
    }
    body = await request.app[PRESS].pdf(paper)
    return web.Response(body=body, content_type="application/pdf", headers=headers)


ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/api/cases/{number}/paper",
        case_file,
        "The file of a case on paper",
        WORKING,
        ("no_case",),
        gives=PDF,
    ),
)
