"""What the phone connector asks for: calls, report numbers, recordings to write down."""

from typing import Final

from aiohttp import web

from backend.api.connector_guard import CONNECTOR
from backend.api.http import answer, body_of, number_in
from backend.api.keys import OFFICE, Route
from backend.desks import telephone
from hotline.call import CallEvent, CallRing, FailedTranscript, NewTranscript
from hotline.errors import Invalid

MAX_NUMBERS: Final = 1_000


async def ring(request: web.Request) -> web.Response:
    """Put a call on record."""
    call = await body_of(request, CallRing)
    return answer(await telephone.ring(request.app[OFFICE], call))


async def note_calls(request: web.Request) -> web.Response:
    """Add marks to calls."""
    await telephone.note(request.app[OFFICE], await body_of(request, list[CallEvent]))
    return answer({})


async def lease_numbers(request: web.Request) -> web.Response:
    """Lease report numbers to a connector."""
    count = (await body_of(request, dict[str, int])).get("count", 0)
    if not 1 <= count <= MAX_NUMBERS:
        raise Invalid("count", f"must be between 1 and {MAX_NUMBERS}")
    return answer({"numbers": await request.app[OFFICE].numbers.lease(request[CONNECTOR], count)})


async def transcript_tasks(request: web.Request) -> web.Response:
    """Hand out recordings to be written down; the try is counted."""
    limit = number_in(request, "limit", 10, 100)
    return answer(await telephone.transcript_tasks(request.app[OFFICE], limit))


async def transcript_failed(request: web.Request) -> web.Response:
    """Take that a recording could not be written down."""
    failed = await body_of(request, FailedTranscript)
    await telephone.transcript_failed(request.app[OFFICE], failed)
    return answer({})


async def put_transcript(request: web.Request) -> web.Response:
    """Take what an engine heard."""
    await telephone.put_transcript(request.app[OFFICE], await body_of(request, NewTranscript))
    return answer({})


ROUTES: tuple[Route, ...] = (
    Route("POST", "/connector/calls", ring, "Put a call on record before a word is said"),
    Route("POST", "/connector/calls/notes", note_calls, "Add marks to calls"),
    Route("POST", "/connector/numbers", lease_numbers, "Lease report numbers"),
    Route("POST", "/connector/transcripts/take", transcript_tasks, "Take recordings to write down"),
    Route(
        "POST", "/connector/transcripts/failed", transcript_failed, "Tell why one was not written"
    ),
    Route("POST", "/connector/transcripts", put_transcript, "Hand in a transcript"),
)
