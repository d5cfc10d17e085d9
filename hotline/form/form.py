"""The form of a city's cases: its fields, and where a case holds the value of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from hotline.form.field import FormField
from hotline.place.point import Point
from hotline.rights.scopes import one_of, role_of
from hotline.wire import plain

# Fields that a case holds by themselves, because lists, maps and limits go by them.
HOT: Final = (
    "text",
    "text_confirmed",
    "place_text",
    "point",
    "cell",
    "matter",
    "condition",
    "urgency",
)
_TEXTS: Final = ("text", "place_text")
# The type of fields that give a role to several.
SEVERAL: Final = "organisations"


class HasOrg(Protocol):
    """An assignment, as far as a form looks at it."""

    @property
    def org(self) -> str | None:
        """The organisation."""
        ...

    @property
    def person(self) -> str | None:
        """The person."""
        ...


class HasFields(Protocol):
    """A case, as far as a form looks at it."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """The values of the form's own fields."""
        ...

    @property
    def assignments(self) -> Mapping[str, HasOrg]:
        """Who has which role."""
        ...

    @property
    def times(self) -> Mapping[str, datetime]:
        """What happened when."""
        ...


# An index holds no longer texts.
MAX_INDEXED: Final = 200


def _is_short(field: FormField) -> bool:
    return field.type != "text" or 0 < (field.max or 0) <= MAX_INDEXED


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form by their ids, in the order in which they are asked for."""

    fields: Mapping[str, FormField]

    @property
    def narrowing(self) -> tuple[str, ...]:
        """The fields by which lists are narrowed, of those that are not a case's own anyway."""
        found = (one for one in self.fields.values() if one.listed and not one.until)
        return tuple(
            one.id for one in found if one.id not in HOT and not one.role and _is_short(one)
        )

    def value_of(self, case: HasFields, name: str) -> object:
        """Give the value that a case has of a field; None where it has none."""
        field = self.fields[name]
        if field.type == SEVERAL:
            beginning = one_of(field.role, "")
            has = (key for key in case.assignments if key.startswith(beginning))
            return [key.removeprefix(beginning) for key in has] or None
        if field.role:
            return _assigned(case, field)
        return getattr(case, name) if name in HOT else case.fields.get(name)

    def changes_of(
        self, case: HasFields, name: str, value: object, now: datetime
    ) -> dict[str, Any]:
        """Give the changes by which a case gets a value of a field."""
        field = self.fields[name]
        if field.type == SEVERAL:
            wanted = [one_of(field.role, code) for code in _listed(value)]
            had = (key for key in case.assignments if key.startswith(one_of(field.role, "")))
            gone = {key: None for key in had if key not in wanted}
            orgs = (key.removeprefix(one_of(field.role, "")) for key in wanted)
            given = (_assignment(field, org, now) for org in orgs)
            return {"assignments": {**gone, **dict(zip(wanted, given, strict=True))}}
        if field.role:
            return {"assignments": {field.role: _assignment(field, value, now)}}
        if name in HOT:
            return {name: "" if value is None and name in _TEXTS else value}
        kept = plain(value) if isinstance(value, Point) else value
        # Lists count it from now on, until its time is set.
        counted = {"facets": {name: kept}} if field.until and field.until not in case.times else {}
        return {"fields": {name: kept}, **counted}

    def counted_until(self, time: str) -> list[str]:
        """Give the fields whose values lists count until a time is set."""
        return [field.id for field in self.fields.values() if field.until == time]

    def orgs_of(self, case: HasFields, role: str, given: Mapping[str, Any]) -> frozenset[str]:
        """Give the organisations that have a role in a case once it is given these values."""
        fields = [one for one in self.fields.values() if one.role == role and one.id in given]
        if fields:
            orgs = (one.id for one in fields if one.type in ("organisation", SEVERAL))
            return frozenset(org for name in orgs for org in _listed(given[name]))
        has = (one for key, one in case.assignments.items() if role_of(key) == role)
        return frozenset(one.org for one in has if one.org is not None)


def _listed(value: object) -> list[str]:
    """Give codes that were given: of one, of several, or none."""
    several = value if isinstance(value, list | tuple) else [value]
    return [str(one) for one in several if one is not None]


def _assigned(case: HasFields, field: FormField) -> str | None:
    found = case.assignments.get(field.role)
    if found is None:
        return None
    return found.org if field.type == "organisation" else found.person


def _assignment(field: FormField, value: object, now: datetime) -> dict[str, Any] | None:
    if value is None:
        return None
    if field.type in ("organisation", SEVERAL):
        return {"org": value, "person": None, "since": now}
    return {"person": value, "since": now}
