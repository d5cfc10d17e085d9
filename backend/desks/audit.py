"""Writing down who did what, and the page on which it is read."""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.desks.context import AppContext
from backend.store import audit
from backend.store.audit import Entry, Found, Sought
from backend.store.writes import Writes
from hotline.clock import iso
from hotline.errors import Invalid
from hotline.ids import new_id
from hotline.wire import Instant

MAX_ROWS: Final = 100
MAX_LENGTH: Final = 200
# What a stranger can do as often as they like is written down once in this time.
REPEATED: Final = timedelta(minutes=1)


class What(StrEnum):
    """What is written down, in the order that the console lists it; each has its words there."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    LOCKED_OUT = "locked_out"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"
    RECORDING_OPENED = "recording_opened"
    CONTACT_OPENED = "contact_opened"
    CODE_MADE = "code_made"
    CODE_REFUSED = "code_refused"
    CHAT_BOUND = "chat_bound"
    CHAT_UNBOUND = "chat_unbound"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_REFUSED = "password_refused"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where what is being done comes from: the client's address, the request, the session."""

    address: str = ""
    request: str = ""
    session: str = ""


# Of the request that is being answered; a command of the operator has none.
ORIGIN: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen


async def record(
    writes: Writes,
    what: What,
    person: str,
    *,
    subject: str = "",
    case: UUID | None = None,
    once_in: timedelta | None = None,
) -> None:
    """Write down, with what else is written, that somebody did something.

    `once_in` keeps repetitions from filling it.
    """
    origin = ORIGIN.get()
    entry = Entry(
        id=new_id(writes.now),
        at=writes.now,
        what=what,
        person=person,
        subject=subject[:MAX_LENGTH],
        case=case,
        address=origin.address,
        request=origin.request,
        session=origin.session,
    )
    await audit.add(writes, entry, once_in)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to whom: the codes that are written down, and the names that belong to them."""

    id: str
    at: Instant
    what: str
    person: str
    name: str | None
    subject: str
    subject_name: str | None
    number: str | None
    address: str
    request: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the audit, where it goes on, and what there is to be looked for."""

    items: list[AuditEntry]
    more: str | None
    kinds: list[What]


async def listed(
    office: AppContext, *, what: str, who: str, number: str, before: str, limit: int
) -> AuditPage:
    """Give the audit, newest first; `who` is a part of a name or a code."""
    if what and what not in set(What):
        raise Invalid("what", f"{what[:40]!r} is none")
    sought = Sought(what, _named(office, who), re.sub(r"\D", "", number), _cursor(before))
    async with office.store.connect() as connection:
        rows = await audit.listed(connection, sought, limit + 1)
    items = [_shown(office, row) for row in rows[:limit]]
    more = items[-1].id if len(rows) > limit else None
    return AuditPage(items, more, list(What))


def _named(office: AppContext, who: str) -> tuple[str, ...] | None:
    """The codes of the people whose name or code holds these letters, and the letters."""
    part = who.strip().lower()
    if not part:
        return None
    staff = office.city.organisation.people.values()
    return (*(one.code for one in staff if part in f"{one.code} {one.name}".lower()), part)


def _cursor(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid("before", "not the end of a page") from error


def _shown(office: AppContext, row: Found) -> AuditEntry:
    return AuditEntry(
        id=str(row["id"]),
        at=iso(row["at"]),
        what=row["what"],
        person=row["person"],
        name=_name(office, row["person"]),
        subject=row["subject"],
        subject_name=_name(office, row["subject"]),
        number=row["number"],
        address=row["address"],
        request=row["request"],
    )


def _name(office: AppContext, code: str) -> str | None:
    known = office.city.organisation.people.get(code)
    return known.name if known is not None else None
