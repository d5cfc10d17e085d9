"""Reading the telephone room's plan from data; what is at fault is refused by its name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.errors import Invalid
from hotline.room.plan import Does, KeyRule, PauseReason, RoomPlan, Seconds, Skill, Target
from hotline.times import parse_hours
from hotline.wire import convert
from hotline.words import LANGUAGES

SECTION: Final = "room"


@dataclass(frozen=True, slots=True)
class _Written:
    """room.toml as it is written."""

    hours: tuple[str, ...]
    skill: tuple[Skill, ...]
    schema: int = 1
    key: tuple[KeyRule, ...] = ()
    pause: tuple[PauseReason, ...] = ()
    target: tuple[Target, ...] = ()
    ring_s: Seconds = 20
    wrap_up_s: Seconds = 20
    extend_s: Seconds = 15
    longest_wait_s: Seconds = 600
    announce_s: Seconds = 45


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
    _once("target", (one.id for one in written.target))
    for rule in written.key:
        if (rule.does is Does.LANGUAGE) != (rule.language in LANGUAGES):
            said = f"key {rule.key}: a language is one of {', '.join(LANGUAGES)}, for that alone"
            raise Invalid(f"{SECTION}.key", said)
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
        announce_s=written.announce_s,
        zone=zone,
    )


def _once(kind: str, told: Iterable[str]) -> None:
    seen = set[str]()
    for one in told:
        if one in seen:
            raise Invalid(f"{SECTION}.{kind}", f"{one!r} stands twice")
        seen.add(one)
