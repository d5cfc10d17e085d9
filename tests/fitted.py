"""For each row of a workflow a case that it can be made on, and somebody who may make it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hotline.case.case import Assignment, Case, Step
from hotline.case.case_clock import CaseClock
from hotline.case.guards import Assigned, CountBetween, Extended, Running, Since
from hotline.case.workflow import Move, Workflow
from hotline.form.beside import NOTE, PHOTO
from hotline.form.field import FormField
from hotline.people import Actor, machine_for
from hotline.place.point import Point
from hotline.rights.permissions import MACHINE_MOVE
from hotline.rights.posts import Grant, Rights
from hotline.rights.scopes import one_of
from tests.cities import (
    MONDAY,
    form,
    make_actor,
    make_case,
    make_step,
    posts,
    proved,
    workflow,
)
from tests.posts import Post

RESIDENT = "resident"
PHOTOS = ("ab" * 32,)
PEOPLE = (*Post, RESIDENT)
GIVEN = {
    "collector": "collector1",
    "department": "water",
    "matter": "01001",
    "condition": "1",
    "centre_below": "mingwan_centre",
    "centre_above": "city_centre",
    "crew": "water_crew1",
    "leader": "00000026",
    "members": ["00000026"],
    "split_text": "路灯也不亮",
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A case with its steps, and somebody of a post whom it lies with."""

    case: Case
    steps: tuple[Step, ...]
    actor: Actor


def holders(move: Move) -> list[str]:
    """The posts that may make a move, and a citizen."""
    return [one for one in PEOPLE if move.permission in posts()[one].permissions]


def acting(post: str) -> Actor:
    """Somebody of a post, or a citizen whom the office knows."""
    if post != RESIDENT:
        return make_actor(Post(post))
    return Actor("citizen", post, rights=Rights((Grant(posts()[post]),)))


def fit(move: Move, stage: str, post: str, used: Workflow | None = None) -> Fitted:
    """A case in a stage on which all guards of a move hold for somebody of a post."""
    known, actor = used or workflow(), acting(post)
    if move.permission == MACHINE_MOVE and post == Post.ADMINISTRATOR:
        actor = machine_for(MACHINE_MOVE)
    case = make_case(stage, accepted_at=None)
    lies = {**case.assignments, **_parts(post, actor)}
    times = {"handled_at": MONDAY} if "handled_at" in known.times else {}
    counts: dict[str, int] = {}
    clocks = dict(case.clocks)
    for guard in move.guards:
        match guard:
            case Assigned(role=role):
                lies |= (
                    {role: _of(actor)}
                    if role not in ("assisting",)
                    else {one_of(role, actor.department or "water"): _of(actor)}
                )
            case Since(time=time):
                times[time] = MONDAY - timedelta(hours=1)
            case CountBetween(count=count, least=least):
                counts[count] = least
            case Extended(clock=clock, least=least):
                clocks[clock] = CaseClock(MONDAY, limit="4wh", added=("1wd",) * least)
            case Running(clock=clock):
                clocks[clock] = CaseClock(MONDAY, limit="4wh")
    case = replace(case, assignments=lies, times=times, counts=counts, clocks=clocks)
    former = next((m.source[0] for m in known.moves if m.to == stage != m.source[0]), known.start)
    steps = (make_step(case, stage=former), replace(make_step(case, stage=stage), seq=2))
    # It was told with a photo, for what is compared with it.
    told = (replace(steps[0], media=("cd" * 32,)), steps[1])
    return Fitted(case, tuple(replace(one, person="nobody") for one in told), actor)


def _of(actor: Actor) -> Assignment:
    if actor.department is not None:
        return Assignment(org=actor.department, since=MONDAY)
    return Assignment(person=actor.person, since=MONDAY)


def _parts(post: str, actor: Actor) -> dict[str, Assignment]:
    """What makes a case one of those that the post reaches."""
    reach, roles = posts()[post].reach, posts()[post].roles
    if reach == "own":
        return {roles[0]: Assignment(person=actor.person, since=MONDAY)}
    return {roles[0]: _of(actor)} if reach == "organisation" else {}


def value(field: FormField) -> Any:
    """A value that a field may have."""
    if field.id in GIVEN:
        return GIVEN[field.id]
    match field.type:
        case "choice" | "tree_choice":
            return field.options[-1].id if field.options else "330299001001001"
        case "photo":
            return list(PHOTOS)
        case "date":
            return "2026-12-24"
        case "organisations":
            return ["gas"]
        case "place":
            return Point(121.5, 29.9)
        case "boolean":
            return True
        case "number":
            return 1
        case _:
            return "因为如此"


def inputs(move: Move, *, takes: bool = False) -> dict[str, Any]:
    """All that a move needs, and with `takes` what it may be given too."""
    # What only puts right is no move where nothing is put right.
    right = move.takes[:1] if move.corrects else ()
    wanted = [*move.needs, *(move.takes if takes else right)]
    given = {one: value(form().fields[one]) for one in wanted if one not in (NOTE, PHOTO)}
    media = PHOTOS if PHOTO in move.needs else ()
    note = "因为如此" if NOTE in move.needs else ""
    return {"note": note, "media": media, "given": given, "proofs": proved(*media)}
