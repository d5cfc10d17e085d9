"""A city: everything about it that the rules need, in one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from hotline.case.calendar import Calendar
from hotline.case.case import Case
from hotline.case.limits import Limits
from hotline.case.routing import Routing
from hotline.case.workflow import Rules, Workflow
from hotline.errors import Unavailable
from hotline.form.field import FormField
from hotline.form.form import Form
from hotline.organisation import Department, Organisation, Person
from hotline.privacy import HOLDING_PEOPLE, NO_RULES, PrivacyRules
from hotline.rights.areas import AreaName, Areas
from hotline.room.plan import NO_ROOM, RoomPlan
from hotline.telephone import CallRules, Plan, may_be_rung
from hotline.times import next_within


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a release keeps for the cases that began with it."""

    workflow: Workflow
    form: Form
    limits: Limits
    routing: Routing


class UnknownRelease(Unavailable):
    """A case goes by a release that this process has not read yet: it will have in a moment."""

    def __init__(self, release: str):
        super().__init__(f"the release {release} is not read yet", retry_after=1.0)


@dataclass(frozen=True, slots=True)
class City:
    """A city's rules and people, as its current `release` has them.

    `activation` is the number of its coming to count, `staffed` that of the last change of its
    people. `former` holds what earlier releases keep for the cases that began with them, `every` is
    the workflow with what those have besides (`known`; None: nothing), `former_fields` are the
    fields that only their forms have.

    `duty` maps a grid cell to its duty grid, `centre` is the map's (lon, lat). `call_waits` are
    the seconds before the second and third try to ring a citizen. `call_hours` are local (opens,
    closes) in minutes of the day, closes exclusive. `telephone` is the city's place in the
    telephone network, `calls` says whom it rings, `room`
    how its telephone room works, `privacy` how long what is known of people is kept.
    """

    name: str
    name_en: str
    zone: ZoneInfo
    number_length: int
    call_hours: tuple[tuple[int, int], ...]
    calendar: Calendar
    workflow: Workflow
    form: Form
    limits: Limits
    routing: Routing
    organisation: Organisation
    duty: Mapping[str, str] = field(default_factory=dict)
    release: str = ""
    activation: int = 0
    areas: Areas = field(default_factory=dict)
    staffed: int = 0
    former: Mapping[str, Pinned] = field(default_factory=dict)
    every: Workflow | None = None
    former_fields: Mapping[str, FormField] = field(default_factory=dict)
    call_waits: tuple[int, ...] = (600, 1800)
    telephone: Plan = field(default_factory=Plan)
    calls: CallRules = field(default_factory=CallRules)
    room: RoomPlan = NO_ROOM
    privacy: PrivacyRules = NO_RULES
    centre: tuple[float, float] = (0.0, 0.0)
    synthetic_map: bool = False
    area_names: Mapping[str, AreaName] = field(default_factory=dict)

    def pinned(self, release: str) -> Pinned:
        """Give what a release keeps for the cases that began with it.

        Raises UnknownRelease for one that was published since this city was read.
        """
        if release == self.release:
            return Pinned(self.workflow, self.form, self.limits, self.routing)
        if release not in self.former:
            raise UnknownRelease(release)
        return self.former[release]

    def rules(self, release: str) -> Rules:
        """Give what a case of a release is judged by."""
        kept = self.pinned(release)
        return Rules(kept.workflow, kept.form, kept.limits, self.calendar)

    @property
    def known(self) -> Workflow:
        """The workflow with the stages of earlier releases, and what else their cases speak of."""
        return self.every or self.workflow

    @property
    def fields(self) -> dict[str, FormField]:
        """The form's fields, and behind them those that only cases of earlier releases have."""
        gone = self.former_fields.items()
        former = {name: one for name, one in gone if name not in self.form.fields}
        return {**self.form.fields, **former}

    @property
    def fields_of_people(self) -> list[str]:
        """The fields, of former forms too, whose values may name or show somebody."""
        return [one.id for one in self.fields.values() if one.type in HOLDING_PEOPLE]

    @property
    def ends(self) -> frozenset[str]:
        """The stages in which a case has come to its end, by whichever release it goes."""
        return self.known.ends

    def people_for(self, field: FormField) -> list[Person]:
        """Give the people who may be chosen for a field of the form, or act for one who may."""
        return [one for one in self.organisation.people.values() if self.is_able(field, one)]

    def is_able(self, field: FormField, person: Person) -> bool:
        """Tell whether somebody may be chosen for a field, or acts for one who may."""
        if not field.post or person.holds(field.post):
            return True
        people = self.organisation.people
        away = (one.person for one in self.organisation.leaves if one.proxy == person.code)
        return any(code in people and people[code].holds(field.post) for code in away)

    def people_within(self, field: FormField, case: Case) -> list[Person]:
        """Give the people who may be chosen for a field of the form in a case."""
        people = self.people_for(field)
        return [one for one in people if not field.within or self._is_within(field, case, one)]

    def is_able_in(self, field: FormField, case: Case, person: str) -> bool:
        """Tell whether somebody may be chosen for a field of the form in a case."""
        found = self.organisation.people.get(person)
        if found is None or not self.is_able(field, found):
            return False
        return not field.within or self._is_within(field, case, found)

    def _is_within(self, field: FormField, case: Case, person: Person) -> bool:
        orgs = {one.org for one in case.having(field.within) if one.org is not None}
        return person.department in orgs

    def orgs_within(self, field: FormField, case: Case) -> Mapping[str, Department]:
        """Give the organisations that may be chosen for a field of the form in a case.

        Of centres those are that lie below, above or beside the one which the case lies with, as
        the field suggests.
        """
        known, own = self.orgs_for(field), case.org_of(field.role) or ""
        match field.suggest:
            case "centre_below":
                return {code: one for code, one in known.items() if one.above == own}
            case "centre_above":
                above = known[own].above if own in known else ""
                return {code: one for code, one in known.items() if code == above}
            case "centre_beside":
                above = known[own].above if own in known else ""
                return {code: one for code, one in known.items() if one.above == above}
            case _:
                return known

    def orgs_for(self, field: FormField) -> Mapping[str, Department]:
        """Give the organisations that may be chosen for a field of the form."""
        known = self.organisation
        return known.centres if field.kind == "centre" else known.departments

    def suggested_collector(self, cell: str | None, now: datetime) -> str | None:
        """Give the collector on whose duty grid a cell lies, or who acts for them.

        None where nobody walks it.
        """
        duty = self.duty.get(cell or "")
        person = self.organisation.collector_of(duty, now) if duty else None
        return person.code if person is not None else None

    def rings(self, number: str) -> bool:
        """Say whether a citizen's number, in its one form, is among those that may be rung."""
        return may_be_rung(number, self.telephone, self.calls)

    def may_ring(self, now: datetime) -> datetime:
        """Give `now` if citizens may be rung now, else the next instant at which they may."""
        return next_within(self.call_hours, now, self.zone)
