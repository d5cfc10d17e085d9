"""What the console needs to know of the city: stages, departments, people, classes."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Final

from backend.desks import binding
from backend.desks.authorization import scope_of, waiting_for
from backend.desks.binding import BoundChat
from backend.desks.context import AppContext, CityKnowledge
from backend.queries.case_columns import ShownColumn, shown_columns
from backend.store import chats, feed, neighbours
from backend.store import people as accounts
from hotline.case.case_clock import WHOLE_CLOCK
from hotline.case.closing import Closing, EvidenceAsked
from hotline.case.letters import letters_of
from hotline.case.limit import text_of
from hotline.case.limits import LIMIT_NAMES, SAFE_CLOCK, AreaClass, Condition
from hotline.case.workflow import ActionLabel, CountKind, Label, LinkKind, Stage
from hotline.channel import Channel
from hotline.city import City
from hotline.form.beside import PHOTO
from hotline.form.field import FormField, Option
from hotline.intake.result import URGENCIES, Urgency
from hotline.people import Actor
from hotline.pinyin import spelled
from hotline.report import MAX_WORDS, TYPED
from hotline.rights.areas import AreaName, beginnings_of
from hotline.rights.scopes import is_everything


@dataclass(frozen=True, slots=True)
class CityName:
    """The city: its names, its zone of time, the middle of its map, and whether that is made up."""

    name: str
    name_en: str
    zone: str
    center: tuple[float, float]
    synthetic: bool


@dataclass(frozen=True, slots=True)
class DepartmentName:
    """A department."""

    id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody of the staff, or a post, by their names."""

    id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ChosenPerson(Called):
    """Somebody who may be chosen for a field, and of which organisation they are."""

    department: str | None


@dataclass(frozen=True, slots=True)
class CollectorCells:
    """A collector, and the cells of the grid that they walk."""

    id: str
    name: str
    grids: list[str]


@dataclass(frozen=True, slots=True)
class ShownVariant:
    """Limits for an urgency, a class of areas, or both; None: any, and no limit of that kind."""

    urgency: str | None
    area: str | None
    limit: str | None
    safe: str | None
    whole: str | None


@dataclass(frozen=True, slots=True)
class FilingCondition:
    """What must hold for a class to be filed, and its limits such as 4wh; None: it has none.

    `limit` is to handle it, `safe` to make it safe first, `whole` of the whole case. Of `variants`
    the first counts that fits and has the limit that is asked for.
    """

    key: str
    name: str
    name_en: str
    limit: str
    safe: str | None
    whole: str | None
    variants: list[ShownVariant]
    closing: Closing | None


@dataclass(frozen=True, slots=True)
class MatterChoice:
    """A class; `words` is what it is found by: its names as said, spelled in letters, shortened."""

    code: str
    name: str
    name_en: str
    group: str
    group_name: str
    group_name_en: str
    words: list[str]
    conditions: list[FilingCondition]


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of the form, as a console asks for it and shows it.

    `people` are those who may be chosen, where it is `within` a role only those of the organisation
    that has it; organisations are chosen of a `kind`, `suggest` names what the office fills in
    where none is given. Other lists that the office has itself are named by `source`. Options
    that are `inner` are not for who looks: they are named, not offered.
    """

    id: str
    type: str
    name: str
    name_en: str
    options: tuple[Option, ...]
    source: str
    suggest: str
    min: float | None
    max: float | None
    decimals: int
    role: str
    inner: bool
    listed: bool
    until: str
    within: str
    kind: str
    once: bool
    anew: bool
    kept: bool
    ahead: int
    people: list[ChosenPerson]


@dataclass(frozen=True, slots=True)
class ShownWaiting:
    """Which cases wait for somebody: those in `stages`, and in the stages of `lying` those in which
    one of these tokens has a part (role:o:organisation, role:p:person). `asking` are the stages
    in which something was asked for that they may agree to or refuse."""

    stages: list[str]
    lying: dict[str, list[str]]
    asking: list[str]


@dataclass(frozen=True, slots=True)
class ShownArea:
    """A district, street or community; the codes of its cells begin with one of `beginnings`."""

    code: str
    kind: str
    name: str
    name_en: str
    beginnings: list[str]


@dataclass(frozen=True, slots=True)
class CityMeta:
    """The city as somebody's console knows it, and where the feed stands.

    `fields` is the form, behind it what only cases of earlier releases have; `stages`, `actions`,
    `roles`, `times`, `counts` and `links` are what the workflow speaks of. `waits` are the
    cases that wait for them, `direct` the moves that they make at one tap, `letters` press the
    buttons of moves, each its own wherever it stands, `spelled` are their names in pinyin, whole
    and by its beginnings; `everything` says
    whether they see all cases, `several` whether there is a move that they may make on several
    cases at once. A case's number has `number_digits`; of ended neighbours of a
    case those are told that came in within `near_days`. Of `area_classes` the first counts whose
    cells begin as one does, `whole` is the limit of a whole case that its condition has none for.
    `limits` are the most characters that may be typed, by field (`words`: those of a case put
    right), `rules` the English names of the routing rules by their names, `unmask_reasons` why a
    contact may be looked at, `columns` what a list of cases may have beside one another.
    """

    city: CityName
    stages: list[Stage]
    actions: list[ActionLabel]
    roles: list[Label]
    posts: list[Called]
    times: list[Label]
    counts: list[CountKind]
    links: list[LinkKind]
    fields: list[ShownField]
    departments: list[DepartmentName]
    centres: list[DepartmentName]
    collectors: list[CollectorCells]
    matters: list[MatterChoice]
    areas: list[ShownArea]
    area_classes: list[AreaClass]
    whole: str | None
    urgencies: tuple[Urgency, ...]
    channels: list[Channel]
    waits: ShownWaiting
    direct: list[str]
    letters: dict[str, str]
    spelled: dict[str, list[str]]
    everything: bool
    several: bool
    number_digits: int
    near_days: int
    limits: dict[str, int]
    rules: dict[str, str]
    feed: int
    calendar_provisional: list[int]
    password_least: int
    unmask_reasons: list[Called]
    columns: list[ShownColumn]


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Somebody of the staff, with the posts that they hold now, their account and their chats."""

    person: str
    name: str
    post: str
    posts: list[str]
    department: str | None
    username: str | None
    channels: list[BoundChat]


async def meta(office: AppContext, actor: Actor, password_least: int) -> CityMeta:
    """Give the city as somebody's console knows it, and where the feed stands now."""
    city = office.city
    async with office.store.connect() as connection:
        last = await feed.last(connection)
    return CityMeta(
        city=CityName(
            name=city.name,
            name_en=city.name_en,
            zone=city.zone.key,
            center=city.centre,
            synthetic=city.synthetic_map,
        ),
        stages=list(city.known.stages.values()),
        actions=list(city.known.actions.values()),
        roles=list(city.known.roles.values()),
        posts=[Called(one.id, one.name, one.name_en) for one in city.organisation.posts.values()],
        times=list(city.known.times.values()),
        counts=list(city.known.counts.values()),
        links=list(city.known.links.values()),
        fields=[_field(city, one, actor) for one in city.fields.values()],
        departments=[
            DepartmentName(one.code, one.name, one.name_en)
            for one in city.organisation.departments.values()
        ],
        centres=[
            DepartmentName(one.code, one.name, one.name_en)
            for one in city.organisation.centres.values()
        ],
        collectors=_collectors(office),
        matters=[_matter(office, code) for code in office.matters],
        areas=[_area(city, one) for one in city.area_names.values()],
        area_classes=list(city.limits.areas),
        whole=text_of(city.limits.whole),
        urgencies=URGENCIES,
        channels=list(Channel),
        waits=_waits(office, actor),
        direct=_direct(office, actor),
        letters=letters_of(city.known, city.organisation.posts.values()),
        spelled={one.id: list(spelled(one.name)) for one in city.known.actions.values()},
        everything=is_everything(scope_of(actor)),
        several=_several(office, actor),
        number_digits=city.number_length + 1,
        near_days=neighbours.LATELY.days,
        limits={**TYPED, "words": MAX_WORDS},
        rules={one.name: one.name_en for one in city.routing.rules},
        feed=last,
        calendar_provisional=sorted(city.calendar.provisional),
        password_least=password_least,
        unmask_reasons=[
            Called(one.id, one.name, one.name_en or one.name) for one in city.privacy.reasons
        ],
        columns=shown_columns(office),
    )


_SAME: Final = tuple(one.name for one in fields(ShownField) if one.name != "people")


def _field(city: City, field: FormField, actor: Actor) -> ShownField:
    people = city.people_for(field) if field.type == "person" else []
    same = {name: getattr(field, name) for name in _SAME}
    named = [ChosenPerson(one.code, one.name, one.name_en, one.department) for one in people]
    posts = actor.rights.posts
    options = tuple(replace(one, inner=not one.is_for(posts)) for one in field.options)
    return ShownField(**{**same, "options": options}, people=named)


def _area(city: City, one: AreaName) -> ShownArea:
    beginnings = list(beginnings_of(city.areas, (one.code,)))
    return ShownArea(one.code, one.kind, one.name, one.name_en, beginnings)


def _waits(office: CityKnowledge, actor: Actor) -> ShownWaiting:
    workflow = office.city.known
    waiting = waiting_for(workflow, actor)
    mine = {
        stage
        for one in workflow.moves
        if one.back and not one.aside and actor.rights.may(one.permission)
        for stage in one.source
    }
    return ShownWaiting(
        stages=[stage for stage in workflow.stages if stage in waiting.stages],
        lying={stage: sorted(tokens) for stage, tokens in waiting.lying},
        asking=[one for one in workflow.stages if one in mine],
    )


def _direct(office: AppContext, actor: Actor) -> list[str]:
    moves = office.city.workflow.moves
    mine = (one.action for one in moves if one.direct and actor.rights.may(one.permission))
    return list(dict.fromkeys(mine))


def _several(office: AppContext, actor: Actor) -> bool:
    """Whether there is a move that somebody may make on cases without a photo or a case of each."""
    return any(
        actor.rights.may(one.permission)
        and PHOTO not in one.needs
        and one.proof is EvidenceAsked.NONE
        and not (one.other and one.other.field)
        for one in office.city.known.moves
    )


async def people(office: AppContext, asking: Collection[str]) -> list[ListedPerson]:
    """Give everybody with their username and their chats, masked."""
    now = office.clock.now()
    async with office.store.connect() as connection:
        names = await accounts.usernames(connection)
        bound = await chats.chats_of(connection)
    return [
        ListedPerson(
            person=one.code,
            name=one.name,
            post=one.post,
            posts=[held.id for held in one.posts_at(now)],
            department=one.department,
            username=names.get(one.code),
            channels=[
                binding.shown(office, chat, asking) for chat in bound if chat.person == one.code
            ],
        )
        for one in office.city.organisation.people.values()
    ]


def _collectors(office: AppContext) -> list[CollectorCells]:
    cells: dict[str, list[str]] = {}
    for cell, duty_grid in office.city.duty.items():
        cells.setdefault(duty_grid, []).append(cell)
    return [
        CollectorCells(one.code, one.name, cells.get(one.duty_grid or "", []))
        for one in office.city.organisation.people.values()
        if one.duty_grid is not None
    ]


def _matter(office: AppContext, code: str) -> MatterChoice:
    one = office.matters[code]
    return MatterChoice(
        code=code,
        name=one.name,
        name_en=one.name_en,
        group=one.group_code,
        group_name=one.group_name,
        group_name_en=one.group_name_en,
        words=_words(one.name, *office.knowing.called(code)),
        conditions=[
            _condition(condition) for condition in office.city.limits.conditions.get(code, ())
        ],
    )


def _condition(one: Condition) -> FilingCondition:
    return FilingCondition(
        key=one.key,
        name=one.text,
        name_en=one.text_en,
        limit=one.limit.text,
        safe=text_of(one.limits.get(SAFE_CLOCK)),
        whole=text_of(one.limits.get(WHOLE_CLOCK)),
        variants=[
            ShownVariant(
                variant.urgency,
                variant.area,
                *(text_of(variant.limits.get(kind)) for kind in LIMIT_NAMES),
            )
            for variant in one.variants
        ],
        closing=one.closing,
    )


def _words(*names: str) -> list[str]:
    """Everything that a class is found by: its names as they are said, spelled and shortened."""
    return list(dict.fromkeys(word for name in names for word in (name.lower(), *spelled(name))))
