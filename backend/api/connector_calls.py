"""What the phone connector asks for: calls, report numbers, recordings to write down."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web

from backend.api.connector_guard import CONNECTOR
from backend.api.office_keys import office_of
from backend.api.permissions import BY_PHONE
from backend.api.route import Route, at
from backend.desks import call_backs, room_chief, seating, surveys, talks, telephone
from hotline import contract
from hotline.brief import CaseBrief
from hotline.call import (
    CallEvent,
    CallKnown,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.contract import CallBackAsked, Numbers, NumbersAsked, StatusAsked, SurveyAsked
from hotline.room.alarm import RoomAlarm
from hotline.room.exchange import RoomSeen, RoomWanted
from hotline.room.spoken import TalkHeard
from hotline.room.survey import SurveyTold
from hotline.wire import Meta


async def ring(request: web.Request, call: CallRing) -> CallKnown:
    """Put a call on record."""
    return await telephone.ring(office_of(request), call)


async def note_calls(request: web.Request, notes: list[CallEvent]) -> None:
    """Add marks to calls."""
    await telephone.note(office_of(request), notes)


async def status(request: web.Request, asked: StatusAsked) -> CaseBrief | None:
    """Give the case of a number to who knows its reporter's last four digits."""
    return await telephone.status(office_of(request), asked)


async def survey(request: web.Request, asked: SurveyAsked) -> SurveyTold:
    """Tell whether a caller is asked about the call, and keep that they are: once a call."""
    return await surveys.ask(office_of(request), asked.call)


async def call_back(request: web.Request, asked: CallBackAsked) -> None:
    """Keep that a caller wants to be rung, with the place that they had."""
    await call_backs.ask(office_of(request), asked)


async def room(request: web.Request, seen: RoomSeen) -> RoomWanted:
    """Take what the exchange looks like, and give the seats that are to be there."""
    return await seating.see_room(office_of(request), seen)


async def alarm(request: web.Request, told: RoomAlarm) -> None:
    """Raise an alarm for the duty chief."""
    await room_chief.alarm(office_of(request), told)


async def talk_heard(request: web.Request, heard: TalkHeard) -> None:
    """Take what is said in a talk at a seat, as it is written down."""
    await talks.take(office_of(request), heard)


async def lease_numbers(request: web.Request, asked: NumbersAsked) -> Numbers:
    """Lease report numbers to a connector."""
    return Numbers(await office_of(request).numbers.lease(request[CONNECTOR], asked.count))


@dataclass(frozen=True, slots=True)
class TakeQuery:
    """How many recordings are wanted."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10


async def transcript_tasks(request: web.Request, query: TakeQuery) -> list[TranscriptTask]:
    """Hand out recordings to be written down; the try is counted."""
    return await telephone.transcript_tasks(office_of(request), query.limit)


async def transcript_failed(request: web.Request, failed: FailedTranscript) -> None:
    """Take that a recording could not be written down."""
    await telephone.transcript_failed(office_of(request), failed)


async def put_transcript(request: web.Request, heard: NewTranscript) -> None:
    """Take what an engine heard."""
    await telephone.put_transcript(office_of(request), heard)


ROUTES: tuple[Route, ...] = (
    at(contract.RING, ring, "Put a call on record before a word is said", BY_PHONE),
    at(contract.NOTE_CALLS, note_calls, "Add marks to calls", BY_PHONE),
    at(
        contract.STATUS,
        status,
        "How a case stands, by its number and its reporter's last digits",
        BY_PHONE,
        ("no_call", "status_tries"),
    ),
    at(
        contract.SURVEY,
        survey,
        "Whether a caller is asked about the call",
        BY_PHONE,
        ("no_call",),
    ),
    at(
        contract.CALL_BACK,
        call_back,
        "Let a caller be rung back, who gives up a place",
        BY_PHONE,
        ("no_call", "call_back_closed", "not_rung", "withheld", "day_limit"),
    ),
    at(contract.ROOM, room, "Tell what the exchange looks like; get the seats wanted", BY_PHONE),
    at(contract.ALARM, alarm, "Raise an alarm for the duty chief", BY_PHONE),
    at(contract.TALK_HEARD, talk_heard, "Tell what is said in a talk at a seat", BY_PHONE),
    at(contract.LEASE_NUMBERS, lease_numbers, "Lease report numbers", BY_PHONE),
    Route(
        contract.TAKE_TRANSCRIPTS.method,
        contract.TAKE_TRANSCRIPTS.path,
        transcript_tasks,
        "Take recordings to write down",
        BY_PHONE,
    ),
    at(contract.FAIL_TRANSCRIPT, transcript_failed, "Tell why one was not written", BY_PHONE),
    at(contract.PUT_TRANSCRIPT, put_transcript, "Hand in a transcript", BY_PHONE, ("no_case",)),
)
