"""Papers on the console: the file of a case as PDF, and the proof that it is in the log."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import LANGUAGE
from backend.api.keys import SETTINGS
from backend.api.office_keys import MEDIA, PRESS, office_of
from backend.api.permissions import WORKING
from backend.api.route import PDF, Route
from backend.operations.preflight import log_signer
from backend.queries import casefile
from backend.queries.case_paper import case_paper, handed_out
from backend.queries.case_proof import case_proof
from hotline.record.proof_file import CaseProof

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
    await handed_out(office, actor, number)
    return web.Response(body=body, content_type="application/pdf", headers=headers)


async def proof(request: web.Request) -> CaseProof:
    """Give the proof of a case's entries, to be handed out at the counter or by mail."""
    public = log_signer(request.app[SETTINGS]).public
    number = request.match_info["number"]
    return await case_proof(office_of(request), actor_of(request), number, public)


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
    Route(
        "GET",
        "/api/cases/{number}/proof",
        proof,
        "The proof that a case is in the log",
        WORKING,
        ("no_case", "proof_early", "log_damaged"),
    ),
)
