"""Lists of cases as files, while the console hears how far they are."""

from dataclasses import dataclass, fields
from typing import Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import LANGUAGE
from backend.api.list_query import ListQuery, query_asked, several
from backend.api.office_keys import office_of
from backend.api.permissions import EXPORTING
from backend.api.route import Content, Route
from backend.api.written_files import EXPORTED, ExportFrame, written
from backend.papers.sheet import SheetKind
from backend.queries import case_export
from backend.queries.case_export import ExportAsked


@dataclass(frozen=True, slots=True)
class ExportQuery(ListQuery):
    """A list as it is asked for on the screen, the kind of file, its columns with commas between.

    Without columns it has all; `limit` and `before` mean nothing here.
    """

    format: SheetKind = SheetKind.CSV
    columns: str = ""


async def export(request: web.Request, query: ExportQuery) -> web.StreamResponse:
    """Write a list into a file, and send it; whoever goes away has it cancelled."""
    office, actor = office_of(request), actor_of(request)
    asked = ExportAsked(
        query_asked(query),
        query.format,
        several(query.columns),
        request[LANGUAGE],
        _told(query),
    )
    return await written(
        request,
        actor.person,
        lambda path: case_export.export(office, actor, asked, path),
        case_export.file_name(office, asked),
    )


def _told(query: ExportQuery) -> dict[str, tuple[str, ...]]:
    """Give what the list is narrowed to by its names; words are one."""
    told = dict[str, tuple[str, ...]]()
    for one in fields(query):
        value = getattr(query, one.name)
        if one.name in _NO_FILTERS or value == one.default:
            continue
        said = str(value).strip()
        name = one.name.removesuffix("_")
        told[name] = (said,) if name == "q" or not isinstance(value, str) else several(said)
    return told


_NO_FILTERS: Final = frozenset({"limit", "before", "format"})
ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/api/cases/export",
        export,
        "A list of cases as a file, with lines before it that say how far it is",
        EXPORTING,
        ("export_busy",),
        gives=Content((EXPORTED,), frames=ExportFrame),
    ),
)
