"""What a console asks its list for, read into what the store looks for, or refused."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from backend.desks.authorization import scope_of, waiting_for
from backend.desks.context import AppContext
from backend.store import views
from backend.store.order import Order, PageCursor, Sort
from backend.store.search import Word
from hotline.case.case import HANDLER
from hotline.case.light import Light
from hotline.channel import Channel
from hotline.errors import Invalid
from hotline.form.form import HOT
from hotline.intake.result import URGENCIES
from hotline.numerals import plain_digits
from hotline.organisation import DEPARTMENT
from hotline.people import Actor
from hotline.rights.areas import beginnings_of
from hotline.rights.permissions import UNMASK
from hotline.rights.scopes import is_everything, org_token, person_token
from hotline.spelling import called_so, is_spelled
from hotline.telephone import MIN_IN_WORDS, read_telephone

MAX_ROWS: Final = 200
"""So many cases are given at once."""
MAX_LETTERS: Final = 100
MAX_WORDS: Final = 8
# What people write between the digits of a number.
BETWEEN: Final = str.maketrans("", "", " -()+·")


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What a console asks its case list for, as it stands in the query.

    `equal` holds what is chosen of matter, channel and urgency, `fields` of fields of the form,
    `facets` of those that lists count, as "field:value"; `groups` are groups of classes, `areas`
    codes of districts, streets and communities; `first` and `last` are days of the city,
    both included.
    """

    stages: tuple[str, ...] = ()
    lights: tuple[str, ...] = ()
    equal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    fields: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    words: str = ""
    mine: bool = False
    open_only: bool = False
    sort: str = Sort.NEWEST
    limit: int = 50
    before: str = ""


def wanted_of(office: AppContext, actor: Actor, asked: CaseQuery) -> views.CaseFilter:
    """Give what the store is to look for; Invalid names what means nothing."""
    waiting = waiting_for(office.city.known, actor)
    equal = _equal(office, asked)
    departments = known(asked.departments, office.city.organisation.departments, DEPARTMENT)
    handlers = tuple(org_token(HANDLER, one) for one in departments)
    return views.CaseFilter(
        stages=_stages(office, asked),
        lights=known(asked.lights, tuple(Light), "light"),
        equal=equal,
        beginnings=beginnings_of(office.city.areas, known(asked.areas, office.city.areas, "area")),
        fields=_values(office, asked.fields),
        facets=_values(office, asked.facets),
        assigned={HANDLER: handlers} if handlers else {},
        since=day_of(office, asked.first, "from"),
        until=day_of(office, asked.last, "to", after=1),
        words=_words(office, actor, asked.words),
        mine=waiting if asked.mine else None,
        own=None if is_everything(scope_of(actor)) else waiting,
        order=_order(office, asked),
    )


def known(given: Sequence[str], names: Iterable[str], field_name: str) -> tuple[str, ...]:
    """Give what was given, or raise Invalid for the first that is none of these names."""
    for one in given:
        if one not in names:
            raise Invalid(field_name, f"{one[:40]!r} is none")
    return tuple(given)


def end_of(page: PageCursor) -> str:
    """Give the end of a page as a console hands it back."""
    due = "" if page.due is None else str(page.due.timestamp())
    return f"{page.id}_{page.rank}_{due}_{page.matter}"


def _stages(office: AppContext, asked: CaseQuery) -> tuple[str, ...] | None:
    workflow = office.city.known
    stages = known(asked.stages, workflow.stages, "stage")
    if asked.open_only:
        return tuple(one for one in stages or workflow.stages if one not in workflow.ends)
    return stages or None


def _equal(office: AppContext, asked: CaseQuery) -> dict[str, tuple[str, ...]]:
    """What a column may hold; a class is of all groups and classes that are asked for at once."""
    groups = {one.group_code for one in office.matters.values()}
    wanted = known(asked.groups, groups, "group")
    equal = _named(office, asked)
    if wanted:
        of = (code for code, one in office.matters.items() if one.group_code in wanted)
        chosen = equal.get("matter")
        equal["matter"] = tuple(code for code in of if chosen is None or code in chosen)
    return equal


def _named(office: AppContext, asked: CaseQuery) -> dict[str, tuple[str, ...]]:
    names: dict[str, Iterable[str]] = {
        "matter": office.matters,
        "channel": tuple(Channel),
        "urgency": URGENCIES,
    }
    return {
        column: known(values, names[column], column)
        for column, values in asked.equal.items()
        if values
    }


def _values(office: AppContext, pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The values that are wanted of a field of the form; Invalid names one that it cannot have."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, _, value = pair.partition(":")
        field = office.city.form.fields.get(name)
        if field is None or not (field.listed or field.until):
            raise Invalid("field", f"lists are not narrowed by {name[:40]!r}")
        if field.options and field.option(value) is None:
            raise Invalid(name, f"{value[:40]!r} is none")
        found[name] = (*found.get(name, ()), value)
    return found


def day_of(office: AppContext, text: str, name: str, *, after: int = 0) -> datetime | None:
    """Give the first instant of a day of the city, or of the day `after` it; None for no day.

    Raises Invalid by the name of what was asked.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        # The edges of the calendar cannot be led to UTC.
        return datetime.combine(day, time(), office.city.zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(name, "must be a day such as 2026-11-26") from error


def _order(office: AppContext, asked: CaseQuery) -> Order:
    known((asked.sort,), tuple(Sort), "sort")
    sort = Sort(asked.sort)
    if sort is Sort.LEFT and asked.stages and office.city.ends.issuperset(asked.stages):
        sort = Sort.NEWEST  # no time is left to what has ended
    return Order(sort, _place(asked.before))


def _place(text: str) -> PageCursor | None:
    if not text:
        return None
    name, _, rest = text.partition("_")
    rank, _, rest = rest.partition("_")
    due, _, matter = rest.partition("_")
    try:
        at = datetime.fromtimestamp(float(due), UTC) if due else None
        ranked = min(max(int(rank or 0), 0), len(URGENCIES))
        return PageCursor(UUID(name), ranked, at, matter[:MAX_LETTERS].replace("\0", ""))
    except (ValueError, OverflowError, OSError) as error:
        raise Invalid("before", "not the end of a page") from error


def _words(office: AppContext, actor: Actor, text: str) -> tuple[Word, ...]:
    """The words of a search, full width made half; digits in groups are one number.

    A telephone number is looked for in the one form in which it is kept. Marks part words, for a
    report may have others, or the same ones in another width.
    """
    plain = unicodedata.normalize("NFKC", text[:MAX_LETTERS]).replace("\0", " ").strip()
    plain = plain[: len(_without_marks(plain).rstrip())] or plain
    digits = _digits(plain)
    called = read_telephone(plain, office.city.telephone)
    is_a_cases = len(digits) == office.city.number_length + 1
    if called is not None and called.known and not is_a_cases:
        digits = called.number.removeprefix("+")
    parts = [digits] if digits.isdecimal() and digits.isascii() else _parted(plain)
    return tuple(_word(office, actor, part) for part in parts)


def _parted(text: str) -> list[str]:
    """The words between marks; marks alone are a word."""
    return (_without_marks(text).split() or text.split())[:MAX_WORDS]


def _without_marks(text: str) -> str:
    return "".join(" " if unicodedata.category(sign)[0] == "P" else sign for sign in text)


def _digits(text: str) -> str:
    """A number that is written out in Chinese numerals, or in groups, with nothing between."""
    written = plain_digits(text).translate(BETWEEN)
    return written if len(written) >= MIN_IN_WORDS else text.translate(BETWEEN)


def _word(office: AppContext, actor: Actor, text: str) -> Word:
    digits = text.translate(BETWEEN)
    digits = digits if digits.isdecimal() and digits.isascii() else ""
    contacts = actor.rights.may(UNMASK)
    word, named = text.lower(), len(text) > 1
    matters = {code: (one.name, one.name_en) for code, one in office.matters.items()}
    return Word(
        text=text,
        digits=digits,
        number=digits if len(digits) == office.city.number_length + 1 else "",
        matters=_called(word, matters) if named else (),
        assigned=_tokens(office, word) if named else (),
        alike=office.knowing.spelled_so(word) if is_spelled(word) else (),
        fields=tuple(
            one.id for one in office.city.form.fields.values() if one.searched and one.id not in HOT
        ),
        citizens=contacts,
        tail=office.contacts.tail(digits) if contacts else "",
    )


def _tokens(office: AppContext, word: str) -> tuple[str, ...]:
    """The parts that organisations and people so called may have in a case."""
    organisation, roles = office.city.organisation, office.city.workflow.roles
    orgs = {code: (one.name, one.name_en) for code, one in organisation.orgs.items()}
    called = [(org_token, _called(word, orgs)), (person_token, _called(word, organisation.names))]
    return tuple(token(role, code) for token, codes in called for code in codes for role in roles)


def _called(word: str, names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(
        code
        for code, both in names.items()
        if any(word in name.lower() for name in both) or called_so(word, both)
    )
