"""What the log's witnesses ask for, by a token of their own: nothing that is on record."""

from aiohttp import web

from backend.api.keys import SETTINGS
from backend.api.office_keys import office_of
from backend.api.permissions import BY_WITNESS
from backend.api.route import Route, at
from backend.desks import witnessing
from backend.operations.preflight import log_signer
from hotline.record.growth import GROWN, WITNESSED, LogGrown, LogSeen, LogWitnessed


async def grown(request: web.Request, seen: LogSeen) -> LogGrown:
    """Give the newest checkpoint, and the proof that the log only grew since a witness looked."""
    return await witnessing.grown(office_of(request), seen, _public(request))


async def witnessed(request: web.Request, told: LogWitnessed) -> None:
    """Take a checkpoint that a witness has signed too."""
    await witnessing.witnessed(office_of(request), told, _public(request))


def _public(request: web.Request) -> str:
    return log_signer(request.app[SETTINGS]).public


ROUTES: tuple[Route, ...] = (
    at(GROWN, grown, "How the log has grown since", BY_WITNESS, ("not_found", "log_damaged")),
    at(WITNESSED, witnessed, "Hand in what a witness has signed", BY_WITNESS),
)
