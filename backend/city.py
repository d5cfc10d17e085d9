"""Making a city of its files; an entry at fault stops the start, and is told by its name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.city_files import CityFiles, centre_of, read_table
from hotline.case.calendar import Calendar
from hotline.case.calendar_data import parse_calendar
from hotline.case.duties import apart
from hotline.case.limits_data import parse_limits
from hotline.case.routing import Routing, parse_former_routing, parse_routing, with_successors
from hotline.case.workflow_data import parse_workflow
from hotline.city import City
from hotline.errors import Invalid
from hotline.form.form_data import parse_form
from hotline.organisation import OnFault, Organisation, parse_organisation
from hotline.privacy import SECTION as PRIVACY
from hotline.privacy import parse_privacy
from hotline.release import Sections
from hotline.rights.areas import name_areas, parse_areas
from hotline.rights.post_data import parse_posts
from hotline.room.plan_data import SECTION, parse_room
from hotline.telephone import parse_call_rules, parse_plan
from hotline.times import parse_hours

# Digits of a serial that are said on the phone: fewer run out, more are not kept in mind.
MIN_LENGTH: Final = 4
MAX_LENGTH: Final = 12
CALL_HOURS: Final = ("09:00-12:00", "14:00-20:00")


def make_city(files: CityFiles, on_fault: OnFault | None = None) -> City:
    """Give the city of its files; Invalid names the entry at fault.

    `on_fault` is told of people at fault instead, who are then left out, and so is what is routed
    to them.
    """
    about, staff = files.tables["city"], files.staff
    zone = _zone(about)
    areas = parse_areas(about)
    organisation = parse_organisation(
        files.tables["organisation"],
        parse_posts(files.tables["posts"]),
        areas,
        staff,
        on_fault,
    )
    routing = _routing(files, organisation, is_lenient=on_fault is not None)
    form = parse_form(files.tables["form"])
    workflow = parse_workflow(files.tables["workflow"], form)
    return City(
        name=str(about["name"]),
        name_en=str(about.get("name_en", about["name"])),
        zone=zone,
        number_length=_number_length(about),
        call_hours=parse_hours("city.call_hours", list(about.get("call_hours", CALL_HOURS))),
        calendar=parse_calendar(files.tables["calendar"], zone.key),
        workflow=workflow,
        form=form,
        limits=parse_limits(files.tables["limits"]).covering(areas),
        routing=with_successors(routing, areas),
        areas=areas,
        area_names=name_areas(about),
        organisation=replace(organisation, apart=apart(workflow)),
        duty=_duty(files.maps["grids"]),
        centre=centre_of(about),
        synthetic_map=bool(about.get("synthetic_map", False)),
        telephone=parse_plan(_table(about, "telephone")),
        calls=parse_call_rules(_table(about, "calls")),
        room=parse_room(files.tables[SECTION], zone.key),
        privacy=parse_privacy(files.tables[PRIVACY]),
        release=files.release,
        staffed=0 if staff is None else staff.mark,
        call_waits=tuple(int(wait) for wait in about.get("call_waits_s", (600, 1800))),
    )


# Every clock runs by these, whichever release its case began with.
CLOCKED_BY: Final = ("calendar", "city")


def read_calendar(sections: Sections) -> Calendar:
    """Give the calendar of a release's sections, in the city's zone; Invalid names the entry."""
    calendar, about = (read_table(name, sections[name]) for name in CLOCKED_BY)
    return parse_calendar(calendar, _zone(about).key)


def _routing(files: CityFiles, organisation: Organisation, *, is_lenient: bool) -> Routing:
    table, departments = files.tables["routing"], organisation.departments
    people = None if files.staff is None else organisation.people
    kept = parse_former_routing(table, departments, people) if is_lenient and people else None
    return kept or parse_routing(table, departments, people)


def _zone(about: Mapping[str, Any]) -> ZoneInfo:
    for need in ("name", "zone"):
        if not isinstance(about.get(need), str):
            raise Invalid(f"city.{need}", "is missing")
    try:
        return ZoneInfo(about["zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("city.zone", f"{about['zone']!r} is not a time zone") from error


def _number_length(about: Mapping[str, Any]) -> int:
    told = about.get("number_length", 7)
    if type(told) is not int or not MIN_LENGTH <= told <= MAX_LENGTH:
        raise Invalid("city.number_length", f"is a number from {MIN_LENGTH} to {MAX_LENGTH}")
    return told


def _table(about: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = about.get(name, {})
    if not isinstance(table, Mapping):
        raise Invalid(f"city.{name}", "is no table")
    return table


def _duty(grids: Mapping[str, Any]) -> dict[str, str]:
    """Give the duty grid of every cell that has one."""
    properties = [feature["properties"] for feature in grids["features"]]
    return {str(one["code"]): str(one["duty"]) for one in properties if one.get("duty")}
