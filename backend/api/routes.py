"""Puts the console's side together: its routes behind the guard, and its live feed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiohttp import web

from backend.api import audit, cases, feed, health, map, media, notices, pages, people, signin
from backend.api.guard import AUTH, for_page, for_posts
from backend.api.keys import OFFICE, SETTINGS, Route
from backend.desks.authorization import AUDITING, CENTRE, REPORTING, UNMASKING, WORKING
from backend.desks.signin import AuthService
from backend.passwords import Passwords
from hotline.people import Post

STATIC_FOLDER: Final = Path(__file__).parent.parent / "static"
_ADMINISTRATORS: Final = frozenset({Post.ADMINISTRATOR})
# Who may ask for what: everybody who is signed in where no posts are named.
GUARDED: Final[tuple[tuple[tuple[Route, ...], frozenset[Post] | None], ...]] = (
    (signin.ROUTES, None),
    (people.ROUTES, None),
    (people.ADMINISTRATOR_ROUTES, _ADMINISTRATORS),
    (cases.ROUTES, WORKING),
    (cases.REPORT_ROUTES, REPORTING),
    (cases.CONTACT_ROUTES, UNMASKING),
    (media.ROUTES, WORKING),
    (notices.ROUTES, CENTRE),
    (notices.RETRY_ROUTES, CENTRE - {Post.LEADER}),
    (health.DUTY_ROUTES, frozenset({Post.DUTY_CHIEF, Post.ADMINISTRATOR})),
    (map.ROUTES, WORKING),
    (feed.ROUTES, None),
    (audit.ROUTES, AUDITING),
)


def declared() -> Iterator[tuple[Route, str]]:
    """Give every route of the console with who may ask for it, for docs/api.md."""
    for route in (*health.ROUTES, *signin.OPEN_ROUTES):
        yield route, "anyone"
    for routes, posts in GUARDED:
        for route in routes:
            yield route, "signed in" if posts is None else ", ".join(sorted(posts))


def add(
    app: web.Application,
    layers: map.Layers,
    passwords: Passwords,
    *,
    static: Path = STATIC_FOLDER,
) -> None:
    """Add the console to an application that has its office, settings and media already.

    The drainer is then to be given `app[feed.HUB].publish`.
    """
    office, settings = app[OFFICE], app[SETTINGS]
    app[AUTH] = AuthService(office, passwords, settings.people, settings.web)
    app[feed.HUB] = feed.Hub(office)
    app[map.MAP] = layers
    app[pages.STATIC] = static
    _add(app, health.ROUTES)
    for route in signin.OPEN_ROUTES:
        app.router.add_route(route.method, route.path, for_page(route.handler))
    for routes, posts in GUARDED:
        for route in routes:
            app.router.add_route(route.method, route.path, for_posts(route.handler, posts))
    _add(app, pages.ROUTES)
    app.on_shutdown.append(_end_feeds)
    app.on_cleanup.append(_let_go)


def _add(app: web.Application, routes: tuple[Route, ...]) -> None:
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)


async def _end_feeds(app: web.Application) -> None:
    app[feed.HUB].close()


async def _let_go(app: web.Application) -> None:
    app[AUTH].passwords.close()
