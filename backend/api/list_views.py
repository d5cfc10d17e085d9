"""Saved views of lists on the console: everybody has their own."""

from dataclasses import dataclass

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import ident_of, office_of
from backend.api.permissions import WORKING
from backend.api.route import Route
from backend.desks import saved_views
from backend.desks.saved_views import SavedView


@dataclass(frozen=True, slots=True)
class ViewAsked:
    """A view to be saved: its name, and what stands behind the question mark of its address."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class ViewNamed:
    """What a view is to be called."""

    name: str


async def listed(request: web.Request) -> list[SavedView]:
    """Give one's own views."""
    return await saved_views.all_of(office_of(request), actor_of(request))


async def save(request: web.Request, asked: ViewAsked) -> SavedView:
    """Save a view, in the stead of one of that name."""
    return await saved_views.save(office_of(request), actor_of(request), asked.name, asked.query)


async def rename(request: web.Request, asked: ViewNamed) -> list[SavedView]:
    """Give a view of one's own another name."""
    ident = ident_of(request)
    return await saved_views.rename(office_of(request), actor_of(request), ident, asked.name)


async def drop(request: web.Request) -> list[SavedView]:
    """Drop a view of one's own."""
    return await saved_views.drop(office_of(request), actor_of(request), ident_of(request))


_OF_NAME = ("input_missing", "too_long")
ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/views", listed, "One's own views of lists", WORKING),
    Route("POST", "/api/views", save, "Save a view", WORKING, (*_OF_NAME, "many_views")),
    Route(
        "POST",
        "/api/views/{id}/name",
        rename,
        "Rename a view",
        WORKING,
        (*_OF_NAME, "view_there", "not_found"),
    ),
    Route("POST", "/api/views/{id}/drop", drop, "Drop a view", WORKING, ("not_found",)),
)
