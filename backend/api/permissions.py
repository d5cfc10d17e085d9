"""Who may ask for a route: what the route names, its guard keeps and the document tells."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.desks import authorization
from hotline.people import Post

PHONE: Final = "ivr"
MESSAGES: Final = "bots"


class Way(StrEnum):
    """How who asks is known."""

    OPEN = "open"
    PAGE = "page"
    SESSION = "session"
    CONNECTOR = "connector"


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may ask: with a session the people of some posts (None: all), with a token connectors."""

    way: Way
    posts: frozenset[Post] | None = None
    connectors: frozenset[str] = frozenset()

    @property
    def who(self) -> str:
        """Who that is, for the document."""
        match self.way:
            case Way.OPEN | Way.PAGE:
                return "anyone"
            case Way.SESSION:
                return "signed in" if self.posts is None else ", ".join(sorted(self.posts))
            case Way.CONNECTOR:
                return ", ".join(sorted(self.connectors))


def _session(posts: frozenset[Post]) -> Permission:
    return Permission(Way.SESSION, posts)


def _tokens(*connectors: str) -> Permission:
    return Permission(Way.CONNECTOR, connectors=frozenset(connectors))


ANYONE: Final = Permission(Way.OPEN)
OUR_PAGE: Final = Permission(Way.PAGE)
EVERYBODY: Final = Permission(Way.SESSION)
WORKING: Final = _session(authorization.WORKING)
REPORTING: Final = _session(authorization.REPORTING)
UNMASKING: Final = _session(authorization.UNMASKING)
AUDITING: Final = _session(authorization.AUDITING)
CENTRE: Final = _session(authorization.CENTRE)
RETRYING: Final = _session(authorization.CENTRE - {Post.LEADER})
OPERATING: Final = _session(frozenset({Post.DUTY_CHIEF, Post.ADMINISTRATOR}))
ADMINISTERING: Final = _session(frozenset({Post.ADMINISTRATOR}))
BY_PHONE: Final = _tokens(PHONE)
BY_MESSAGES: Final = _tokens(MESSAGES)
BY_CONNECTORS: Final = _tokens(PHONE, MESSAGES)
