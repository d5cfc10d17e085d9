"""The page on which it is read who did what."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.desks import export_told
from backend.desks.audit import VIEWS, What
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.desks.search import day_of
from backend.store import audit, audit_words
from backend.store.audit import Found, Sought
from hotline.clock import iso
from hotline.errors import Invalid
from hotline.people import Actor
from hotline.rights.scopes import is_everything
from hotline.wire import Instant

MAX_ROWS: Final = 100
# A part of an address that names something: a case, a call, a file.
_NAMING: Final = re.compile(r"/[^/]*[0-9][^/]*")


@dataclass(frozen=True, slots=True)
class ExportedList:
    """A list that was taken out: so many rows as a file of a kind, narrowed to values by names.

    What was searched for is among them, or `erased`.
    """

    kind: str
    rows: int
    asked: dict[str, tuple[str, ...]]
    erased: bool


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
    reason: str
    reason_en: str
    export: ExportedList | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the audit, where it goes on, and what there is to be looked for."""

    items: list[AuditEntry]
    more: str | None
    kinds: list[What]
    views: list[str]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is looked for: one kind, a view of several, and the first and last day of the city."""

    what: str = ""
    view: str = ""
    first: str = ""
    last: str = ""

    @property
    def kinds(self) -> frozenset[str] | None:
        """The kinds, None for all; Invalid for one that is none."""
        if self.what and self.what not in set(What):
            raise Invalid("what", f"{self.what[:40]!r} is none")
        if self.view and self.view not in VIEWS:
            raise Invalid("view", f"{self.view[:40]!r} is none")
        one = frozenset({self.what}) if self.what else None
        several = frozenset[str](VIEWS[self.view]) if self.view else None
        return one if several is None else several if one is None else one & several


async def listed(
    office: AppContext,
    actor: Actor,
    *,
    narrowed: Narrowed,
    who: str,
    number: str,
    before: str,
    limit: int,
) -> AuditPage:
    """Give the audit, newest first; `who` is a part of a name or a code.

    What was done to cases that the actor may not know of is left out.
    """
    sought = Sought(
        narrowed.kinds,
        _named(office, who),
        re.sub(r"\D", "", number),
        _cursor(before),
        day_of(office, narrowed.first, "from"),
        day_of(office, narrowed.last, "to", after=1),
    )
    async with office.store.connect() as connection:
        rows = await audit.listed(connection, scope_of(actor), sought, limit + 1)
        taken = [row["id"] for row in rows if row["what"] == What.LIST_EXPORTED]
        words = await audit_words.words_of(connection, taken) if taken else {}
    whole = is_everything(scope_of(actor))
    items = [_shown(office, row, words.get(row["id"]), whole=whole) for row in rows[:limit]]
    more = items[-1].id if len(rows) > limit else None
    return AuditPage(items, more, list(What), list(VIEWS))


def _named(office: AppContext, who: str) -> tuple[str, ...] | None:
    """The codes of the people whose name or code holds these letters, and the letters."""
    part = who.strip().lower()
    if not part:
        return None
    names = office.city.organisation.names
    return (*(code for code, (name, _) in names.items() if part in f"{code} {name}".lower()), part)


def _cursor(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid("before", "not the end of a page") from error


def _subject(row: Found, *, whole: bool) -> str:
    """Give what it was done to; of what was asked for, only who sees all read names and words."""
    said = str(row["subject"])
    if row["what"] == What.LIST_EXPORTED and export_told.read(said):
        return ""  # it is told by its parts
    if whole or row["number"] is not None:
        return said
    if row["what"] == What.LIST_EXPORTED:
        return said.partition(" ")[0]
    return _NAMING.sub("/…", said) if row["what"] == What.REFUSED else said


def _exported(row: Found, kept: tuple[str, str] | None, *, whole: bool) -> ExportedList | None:
    """Give what a list was; what it was narrowed to is for who sees all."""
    told = export_told.read(row["subject"]) if row["what"] == What.LIST_EXPORTED else None
    if told is None:
        return None
    if not whole:
        return ExportedList(told.kind, told.rows, {}, erased=False)
    apart = export_told.words_of(told, kept)
    return ExportedList(told.kind, told.rows, {**told.asked, **(apart or {})}, apart is None)


def _shown(
    office: AppContext, row: Found, kept: tuple[str, str] | None, *, whole: bool
) -> AuditEntry:
    reason, reason_en = office.city.privacy.told(row["reason"])
    return AuditEntry(
        id=str(row["id"]),
        at=iso(row["at"]),
        what=row["what"],
        person=row["person"],
        name=_name(office, row["person"]),
        subject=_subject(row, whole=whole),
        subject_name=_name(office, row["subject"]),
        number=row["number"],
        address=row["address"],
        request=row["request"],
        reason=reason,
        reason_en=reason_en,
        export=_exported(row, kept, whole=whole),
    )


def _name(office: AppContext, code: str) -> str | None:
    known = office.city.organisation.names.get(code)
    return known[0] if known is not None else None
