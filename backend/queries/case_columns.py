"""The columns that a list of cases may have, and what stands in each: codes by their names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from backend.desks.context import AppContext
from backend.papers.sheet import SheetCell
from backend.queries.names import person_name
from backend.store.order import Sort
from hotline.case.case import HANDLER
from hotline.errors import Invalid
from hotline.form.field import OF_CASES, FormField
from hotline.organisation import DEPARTMENT
from hotline.words import say

# A row as backend.store.views exports it.
Found = Mapping[str, Any]
FIELD: Final = "field."
"""Before the id of a field of the form that is a column."""

# The order of a column when it is chosen first, and when it is chosen once more.
_ORDERS: Final[Mapping[str, tuple[Sort | None, Sort | None]]] = {
    "received_at": (Sort.OLDEST, Sort.NEWEST),
    "due": (Sort.LEFT, None),
    "urgency": (Sort.URGENT, Sort.LEAST_URGENT),
    "matter": (Sort.MATTER, Sort.MATTER_BACK),
}
_STANDARD: Final = frozenset(
    {"number", "stage", "light", "due", "urgency", "matter", "text", "place", DEPARTMENT}
)


class HasNames(Protocol):
    """What has a name in both languages."""

    @property
    def name(self) -> str:
        """The Chinese one."""

    @property
    def name_en(self) -> str:
        """The English one, which may be empty."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its name for people, and what it tells of a case. `wide` ones hold long texts.

    A list is ordered by it `rising` or `falling`, where an index has that order.
    """

    id: str
    title: str
    value: Callable[[Found], SheetCell]
    wide: bool = False
    rising: Sort | None = None
    falling: Sort | None = None


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column that a person may choose for the list; `standard` ones it has before they do."""

    id: str
    name: str
    name_en: str
    wide: bool
    standard: bool
    rising: Sort | None
    falling: Sort | None


def columns_of(office: AppContext, language: str) -> dict[str, ListColumn]:
    """Give every column of the city's lists in a language, in the order in which they stand."""
    values = _Values(office, language)
    plain: dict[str, Callable[[Found], SheetCell]] = {
        "number": lambda row: str(row["number"]),
        "received_at": lambda row: values.local(row["received_at"]),
        "stage": values.stage,
        "light": lambda row: say(f"sheet.light_{row['light']}", language),
        "due": lambda row: values.local(row["stage_due"]),
        "urgency": values.urgency,
        "matter": values.matter,
        "group": values.group,
        "text": lambda row: str(row["text"]),
        "place": lambda row: str(row["place_text"]),
        "area": values.area,
        DEPARTMENT: values.department,
        "people": values.people,
        "channel": lambda row: say(f"telling.channel_{row['channel']}", language),
    }
    wide = {"text", "place"}
    none: tuple[Sort | None, Sort | None] = (None, None)
    found = {
        name: ListColumn(
            name, say(f"sheet.{name}", language), value, name in wide, *_ORDERS.get(name, none)
        )
        for name, value in plain.items()
    }
    for field in office.city.fields.values():
        if field.listed and field.type not in OF_CASES and field.id not in found:
            name = f"{FIELD}{field.id}"
            found[name] = ListColumn(name, field.named(language), values.of_field(field))
    return found


def shown_columns(office: AppContext) -> list[ShownColumn]:
    """Give the columns by their names in both languages, as a console offers them."""
    english = columns_of(office, "en")
    return [
        ShownColumn(
            one.id,
            one.title,
            english[one.id].title,
            one.wide,
            one.id in _STANDARD,
            one.rising,
            one.falling,
        )
        for one in columns_of(office, "zh_CN").values()
    ]


def chosen_of(known: Mapping[str, ListColumn], names: tuple[str, ...]) -> list[ListColumn]:
    """Give the columns that were asked for, each once; all where none were. Invalid names none."""
    for one in names:
        if one not in known:
            raise Invalid("columns", f"{one[:40]!r} is none")
    return [known[one] for one in dict.fromkeys(names)] or list(known.values())


@dataclass(frozen=True, slots=True)
class _Values:
    """What stands in a row, in the names of a city."""

    office: AppContext
    language: str

    def local(self, at: datetime | None) -> datetime | None:
        """Give what the clock of the city showed."""
        return None if at is None else at.astimezone(self.office.city.zone).replace(tzinfo=None)

    def named(self, known: HasNames | None, code: str | None) -> str:
        """Give a name in the language; a code that nobody knows any more stands for itself."""
        if known is None:
            return code or ""
        return (self.language == "en" and known.name_en) or known.name

    def stage(self, row: Found) -> str:
        """Give the name of the stage."""
        known = self.office.city.known.stages.get(row["stage"])
        return self.named(known, row["stage"])

    def urgency(self, row: Found) -> str:
        """Give the name of the urgency, by the form's field of it."""
        field, value = self.office.city.fields.get("urgency"), row["urgency"]
        option = field.option(value) if field is not None and value else None
        return option.named(self.language) if option is not None else value or ""

    def matter(self, row: Found) -> str:
        """Give the name of the class."""
        known = self.office.matters.get(row["matter"] or "")
        return self.named(known, row["matter"])

    def group(self, row: Found) -> str:
        """Give the name of the group that the class belongs to."""
        known = self.office.matters.get(row["matter"] or "")
        if known is None:
            return ""
        return (self.language == "en" and known.group_name_en) or known.group_name

    def area(self, row: Found) -> str:
        """Give the names of the areas that it lies in, the largest first."""
        cell = row["cell"] or ""
        names = self.office.city.area_names
        parts = (names.get(cell[:length]) for length in range(1, len(cell) + 1))
        return " ".join(self.named(one, one.code) for one in parts if one)

    def department(self, row: Found) -> str:
        """Give the name of who handles it."""
        code = (row["assignments"].get(HANDLER) or {}).get("org")
        known = self.office.city.organisation.orgs.get(code or "")
        return self.named(known, code)

    def people(self, row: Found) -> str:
        """Give the names of all people who have a part in it, each once."""
        organisation, mark = self.office.city.organisation, say("telling.list_mark", self.language)
        codes = (one.get("person") for one in row["assignments"].values())
        names = (person_name(organisation, code) for code in dict.fromkeys(codes) if code)
        return mark.join(name for name in names if name)

    def of_field(self, field: FormField) -> Callable[[Found], SheetCell]:
        """Give what tells the value of a field of the form."""

        def value(row: Found) -> SheetCell:
            given = row["fields"].get(field.id)
            option = field.option(given) if field.options and isinstance(given, str) else None
            if option is not None:
                return option.named(self.language)
            if field.id == DEPARTMENT or given is None or isinstance(given, bool | list | dict):
                return None
            return given if isinstance(given, int | float) else str(given)

        return value
