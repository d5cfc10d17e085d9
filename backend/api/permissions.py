"""Who may ask for a route: what the route names, its guard keeps and the document tells."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hotline.rights import permissions

PHONE: Final = "ivr"
MESSAGES: Final = "bots"
WITNESS: Final = "witness"


class Way(StrEnum):
    """How who asks is known."""

    OPEN = "open"
    PAGE = "page"
    SESSION = "session"
    CONNECTOR = "connector"


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may ask: with a session who has a right (None: all), with a token connectors.

    `other` is a right that does as well.
    """

    way: Way
    right: str | None = None
    connectors: frozenset[str] = frozenset()
    other: str | None = None

    @property
    def rights(self) -> tuple[str, ...]:
        """The rights of which one is needed; without any all may ask who have a session."""
        return tuple(one for one in (self.right, self.other) if one is not None)

    @property
    def who(self) -> str:
        """Who that is, for the document."""
        match self.way:
            case Way.OPEN | Way.PAGE:
                return "anyone"
            case Way.SESSION:
                return " or ".join(self.rights) or "signed in"
            case Way.CONNECTOR:
                return ", ".join(sorted(self.connectors))


def _session(right: str) -> Permission:
    return Permission(Way.SESSION, right)


def _tokens(*connectors: str) -> Permission:
    return Permission(Way.CONNECTOR, connectors=frozenset(connectors))


ANYONE: Final = Permission(Way.OPEN)
OUR_PAGE: Final = Permission(Way.PAGE)
EVERYBODY: Final = Permission(Way.SESSION)
WORKING: Final = _session(permissions.SEE)
READING: Final = Permission(Way.SESSION, permissions.SEE, other=permissions.TAKE_CALLS)
EDITING: Final = _session(permissions.EDIT_ARTICLES)
EXPORTING: Final = _session(permissions.EXPORT)
REPORTING: Final = _session(permissions.TYPE_REPORTS)
UNMASKING: Final = _session(permissions.UNMASK)
AUDITING: Final = _session(permissions.AUDIT)
ERASING: Final = _session(permissions.ERASE)
CALLING: Final = _session(permissions.CALLS)
REVISITING: Final = _session(permissions.REVISITS)
RESTRICTING: Final = _session(permissions.RESTRICT)
SEATED: Final = _session(permissions.TAKE_CALLS)
LEADING_ROOM: Final = _session(permissions.LEAD_ROOM)
LISTENING: Final = _session(permissions.LISTEN)
TELLING: Final = _session(permissions.NOTICES)
RETRYING: Final = _session(permissions.RETRY)
OPERATING: Final = _session(permissions.OPERATE)
ADMINISTERING: Final = _session(permissions.PEOPLE)
BY_PHONE: Final = _tokens(PHONE)
BY_MESSAGES: Final = _tokens(MESSAGES)
BY_WITNESS: Final = _tokens(WITNESS)
BY_CONNECTORS: Final = _tokens(PHONE, MESSAGES)
