"""Trying the way of a call in the console: what a caller hears, before it counts."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from aiohttp import web

from backend.api.keys import SETTINGS
from backend.api.office_keys import office_of
from backend.api.permissions import LEADING_ROOM
from backend.api.route import FILE, Route
from backend.desks import call_trial
from backend.desks.call_trial import TrialAsked
from config.prompts import PROMPTS, load_prompts
from hotline.errors import NotFound
from hotline.media import SOUND_MIME
from hotline.room.plan import RoomPlan
from hotline.room.trying import TrialHeard
from hotline.wire import Meta


@dataclass(frozen=True, slots=True)
class PlanShown:
    """How the telephone room works: room.toml as it counts, and the plan that was read from it."""

    text: str
    plan: RoomPlan


async def plan(request: web.Request) -> PlanShown:
    """Give how the telephone room works."""
    office = office_of(request)
    return PlanShown(await call_trial.plan_text(office), office.city.room)


async def try_call(request: web.Request, asked: TrialAsked) -> TrialHeard:
    """Give what a caller hears who presses so."""
    return await call_trial.try_call(office_of(request), asked)


@dataclass(frozen=True, slots=True)
class WordsAsked:
    """Words that callers are to hear, and their language."""

    text: Annotated[str, Meta(min_length=1, max_length=300)]
    language: Literal["zh_CN", "en"] = "zh_CN"


async def speak(request: web.Request, asked: WordsAsked) -> web.Response:
    """Give words as a machine's voice says them to callers."""
    asterisk = request.app[SETTINGS].phone.asterisk_root
    said = await call_trial.speak(asked.text, asked.language, asterisk)
    return web.Response(body=said, content_type=SOUND_MIME)


async def sound(request: web.Request) -> web.StreamResponse:
    """Give the sound of a prompt."""
    prompts = load_prompts(PROMPTS).get(request.match_info["language"], {})
    prompt = prompts.get(request.match_info["prompt"])
    if prompt is None or not (PROMPTS / prompt.file).is_file():
        raise NotFound("no prompt is called so", code="not_found")
    headers = {"Content-Type": SOUND_MIME, "Cache-Control": "private, max-age=3600"}
    return web.FileResponse(PROMPTS / prompt.file, headers=headers)


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/room/plan", plan, "How the telephone room works", LEADING_ROOM),
    Route(
        "POST",
        "/api/room/try",
        try_call,
        "Try the way of a call",
        LEADING_ROOM,
        ("failed", "unavailable"),
    ),
    Route(
        "POST",
        "/api/room/speak",
        speak,
        "Words as a machine's voice says them",
        LEADING_ROOM,
        ("no_voice", "input_missing", "failed", "unavailable"),
        gives=FILE,
    ),
    Route(
        "GET",
        "/api/room/prompts/{language}/{prompt}",
        sound,
        "The sound of a prompt",
        LEADING_ROOM,
        ("not_found",),
        gives=FILE,
    ),
)
