"""The telephone room's figures by half hours: on the screen, and as a file."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import LANGUAGE
from backend.api.office_keys import office_of
from backend.api.permissions import LEADING_ROOM
from backend.api.route import Content, Route
from backend.api.written_files import EXPORTED, ExportFrame, written
from backend.papers.sheet import SheetKind
from backend.queries import half_hour_figures
from backend.queries.half_hour_figures import BY, BY_ROOM, FiguresAsked, RoomDayShown
from hotline.errors import Invalid


@dataclass(frozen=True, slots=True)
class FiguresQuery:
    """A day of the city ("": today), and of whom its half hours are: by room, skill or seat."""

    day: str = ""
    by: str = BY_ROOM
    id: str = ""


@dataclass(frozen=True, slots=True)
class FiguresExportQuery:
    """The first and the last day ("": today, and the first), by what, and the kind of file."""

    first: str = ""
    last: str = ""
    by: str = BY_ROOM
    format: SheetKind = SheetKind.XLSX


async def figures(request: web.Request, query: FiguresQuery) -> RoomDayShown:
    """Give the figures of a day."""
    day, by = _day(request, "day", query.day), _by(query.by)
    return await half_hour_figures.shown(office_of(request), day, by, query.id)


async def export(request: web.Request, query: FiguresExportQuery) -> web.StreamResponse:
    """Write the figures of some days into a file, and send it."""
    office, actor = office_of(request), actor_of(request)
    first = _day(request, "first", query.first)
    last = _day(request, "last", query.last) if query.last else first
    asked = FiguresAsked(first, last, _by(query.by), query.format, request[LANGUAGE])
    return await written(
        request,
        actor.person,
        lambda path: half_hour_figures.export(office, actor, asked, path),
        half_hour_figures.file_name(asked),
    )


def _by(by: str) -> str:
    if by not in BY:
        raise Invalid("by", f"must be one of {', '.join(BY)}")
    return by


def _day(request: web.Request, name: str, text: str) -> date:
    office = office_of(request)
    if not text:
        return office.clock.now().astimezone(office.city.zone).date()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(name, "must be a day such as 2026-11-26") from error
    if not MIN_YEAR <= day.year <= MAX_YEAR:
        raise Invalid(name, "is not of a year that calls may be of")
    return day


# Before and behind them clocks are wrong, and parts by time end.
MIN_YEAR, MAX_YEAR = 2000, 2099
ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/api/room/figures",
        figures,
        "The telephone room's figures of a day by half hours",
        LEADING_ROOM,
        packed=True,
    ),
    Route(
        "POST",
        "/api/room/figures/export",
        export,
        "The telephone room's figures of some days as a file, with lines before it",
        LEADING_ROOM,
        ("out_of_range", "export_busy"),
        gives=Content((EXPORTED,), frames=ExportFrame),
    ),
)
