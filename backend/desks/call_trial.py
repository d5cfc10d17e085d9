"""Trying the way of a call without a telephone: the phone connector's own flow, in a child."""

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

from backend.child import run_once
from backend.desks.context import AppContext
from backend.store import releases
from hotline.brief import CaseBrief
from hotline.errors import Failed, Invalid, Refused, Unavailable
from hotline.number import make_number
from hotline.room.nuisance import NuisanceLevel
from hotline.room.plan import RoomPlan
from hotline.room.plan_data import SECTION, parse_room
from hotline.room.trying import Pressed, Trial, TrialBulletin, TrialHeard, TrialQueue
from hotline.wire import Meta, decode, encode

NO_VOICE: Final = 3
MAX_S: Final = 20.0
MAX_TEXT: Final = 64 << 10
MAX_LINE: Final = 400
MAX_CASES: Final = 3
# So many are tried at a time, each for a second of one core, and so many wait for that.
TURNS: Final = asyncio.Semaphore(2)
MAX_WAIT: Final = 8
_waiting: Final[set[object]] = set()


@dataclass(frozen=True, slots=True)
class TrialAsked:
    """A call that somebody tries.

    `plan` is a room.toml that does not count yet, "" for the one that does; `at` an instant, null
    for now; `own_cases` how many open cases the caller has; `pressed` what the caller does.
    """

    plan: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    at: datetime | None = None
    language: Annotated[str, Meta(max_length=20)] = ""
    withheld: bool = False
    queues: Annotated[tuple[TrialQueue, ...], Meta(max_length=16)] = ()
    nuisance: NuisanceLevel | None = None
    own_cases: Annotated[int, Meta(ge=0, le=MAX_CASES)] = 0
    bulletin: TrialBulletin | None = None
    overloaded: bool = False
    pressed: Annotated[tuple[Pressed, ...], Meta(max_length=60)] = ()


async def plan_text(office: AppContext) -> str:
    """Give room.toml as it counts."""
    async with office.store.connect() as connection:
        named = (await releases.manifest(connection, office.city.release))[SECTION]
        return (await releases.sections(connection, [named]))[named].text


async def try_call(office: AppContext, asked: TrialAsked) -> TrialHeard:
    """Give what a caller hears who does so; Invalid names what is wrong with the plan.

    Raises Failed where the flow could not be run.
    """
    plan = _plan(office, asked.plan) if asked.plan.strip() else office.city.room
    now = office.clock.now()
    at = asked.at or now
    trial = Trial(
        plan,
        at if at.tzinfo else at.replace(tzinfo=office.city.zone),
        asked.language,
        asked.withheld,
        asked.queues,
        asked.nuisance,
        tuple(_example(office, number, now) for number in range(asked.own_cases)),
        asked.bulletin,
        asked.overloaded,
        asked.pressed,
    )
    return decode(await _run(encode(trial)), TrialHeard)


def _plan(office: AppContext, text: str) -> RoomPlan:
    # Reading a key of thousands of parts would take seconds.
    if any(len(line) > MAX_LINE for line in text.splitlines()):
        raise Invalid("plan", f"has a line of more than {MAX_LINE} characters")
    try:
        read: Mapping[str, object] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("plan", f"is no TOML: {error}"[:MAX_LINE]) from error
    plan = parse_room(read, office.city.zone.key)
    # What cannot be handed on (a character that is none) is refused here.
    return decode(encode(plan), RoomPlan)


def _example(office: AppContext, place: int, now: datetime) -> CaseBrief:
    """Give an example of an open case: the newest stands in the first stage, and so on."""
    flow = office.city.workflow
    open_ones = [one for one in flow.stages.values() if one.id not in flow.ends]
    stage = open_ones[place % len(open_ones)]
    return CaseBrief(
        make_number(place + 1, office.city.number_length),
        stage.id,
        now - timedelta(days=place + 1),
        release=office.city.release,
        stage_name=stage.told or stage.name,
        stage_name_en=stage.told_en or stage.told or stage.name_en,
        prompt=stage.prompt,
    )


async def speak(text: str, language: str, asterisk: Path) -> bytes:
    """Give words as a machine's voice says them to callers: a wav of 8 kHz.

    `asterisk` is where get-asterisk has brought one. Raises Refused where there is no voice.
    """
    if not any(sign.isalnum() for sign in text):
        raise Invalid("text", "says nothing", code="input_missing")
    code, told, why = await _child(
        ("-m", "ivr.fallback", language, str(asterisk.absolute())), text.encode()
    )
    if code == NO_VOICE:
        raise Refused("there is no voice on this machine", code="no_voice")
    return _made(code, told, why)


async def _run(trial: bytes) -> bytes:
    return _made(*await _child(("-m", "ivr", "--try"), trial))


def _made(code: int, told: bytes, why: bytes) -> bytes:
    if code != 0:
        last = why.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Failed(f"trying a call failed: {' '.join(last)[:200]}")
    return told


async def _child(command: tuple[str, ...], given: bytes) -> tuple[int, bytes, bytes]:
    """Run a part of the phone connector for one answer: its code, what it gave, and why not."""
    if len(_waiting) >= MAX_WAIT:
        raise Unavailable("too many calls are tried at once")
    me = object()
    _waiting.add(me)
    try:
        async with TURNS:
            return await run_once(command, given, MAX_S)
    except TimeoutError as error:
        raise Failed("trying a call took too long") from error
    finally:
        _waiting.discard(me)
