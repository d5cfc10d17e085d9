"""Reading the telephone room's plan from data; what is at fault is refused by its name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from hotline.errors import Invalid
from hotline.room.plan import (
    NO_REVISITS,
    NO_ROOM,
    NO_SURVEY,
    CallBackRule,
    Does,
    FloorLimits,
    KeyRule,
    ListenReason,
    Minutes,
    OwnPrompt,
    PauseReason,
    RevisitGrade,
    RevisitPlan,
    RoomPlan,
    Seconds,
    Skill,
    SurveyPlan,
    Target,
)
from hotline.times import parse_hours
from hotline.wire import Meta, convert
from hotline.words import LANGUAGES

SECTION: Final = "room"
# What is put together from pieces, or said to seats: other words would not fit.
BY_EXCHANGE: Final = ("queue_", "digit_", "count_", "seat_")
# Those that the prompts name.
MOST_GRADES: Final = 5
Prefix = Annotated[str, Meta(pattern=r"^[0-9]{1,10}$(?!\n)")]


@dataclass(frozen=True, slots=True)
class _CallBack:
    """How people are rung back, as it is written."""

    offer_wait_s: Seconds = 30
    tries_min: tuple[Minutes, ...] = (0, 10, 30)
    hours: tuple[str, ...] = ("00:00-24:00",)
    missed_after_s: Seconds = 10
    soon_s: Seconds = 20


@dataclass(frozen=True, slots=True)
class _Revisit:
    """How people are asked after closing, as it is written."""

    hours: tuple[str, ...]
    grade: tuple[RevisitGrade, ...]
    tries_min: tuple[Minutes, ...] = NO_REVISITS.tries_min
    change_h: Annotated[int, Meta(ge=0, le=720)] = NO_REVISITS.change_h


@dataclass(frozen=True, slots=True)
class _Written:
    """room.toml as it is written."""

    hours: tuple[str, ...] = ()
    skill: tuple[Skill, ...] = ()
    schema: int = 1
    key: tuple[KeyRule, ...] = ()
    pause: tuple[PauseReason, ...] = ()
    target: tuple[Target, ...] = ()
    ring_s: Seconds = 20
    wrap_up_s: Seconds = 20
    extend_s: Seconds = 15
    longest_wait_s: Seconds = 600
    first_announce_s: Seconds = 20
    announce_s: Seconds = 45
    overload_wait_s: Seconds = 60
    overload_for_s: Seconds = 300
    escalate_to: str = ""
    dear_prefixes: tuple[Prefix, ...] = ()
    prompt: tuple[OwnPrompt, ...] = ()
    call_back: _CallBack | None = None
    survey: SurveyPlan = NO_SURVEY
    service_s: Seconds = 15
    short_s: Seconds = 5
    floor: FloorLimits = NO_ROOM.floor
    revisit: _Revisit | None = None
    listen_reason: tuple[ListenReason, ...] = ()


def parse_room(data: Mapping[str, Any], zone: str) -> RoomPlan:
    """Give the plan of a room.toml read into a dict; Invalid names the entry at fault."""
    try:
        written = convert(data, _Written)
    except Invalid as error:
        raise Invalid(f"{SECTION}.{error.field}", error.reason) from error
    if not written.skill:
        raise Invalid(f"{SECTION}.skill", "there is none")
    _once("skill", (one.id for one in written.skill))
    _once("skill.queue", (str(one.queue) for one in written.skill))
    _once("key", (one.key for one in written.key))
    _once("pause", (one.id for one in written.pause))
    _once("listen_reason", (one.id for one in written.listen_reason))
    _once("prompt", (one.name for one in written.prompt))
    for own in written.prompt:
        if own.language not in LANGUAGES or own.id.startswith(BY_EXCHANGE):
            raise Invalid(f"{SECTION}.prompt", f"{own.name!r} cannot be put in other words")
    _once("survey.grade", (one.id for one in written.survey.grade))
    _once("survey.grade.key", (one.key for one in written.survey.grade))
    _once("target", (one.id for one in written.target))
    for rule in written.key:
        if (rule.does is Does.LANGUAGE) != (rule.language in LANGUAGES):
            said = f"key {rule.key}: a language is one of {', '.join(LANGUAGES)}, for that alone"
            raise Invalid(f"{SECTION}.key", said)
        if rule.again is Does.LANGUAGE:
            raise Invalid(f"{SECTION}.key", f"key {rule.key}: it turns to a language at once")
    call_back = _call_back(written)
    if written.escalate_to and all(one.id != written.escalate_to for one in written.skill):
        raise Invalid(f"{SECTION}.escalate_to", f"{written.escalate_to!r} is no skill")
    return RoomPlan(
        hours=parse_hours(f"{SECTION}.hours", list(written.hours)),
        skills=written.skill,
        keys=written.key,
        pauses=written.pause,
        targets=written.target,
        ring_s=max(5, written.ring_s),
        wrap_up_s=written.wrap_up_s,
        extend_s=written.extend_s,
        longest_wait_s=written.longest_wait_s,
        first_announce_s=written.first_announce_s,
        announce_s=written.announce_s,
        overload_wait_s=written.overload_wait_s,
        overload_for_s=written.overload_for_s,
        escalate_to=written.escalate_to,
        dear_prefixes=written.dear_prefixes,
        prompts=written.prompt,
        call_back=call_back,
        survey=written.survey,
        revisit=_revisit(written.revisit),
        zone=zone,
        service_s=written.service_s,
        short_s=written.short_s,
        floor=written.floor,
        listen_reasons=written.listen_reason,
    )


def _call_back(written: _Written) -> CallBackRule | None:
    """Give how people are rung back; a key for it needs that to be said."""
    one = written.call_back
    if one is None:
        if any(Does.CALL_BACK in (key.does, key.again) for key in written.key):
            raise Invalid(f"{SECTION}.call_back", "a key asks for it, and it is not told how")
        return None
    name = f"{SECTION}.call_back"
    tries = one.tries_min
    if not tries or tries[0] != 0 or list(tries) != sorted(set(tries)):
        raise Invalid(f"{name}.tries_min", "begins with 0, and each is later than the one before")
    hours = parse_hours(f"{name}.hours", list(one.hours))
    return CallBackRule(one.offer_wait_s, tries, hours, one.missed_after_s, one.soon_s)


def _revisit(written: _Revisit | None) -> RevisitPlan:
    """Give how people are asked after closing; the prompts name so many grades."""
    if written is None:
        return NO_REVISITS
    where = f"{SECTION}.revisit"
    if not 2 <= len(written.grade) <= MOST_GRADES:
        raise Invalid(f"{where}.grade", f"there are 2 to {MOST_GRADES}")
    _once("revisit.grade", (one.id for one in written.grade))
    return RevisitPlan(
        written.grade,
        parse_hours(f"{where}.hours", list(written.hours)),
        written.tries_min,
        written.change_h,
    )


def _once(kind: str, told: Iterable[str]) -> None:
    seen = set[str]()
    for one in told:
        if one in seen:
            raise Invalid(f"{SECTION}.{kind}", f"{one!r} stands twice")
        seen.add(one)
