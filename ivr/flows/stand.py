"""How it stands for who waits: for how long, at which place, and which keys there are."""

from collections.abc import Iterable
from typing import Final

from hotline.room.plan import Does, RoomPlan
from ivr.flows.voice import count_words, key_word

# A wait that is shorter is not told of, nor a place that is further behind.
LEAST_WAIT_S: Final = 30
FARTHEST: Final = 20
MENU: Final = {
    Does.STATUS: "menu_status", Does.REPORT: "menu_report", Does.HUMAN: "menu_human",
    Does.CALL_BACK: "menu_call_back",
}  # fmt: skip
OFFERED: Final = (Does.STATUS, Does.REPORT)
# What is told of whenever it is asked which keys there are; being rung back is offered by the wait.
ALWAYS: Final = (*OFFERED, Does.HUMAN)


def wait_words(seconds: float) -> list[str]:
    """Give the prompts that tell of a wait; none of a short one, or one that nobody knows."""
    if seconds < LEAST_WAIT_S:
        return []
    return ["queue_wait", *count_words(max(1, round(seconds / 60))), "queue_minutes"]


def place_words(place: int) -> list[str]:
    """Give the prompts that tell of a place; none of 0, which nobody knows."""
    if place == 0:
        return []
    if place == 1:
        return ["queue_next"]
    if place > FARTHEST:
        return ["queue_more", *count_words(FARTHEST), "queue_more_end"]
    return ["queue_place", *count_words(place), "queue_place_end"]


def menu_words(plan: RoomPlan, wanted: Iterable[Does] = ALWAYS) -> list[str]:
    """Give the shortest list of the keys that do something of these."""
    return [
        said
        for rule in plan.keys
        if rule.does in wanted
        for said in ("pause", MENU[rule.does], key_word(rule.key))
    ]
