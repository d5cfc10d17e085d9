"""A case as the console's lists show it: its row with the names that belong to its codes."""

from collections.abc import Mapping
from typing import Any

from backend.desks.context import AppContext
from backend.queries.case_records import CameBack, ListedCase
from backend.queries.names import department_name, matter_names, step_maker
from hotline.case.case import is_place_unsure
from hotline.case.returns import Passage, came_back
from hotline.case.workflow import direct_actions
from hotline.clock import iso
from hotline.people import Post
from hotline.place.point import Point
from hotline.wire import convert

_PLAIN = (
    "number",
    "stage",
    "light",
    "version",
    "channel",
    "text",
    "text_confirmed",
    "place_text",
    "matter",
    "urgency",
    "department",
    "collector",
    "verified",
    "cell",
    "has_recording",
    "photos",
    "rework_count",
    "return_count",
)
_TIMES = ("received_at", "stage_since", "stage_due", "due", "filed_at", "handled_at")


def row_of(office: AppContext, raw: Mapping[str, Any]) -> ListedCase:
    """Give the console's row of a case as backend.store.views reads it."""
    return ListedCase(**fields_of(office, raw))


def fields_of(office: AppContext, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a ListedCase, for what holds more besides."""
    row = {name: raw[name] for name in _PLAIN}
    workflow = office.city.rules(raw["workflow"]).workflow
    row["direct"] = list(direct_actions(raw["stage"], raw, workflow))
    back = came_back(convert(raw["passages"] or [], list[Passage]))
    row["back"] = _back(office, back) if back else None
    row["place_unsure"] = is_place_unsure(
        Post(raw["placed_by"]) if raw["placed_by"] else None,
        raw["place_text"],
        located=raw["lon"] is not None,
        confirmed=raw["text_confirmed"],
    )
    row |= {name: iso(raw[name]) for name in _TIMES}
    row["point"] = point_of(raw["lon"], raw["lat"])
    return (
        row
        | matter_names(office.matters, raw["matter"])
        | {"department_name": department_name(office.city.organisation, raw["department"])}
    )


def _back(office: AppContext, back: Passage) -> CameBack:
    name = step_maker(office.city.organisation, back.person, back.post)
    return CameBack(back.action, name, back.post, iso(back.at), back.note)


def point_of(lon: float | None, lat: float | None) -> Point | None:
    """Give a point as the store holds it."""
    return None if lon is None or lat is None else Point(lon, lat)
