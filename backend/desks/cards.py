"""Cards: a case as a connector shows it to a post, with the moves and what they ask for."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from backend.desks.authorization import may_see, scope_of, waiting_for
from backend.desks.context import AppContext, CityKnowledge
from backend.desks.inputs import still_needed
from backend.desks.offers import offered
from backend.desks.other_posts import other_posts
from backend.desks.owner import owner_of
from backend.store import cases, drafts, media
from backend.store.session import Connection
from hotline.card import CardAction, CardChoice, CardFact, CardField, CaseCard
from hotline.case.case import HANDLER, Case, Step
from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.closing import Closing
from hotline.case.effects import StartClock
from hotline.case.guards import lies_with
from hotline.case.limits import SAFE_CLOCK
from hotline.case.returns import returners
from hotline.case.transition import available_actions
from hotline.case.workflow import Move, Rules
from hotline.channel import Channel
from hotline.contract import ChatOpened, OtherPost
from hotline.errors import NotFound
from hotline.form.field import OF_CASES, FormField
from hotline.form.form import HOT
from hotline.form.types import shown_value
from hotline.media import Attachment, MediaKind
from hotline.people import Actor
from hotline.rights.scopes import role_of
from hotline.words import say

_LANGUAGES: Final = ("zh_CN", "en")
# Several of a list may be named beside what a move needs.
_SEVERAL: Final = "organisations"
# By their tones: what is always shown, and what comes behind.
_FIRST, _LATER = "primary", "calm"


async def opened(
    office: AppContext, channel: Channel, address: str, actor: Actor | None, number: str
) -> ChatOpened:
    """Give what is kept of a chat, with the case that a message names as far as it may be seen."""
    async with office.store.connect() as connection:
        draft = await drafts.load_draft(connection, channel, address)
        seen, others = None, tuple[OtherPost, ...]()
        if actor is not None and number:
            others = await _others(office, connection, number, actor)
            with suppress(NotFound):  # what may not be seen looks like what is not there
                seen = await _card(office, connection, number, actor)
    owner = None if actor is None else owner_of(office, actor)
    return ChatOpened(draft, owner, seen, other_posts=others)


async def _others(
    office: AppContext, connection: Connection, number: str, actor: Actor
) -> tuple[OtherPost, ...]:
    """Give the other posts of somebody in which they have to do with a case."""
    person, now = office.city.organisation.people.get(actor.person), office.clock.now()
    if person is None or len(person.posts_at(now)) < 2:
        return ()
    try:
        case = await cases.load(connection, number)
    except NotFound:
        return ()
    steps = await cases.steps_of(connection, case.id)
    workflow = office.city.rules(case.release).workflow
    return tuple(other_posts(office.city.organisation, workflow, case, steps, actor, now))


async def tasks(office: AppContext, actor: Actor) -> list[CaseCard]:
    """Give the cases that lie with a person."""
    async with office.store.connect() as connection:
        waiting = waiting_for(office.city.known, actor)
        mine = await cases.lying_with(connection, scope_of(actor), waiting)
        return await _cards(office, connection, mine, actor)


async def card(office: AppContext, number: str, actor: Actor) -> CaseCard:
    """Give a case as a person may see it."""
    async with office.store.connect() as connection:
        return await _card(office, connection, number, actor)


async def after_act(office: AppContext, moved: Case, actor: Actor) -> CaseCard:
    """Give the card after somebody's move; without files where it has left their sight."""
    async with office.store.connect() as connection:
        (seen,) = await _cards(office, connection, [moved], actor)
    return seen if may_see(moved, actor) else replace(seen, photos=())


async def _card(office: AppContext, connection: Connection, number: str, actor: Actor) -> CaseCard:
    case = await cases.load(connection, number)
    if not may_see(case, actor):
        raise NotFound(f"there is no case {number} for {actor.person}", code="no_case")
    (seen,) = await _cards(office, connection, [case], actor)
    return seen


async def _cards(
    office: AppContext, connection: Connection, several: Sequence[Case], actor: Actor
) -> list[CaseCard]:
    now = office.clock.now()
    photos = await media.photos_of(connection, [case.id for case in several])
    steps = await cases.steps_of_all(connection, [case.id for case in several])
    return [
        card_of(office, case, actor, now, photos.get(case.id, ()), steps[case.id])
        for case in several
    ]


def card_of(
    office: CityKnowledge,
    case: Case,
    actor: Actor,
    now: datetime,
    photos: tuple[Attachment, ...],
    steps: Sequence[Step] = (),
) -> CaseCard:
    """Give the card of a case for somebody, by its steps; who gave it back is proposed last."""
    rules = office.city.rules(case.release)
    names = office.city.organisation
    matter = office.matters.get(case.matter or "")
    department = names.departments.get(case.org_of(HANDLER) or "")
    handler = names.people.get(case.person_of(HANDLER) or "")
    stage = rules.workflow.stages[case.stage]
    refused = returners(steps, office.city.known)
    moves = offered(office.city, case, available_actions(case, actor, rules.workflow, now, steps))
    actions = {one.action: _action(office, case, rules, one, now) for one in moves}
    closing = _closing(case, rules, moves)
    asked = dict.fromkeys(name for one in moves for name in (*one.needs, *one.takes))
    after = {name: before for one in moves for name, before in _timed_by(rules, one).items()}
    return CaseCard(
        number=case.number,
        stage=case.stage,
        stage_name=stage.name,
        stage_name_en=stage.name_en,
        version=case.version,
        text=case.text,
        place_text=case.place_text,
        received_at=_time(case.received_at) or "",
        stage_since=_time(case.stage_clock.started),
        urgency=case.urgency,
        matter=case.matter,
        matter_name=matter.name if matter else "",
        matter_name_en=matter.name_en if matter else "",
        cell=case.cell,
        point=case.point,
        due=_time(_due(case, actor)),
        light=case.light,
        department=department.code if department else None,
        department_name=department.name if department else "",
        department_name_en=department.name_en if department else "",
        handler_name=handler.name if handler else "",
        facts=(*_asked(office, case, rules, steps), *_clocks(office, case), *_facts(case, rules)),
        photos=photos,
        closing=closing.text if closing else "",
        closing_en=closing.text_en if closing else "",
        actions=actions,
        asks={
            name: _field(office, case, rules.form.fields[name], refused, actor, after.get(name, ""))
            for name in asked
            if name in rules.form.fields
        },
    )


def _closing(case: Case, rules: Rules, moves: Sequence[Move]) -> Closing | None:
    """What must be seen before a case is closed, for who may now say that it is done or good."""
    shown = (MediaKind.PHOTO_DONE, MediaKind.PHOTO_CHECK)
    if not any(one.evidence in shown for one in moves):
        return None
    known = rules.limits.condition(case.matter, case.condition)
    return known.closing if known else None


def _action(
    office: CityKnowledge, case: Case, rules: Rules, move: Move, now: datetime
) -> CardAction:
    named = rules.workflow.actions[move.action]
    return CardAction(
        id=move.action,
        name=named.short or named.name,
        name_en=named.short_en or named.name_en,
        mark=named.mark,
        needs=still_needed(office, case, move, now),
        evidence=None if move.evidence is MediaKind.PHOTO else move.evidence,
        offers=_offers(rules, move),
        hidden=not named.in_chats,
        main=named.tone == _FIRST or (named.tone != _LATER and not move.aside),
        leads=move.awaits or (move.leads and not move.aside),
    )


def _offers(rules: Rules, move: Move) -> tuple[str, ...]:
    """Give what a chat asks for though it may be left out: who else, and how long they have."""
    several = [name for name in move.takes if rules.form.fields[name].type == _SEVERAL]
    behind = _timed_by(rules, move)
    return tuple(name for name in move.takes if name in several or behind.get(name) in several)


def _timed_by(rules: Rules, move: Move) -> dict[str, str]:
    """Give the fields that say how long those have who are given in another one, with that one."""
    inputs = [
        rules.form.fields[one] for one in (*move.needs, *move.takes) if one in rules.form.fields
    ]
    timed = [one for one in move.effects if isinstance(one, StartClock) and one.role and one.field]
    return {clock.field: one.id for clock in timed for one in inputs if one.role == clock.role}


def _field(
    office: CityKnowledge,
    case: Case,
    field: FormField,
    refused: Collection[str],
    actor: Actor,
    after: str,
) -> CardField:
    choices = tuple(_choices(office, case, field, refused, actor))
    return CardField(field.type, field.name, field.name_en, field.source, choices, after)


def _choices(
    office: CityKnowledge, case: Case, field: FormField, refused: Collection[str], actor: Actor
) -> Iterable[CardChoice]:
    match field.type:
        case "person":
            for person in office.city.people_within(field, case):
                yield CardChoice(person.code, person.name, person.name_en)
        case "organisation" | "organisations":
            # The one that routing names comes first.
            first = (
                office.city.pinned(case.release)
                .routing.route(case.matter, case.cell, refused)
                .department
            )
            departments = office.city.orgs_within(field, case).values()
            for one in sorted(departments, key=lambda one: one.code != first):
                yield CardChoice(one.code, one.name, one.name_en)
        case "choice" | "tree_choice":
            parents = {one.parent for one in field.options}
            for option in field.options:
                if option.id not in parents and option.is_for(actor.rights.posts):
                    yield CardChoice(option.id, option.name, option.name_en)


def _facts(case: Case, rules: Rules) -> Iterable[CardFact]:
    for name, several in case.counts.items():
        if (count := rules.workflow.counts.get(name)) and several:
            times = (say("task.times", language, count=several) for language in _LANGUAGES)
            yield CardFact(count.name, count.name_en, *times)
    for name, value in case.fields.items():
        field = rules.form.fields.get(name)
        if field is None or name in HOT or field.inner or field.type in OF_CASES:
            continue  # who sees the one case may not know of the others
        words = (shown_value(field, value, language) for language in _LANGUAGES)
        yield CardFact(field.name, field.name_en, *words)


def _due(case: Case, actor: Actor) -> datetime | None:
    """Give when somebody must be done: by a clock of their own, that for handling, or the stage's.

    Who handles a case has no more time while somebody else decides on what they asked for.
    """
    own = [one for one in case.clocks if one[len(role_of(one)) + 1 :] in actor.orgs]
    if any(lies_with(one, actor) for one in case.having(HANDLER)):
        own.append(HANDLING_CLOCK)
    running = (case.clocks[one] for one in own if one in case.clocks)
    found = (one.due_at for one in running if one.due_at is not None and one.stopped is None)
    return next(found, case.stage_clock.due_at)


def _clocks(office: CityKnowledge, case: Case) -> Iterable[CardFact]:
    """Say until when a case must be made safe, while that clock runs."""
    clock = case.clocks.get(SAFE_CLOCK)
    if clock is None or clock.due_at is None or clock.stopped is not None:
        return
    at = f"{clock.due_at.astimezone(office.city.zone):%m-%d %H:%M}"
    name, name_en = (say(f"clock.{SAFE_CLOCK}", one) for one in _LANGUAGES)
    yield CardFact(name, name_en, at, at)


def _asked(
    office: CityKnowledge, case: Case, rules: Rules, steps: Sequence[Step]
) -> Iterable[CardFact]:
    """Say who asked for what a case waits for, and why."""
    if case.stage not in rules.workflow.asking:
        return
    made = next((one for one in reversed(steps) if one.changes.get("stage") == case.stage), None)
    label = rules.workflow.actions.get(made.action) if made is not None else None
    if made is None or label is None:
        return
    chinese, english = office.city.organisation.names.get(made.person, (made.person,) * 2)
    why, why_en = (f"：{made.note}", f": {made.note}") if made.note else ("", "")
    yield CardFact(label.name, label.name_en, f"{chinese}{why}", f"{english}{why_en}")


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
