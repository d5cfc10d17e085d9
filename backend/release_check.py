"""Whether the sections of a release can be read, each by itself, and agree with one another."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from backend.city import make_city
from backend.city_files import ADDED, CATALOGUE, UNREADABLE, CityFiles, files_of, read_section
from backend.release_names import unread_names
from backend.triage import edition_of, gazetteer_of, grammar_of, grid_of, lexicon_of
from config.prompts import PROMPTS, load_prompts
from hotline.case.bounds import beyond, beyond_in_calendar, beyond_in_form
from hotline.case.calendar_data import calendar_faults, parse_calendar
from hotline.case.limits import Condition
from hotline.case.limits_data import CONDITION, parse_limits
from hotline.case.misspelt import misspelt
from hotline.case.powers import given_together
from hotline.case.workflow_data import parse_workflow
from hotline.city import City
from hotline.errors import HotlineError, Invalid
from hotline.form.form_data import parse_form
from hotline.intake.result import URGENCIES
from hotline.organisation import Staff
from hotline.privacy import SECTION as PRIVACY
from hotline.privacy import parse_privacy
from hotline.release import Sections
from hotline.rights.permissions import MACHINE_MOVE, OFFICE
from hotline.rights.post_data import parse_posts
from hotline.rights.posts import TOLD
from hotline.rights.separation import unseparated
from hotline.room.plan_data import SECTION, parse_room
from hotline.words import LANGUAGES, known

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and in which section."""

    section: str
    reason: str


@dataclass(slots=True)
class _Trying:
    """Tries one part after the other, so that a fault hides none behind it."""

    faults: list[Fault] = field(default_factory=list)

    def of(self, section: str, make: Callable[[], T]) -> T | None:
        """Give what can be made; a fault is kept."""
        try:
            return make()
        except UNREADABLE as error:
            said = f"{error.field}: {error.reason}" if isinstance(error, Invalid) else repr(error)
            self.faults.append(Fault(section, said))
            return None


def check(sections: Sections, before: Sections | None = None, staff: Staff | None = None) -> None:
    """Raise Invalid for the first fault of a release; it says how many more there are."""
    faults = faults_of(sections, staff)
    if before is not None and not faults:
        faults = list(_contradictions_of(before, sections))
    if faults:
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        raise Invalid(faults[0].section, f"{faults[0].reason}{more}", code="bad_release")


def _contradictions_of(before: Sections, after: Sections) -> Iterator[Fault]:
    try:
        old = make_city(files_of(before))
    except HotlineError:
        return  # what cannot be read says nothing that could be contradicted
    yield from contradictions(old, make_city(files_of(after)))


def contradictions(before: City, after: City) -> Iterator[Fault]:
    """Give what a release may not say otherwise than the one before: there are cases of both.

    A field that changes its type, or a stage that ends cases no more, is another one: it gets an id
    of its own.
    """
    if before.number_length != after.number_length:
        # Numbers are out that somebody has heard and not handed in yet.
        said = f"number_length is {before.number_length} for good: numbers of it are out"
        yield Fault("city", said)
    for name, one in after.form.fields.items():
        old = before.form.fields.get(name)
        if old is not None and old.type != one.type:
            said = f"the field {name!r} was of type {old.type}: a new type needs a new id"
            yield Fault("form", said)
    for name, stage in after.workflow.stages.items():
        known = before.workflow.stages.get(name)
        if known is not None and known.end != stage.end:
            said = f"the stage {name!r} is an end in one release and none in the other"
            yield Fault("workflow", said)


def check_readable(sections: Sections, before: Sections | None, staff: Staff | None) -> None:
    """Raise Invalid for sections that no process could go on by.

    What only disagrees, so that a city works worse by it, `check` refuses besides.
    """
    trying = _Trying()
    files = trying.of("city", lambda: files_of(sections, staff))
    if files is not None:
        _read_each(files, trying)
        trying.of("city", lambda: make_city(files))
    faults = trying.faults or (list(_contradictions_of(before, sections)) if before else [])
    if faults:
        raise Invalid(faults[0].section, faults[0].reason, code="bad_release")


def check_staff(sections: Sections, staff: Staff) -> None:
    """Raise Invalid where people hold what a release does not have, or it names nobody there."""
    make_city(files_of(sections, staff))


def faults_of(sections: Sections, staff: Staff | None = None) -> list[Fault]:
    """Give all that is wrong with a release: first what cannot be read, else what disagrees.

    `staff` are the people that the city has; None where nothing says who they are.
    """
    trying = _Trying()
    for name, section in sections.items():
        trying.of(name, partial(read_section, name, section))
    # A release of an earlier version goes without them; a new one says what it wants.
    trying.faults.extend(Fault(name, "is missing") for name in ADDED if name not in sections)
    if trying.faults:
        return trying.faults
    files = trying.of("city", lambda: files_of(sections, staff))
    if files is None:
        return trying.faults
    _read_each(files, trying)
    if trying.faults:
        return trying.faults
    city = trying.of("city", lambda: make_city(files))
    return trying.faults if city is None else list(_disagreements(files, city))


def _read_each(files: CityFiles, trying: _Trying) -> None:
    tables = files.tables
    form = trying.of("form", lambda: parse_form(tables["form"]))
    if form is not None:
        trying.of("workflow", lambda: parse_workflow(tables["workflow"], form))
    trying.of("posts", lambda: parse_posts(tables["posts"]))
    trying.of("limits", lambda: parse_limits(tables["limits"]))
    zone = str(tables["city"].get("zone", "UTC"))
    trying.of(SECTION, lambda: parse_room(tables[SECTION], zone))
    trying.of(PRIVACY, lambda: parse_privacy(tables[PRIVACY]))
    trying.of("calendar", lambda: parse_calendar(tables["calendar"], zone))
    # What parses and cannot be learned from would stop who follows, seconds later.
    edition = trying.of(CATALOGUE, lambda: edition_of(files))
    lexicon = trying.of(f"{CATALOGUE}.words", lambda: lexicon_of(files))
    if edition is not None and lexicon is not None:
        for code in sorted(lexicon.matters.keys() - edition.matters.keys()):
            said = f"{code!r} is no class of {edition.name}"
            trying.faults.append(Fault(f"{CATALOGUE}.words", said))
    trying.of(f"{CATALOGUE}.address", lambda: grammar_of(files))
    trying.of("grids", lambda: grid_of(files))
    trying.of("roads", lambda: gazetteer_of(files))


def _disagreements(files: CityFiles, city: City) -> Iterator[Fault]:
    for section, reason in unread_names(files.tables):
        yield Fault(section, reason)
    yield from _of_numbers(files, city)
    yield from _of_limits(files, city)
    yield from _of_routing(files, city)
    yield from _of_workflow(city)
    yield from _of_rights(city)
    yield from _of_words(city)
    yield from _of_skills(city)
    yield from _of_prompts(city)
    for one in calendar_faults(files.tables["calendar"], city.calendar):
        yield Fault("calendar", f"{one.field}: {one.reason}")
    walked = {*city.duty.values()} - city.organisation.duty_grids.keys()
    for name in sorted(walked):
        yield Fault("grids", f"there is no duty grid {name!r}")


def _of_numbers(files: CityFiles, city: City) -> Iterator[Fault]:
    for row in files.tables["form"].get("field", ()):
        if row.get("ahead", 1) == 0:
            yield Fault("form", f"{row['id']}: no day lies 0 days ahead")
    told = {
        "workflow": beyond(city.workflow, city.form),
        "form": beyond_in_form(city.form),
        "calendar": beyond_in_calendar(city.calendar),
    }
    for section, reasons in told.items():
        for reason in reasons:
            yield Fault(section, reason)


def _of_prompts(city: City) -> Iterator[Fault]:
    known = load_prompts(PROMPTS)
    for own in city.room.prompts:
        if own.id not in known.get(own.language, {}):
            yield Fault(SECTION, f"{own.name!r} is no prompt")


def _of_skills(city: City) -> Iterator[Fault]:
    known = {one.id for one in city.room.skills}
    for person in city.organisation.people.values():
        for skill in sorted(set(person.skills) - known):
            yield Fault(SECTION, f"{person.code} has the skill {skill!r}, which nobody waits for")


def _codes(files: CityFiles) -> frozenset[str]:
    read = files.catalogue
    return frozenset(row["code"] for row in (*read.matters, *read.components))


def _of_limits(files: CityFiles, city: City) -> Iterator[Fault]:
    codes = _codes(files)
    for stage in city.limits.stages.keys() - city.workflow.stages.keys():
        yield Fault("limits", f"{stage!r} is no stage of the workflow")
    for code in city.limits.conditions.keys() - codes:
        yield Fault("limits", f"{code!r} is no class of {files.catalogue.edition}")
    for row in files.tables["limits"].get("condition", ()):
        for name in sorted(set(row) - CONDITION):
            yield Fault("limits", f"{row['class']}.{row['key']}: {name!r} is nothing that it has")
    for rows in city.limits.conditions.values():
        for one in rows:
            yield from _of_variants(city, one)
    cells = [str(one["properties"]["code"]) for one in files.maps["grids"]["features"]]
    for area in city.limits.areas:
        for beginning in area.cells:
            if not any(code.startswith(beginning) for code in cells):
                yield Fault("limits", f"{area.id}: no cell's code begins with {beginning!r}")


def _of_variants(city: City, condition: Condition) -> Iterator[Fault]:
    asked = city.form.fields.get("urgency")
    known = {one.id for one in asked.options} if asked else set(URGENCIES)
    for at, one in enumerate(condition.variants, 1):
        if one.urgency is not None and one.urgency not in known:
            where = f"{condition.matter}.{condition.key}.variant.{at}"
            yield Fault("limits", f"{where}: {one.urgency!r} is not an urgency")


def _of_routing(files: CityFiles, city: City) -> Iterator[Fault]:
    codes = _codes(files)
    for rule in city.routing.rules:
        for beginning in rule.classes:
            if not any(code.startswith(beginning) for code in codes):
                yield Fault("routing", f"{rule.name}: no class begins with {beginning!r}")


def _of_workflow(city: City) -> Iterator[Fault]:
    for reason in misspelt(city.workflow, city.form):
        yield Fault("workflow", reason)
    known = city.organisation.centres.values()
    wanted = [one for one in city.form.fields.values() if one.suggest == "centre_first"]
    if wanted and not any(not one.above for one in known):
        yield Fault("organisation", f"{wanted[0].id} is of a centre, and there is none")


def _of_rights(city: City) -> Iterator[Fault]:
    named = {move.permission for move in city.workflow.moves}
    posts = city.organisation.posts.values()
    held = {one for post in posts for one in post.permissions}
    for permission in sorted(named - held - {MACHINE_MOVE}):
        yield Fault("posts", f"no post may {permission!r}, which the workflow asks for")
    for permission in sorted(held - named - OFFICE):
        yield Fault("posts", f"{permission!r} is asked for by nothing")
    for move in city.workflow.moves:
        for told in {one.post for one in move.notices if one.post} - city.organisation.posts.keys():
            yield Fault("workflow", f"{move.action} tells {told!r}, which is no post")
    for reason in given_together(city.workflow):
        yield Fault("workflow", reason)
    for form_field in city.form.fields.values():
        named = {one for option in form_field.options for one in option.posts}
        for lacking in sorted(named - city.organisation.posts.keys()):
            yield Fault("form", f"{form_field.id}: {lacking!r}, who may choose it, is no post")
        if form_field.post and form_field.post not in city.organisation.posts:
            yield Fault("form", f"{form_field.id}: {form_field.post!r}, whom it is of, is no post")
    for post in posts:
        office = sorted(set(post.permissions) & OFFICE) if post.reach == TOLD else []
        for one in office:
            yield Fault("posts", f"{post.id} is of nobody of the office, and has {one!r}")
        if pair := unseparated(post.permissions, city.organisation.apart):
            said = f"{post.id} has {pair[0]!r} and {pair[1]!r}: nobody judges their own work"
            yield Fault("posts", said)


def _of_words(city: City) -> Iterator[Fault]:
    wanted: Iterable[str] = {one.template for move in city.workflow.moves for one in move.notices}
    for template in sorted(wanted):
        missing = [language for language in LANGUAGES if not known(template, language)]
        if missing:
            yield Fault("workflow", f"the notice {template!r} has no words in {missing[0]}")
