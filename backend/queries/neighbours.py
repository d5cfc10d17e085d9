"""A case's neighbours: what was told of near it, and of the same class a little further off."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any, Final

from backend.desks.authorization import scope_of, waiting_for
from backend.desks.context import AppContext
from backend.queries.names import matter_names
from backend.store import cases, neighbours, views
from hotline.case.case import Case
from hotline.case.light import Light
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.people import Actor
from hotline.place.point import Flat
from hotline.rights.scopes import is_everything
from hotline.wire import Instant

# Whatever it is about, and of the same class.
REACH_M: Final = 100
OF_CLASS_M: Final = 500
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A case that lies so many `metres` from another one; `same` says that its class is the same.

    One that is `over` has ended, and came in lately.
    """

    number: str
    stage: str
    light: Light
    matter_name: str | None
    matter_name_en: str | None
    text: str
    place_text: str
    received_at: Instant
    metres: int
    same: bool
    over: bool


async def neighbours_of(office: AppContext, number: str, actor: Actor) -> list[Neighbour]:
    """Give the neighbours of a case that an actor may see: open ones first, the nearest first.

    A case without a point has none. NotFound where they may not know of it.
    """
    workflow, scope = office.city.known, scope_of(actor)
    own = None if is_everything(scope) else waiting_for(workflow, actor)
    async with office.store.connect() as connection:
        if not await views.is_in_scope(connection, scope, number):
            raise NotFound(f"no case {number} for {actor.person}", code="no_case")
        case = await cases.load(connection, number)
        if case.point is None:
            return []
        flat = Flat(case.point)
        rows = await neighbours.around(
            connection,
            scope,
            flat,
            reach=REACH_M,
            matter=case.matter,
            of_class=OF_CLASS_M,
            ends=workflow.ends,
            since=office.clock.now() - neighbours.LATELY,
            own=own,
            # It is a neighbour of its own.
            most=MOST + 1,
        )
    found = [_neighbour(office, row, case, flat) for row in rows if row["number"] != number]
    return found[:MOST]


def _neighbour(office: AppContext, row: Mapping[str, Any], case: Case, flat: Flat) -> Neighbour:
    east, north = flat.xy(row["lon"], row["lat"])
    return Neighbour(
        number=row["number"],
        stage=row["stage"],
        light=row["light"],
        **matter_names(office.matters, row["matter"]),
        text=row["text"],
        place_text=row["place_text"],
        received_at=iso(row["received_at"]),
        metres=round(hypot(east, north)),
        same=case.matter is not None and row["matter"] == case.matter,
        over=row["stage"] in office.city.known.ends,
    )
