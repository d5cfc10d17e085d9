"""The case page: everything about a case on one timeline, with the buttons of who looks at it."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from backend.desks import audit
from backend.desks.audit import What
from backend.desks.authorization import check_may, kinds_for, scope_of
from backend.desks.context import AppContext
from backend.desks.inputs import suggested_centres
from backend.desks.offers import among, offered
from backend.queries.asked_beside import asked_for_of, beside_clocks
from backend.queries.bound_cases import bound_cases, joined_calls
from backend.queries.case_kept import erased_of, hold_of
from backend.queries.case_records import (
    ActionButton,
    CaseDetail,
    MaskedContact,
    OpenedCase,
    Returned,
    SuggestedClass,
    SuggestedDepartment,
)
from backend.queries.case_rows import CaseExtras, fields_of
from backend.queries.case_timeline import NEWEST, CaseTimeline
from backend.queries.case_unnamed import without_others
from backend.queries.clock_account import accounts_of
from backend.queries.clock_records import CaseClocks
from backend.queries.names import department_name, matter_names, person_name, step_maker
from backend.store import casefile, cases, views
from backend.store.case_found import CaseFile
from backend.store.session import Transaction
from hotline.call import OF_SURVEYS
from hotline.case.case import Case, Suggestion, who_placed
from hotline.case.clocking import is_provisional
from hotline.case.limits import LIMIT_NAMES
from hotline.case.proof import asked_for
from hotline.case.returns import Return, passages_of, returners, returns_of
from hotline.case.transition import available_actions, undo_of
from hotline.case.workflow import Move, Rules
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.media import MediaKind
from hotline.people import Actor, masked
from hotline.place.point import Point
from hotline.report import Contact
from hotline.rights.permissions import CALLS, CONTACT, HEAR, UNMASK


async def detail(office: AppContext, number: str, actor: Actor, newest: int = NEWEST) -> OpenedCase:
    """Give a case as an actor may see it, with so many of the newest entries of its timeline.

    NotFound where they may not know of it.
    """
    await check_in_sight(office, number, actor)
    async with office.store.connect() as connection:
        file = await casefile.load(connection, number)
        file = await without_others(office, connection, file, actor)
    return shown(office, file, actor, newest)


async def clocks(office: AppContext, number: str, actor: Actor, language: str) -> CaseClocks:
    """Give how the clocks of a case were counted; NotFound where an actor may not know of it."""
    await check_in_sight(office, number, actor)
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
    rules = office.city.rules(case.release)
    return accounts_of(case, rules, language, office.city.organisation)


async def check_in_sight(office: AppContext, number: str, actor: Actor) -> None:
    """Raise NotFound where somebody may not know of a case."""
    async with office.store.connect() as connection:
        if not await views.is_in_scope(connection, scope_of(actor), number):
            raise NotFound(f"no case {number} for {actor.person}", code="no_case")


async def after_move(office: AppContext, moved: Case, actor: Actor) -> OpenedCase:
    """Give the case after somebody's own move, which may have taken it out of their sight."""
    async with office.store.connect() as connection:
        file = await casefile.of_case(connection, moved)
        file = await without_others(office, connection, file, actor)
    return shown(office, _until(file), actor)


def _until(file: CaseFile) -> CaseFile:
    """Give a file without what came after its case stood so: who lost sight of it hears no more."""
    steps = file.steps[: file.case.version]
    if len(steps) == len(file.steps):
        return file
    last = steps[-1].at
    return replace(
        file,
        steps=steps,
        media=[row for row in file.media if row["at"] <= last],
        marks=[row for row in file.marks if row["at"] <= last],
        transcripts=[row for row in file.transcripts if row["at"] <= last],
        notices=[row for row in file.notices if row["created_at"] <= last],
        joined=[],
        bound=[],
        held=[],
        erased=[row for row in file.erased if row["at"] <= last],
    )


async def last_mover(office: AppContext, number: str) -> str | None:
    """Give the name of who made the newest step of a case; None for a machine or a citizen."""
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        steps = await cases.steps_of(connection, case.id)
    return step_maker(office.city.organisation, steps[-1].person, steps[-1].post)


async def unmask(
    office: AppContext, number: str, actor: Actor, code: str = "", words: str = ""
) -> Contact:
    """Give a citizen's contact in the open, and write down who looked and why.

    The reason is one of the city's by its code, words of one's own, or both; Invalid for none.
    """
    check_may(actor, UNMASK)
    reason = office.city.privacy.reason_of(code, words)
    async with office.store.connect() as connection:
        # Where somebody may see a case by one post, another may let them unmask elsewhere only.
        for scope in (scope_of(actor), actor.rights.scope(UNMASK)):
            if not await views.is_in_scope(connection, scope, number):
                raise NotFound(f"no case {number} for {actor.person}", code="no_case")

    async def work(transaction: Transaction) -> Contact:
        case = await cases.load(transaction.connection, number)
        found = await casefile.first_contact(transaction.connection, case.id)
        if found is None or not found[1].address:
            raise NotFound(f"case {number} has no contact")
        await audit.record(
            transaction, What.CONTACT_OPENED, actor.person, case=case.id, reason=reason
        )
        return found[1]

    return await office.store.transaction(office.clock.now, work)


def shown(office: AppContext, file: CaseFile, actor: Actor, newest: int = NEWEST) -> OpenedCase:
    """Give the page of a case for an actor."""
    rules = office.city.rules(file.case.release)
    workflow = rules.workflow
    central = actor.rights.may(CONTACT)
    now = office.clock.now()
    may = available_actions(file.case, actor, workflow, now, file.steps)
    moves = offered(office.city, file.case, may)
    timeline = CaseTimeline(office, _opened(file, actor), central=central)
    entries, hidden = timeline.entries(newest)
    return OpenedCase(
        case=_case(office, file),
        bound=bound_cases(office, file, actor),
        callers=joined_calls(file, actor),
        contact=_contact(file) if central else None,
        buttons=[_button(file.case, move, rules) for move in moves],
        undo=undo_of(file.case, file.steps[-1], actor, workflow, moves),
        timeline=entries,
        hidden=hidden,
        hold=hold_of(office, file, actor),
        erased=erased_of(file, actor),
    )


def _opened(file: CaseFile, actor: Actor) -> CaseFile:
    """Give a file with nothing but what somebody may open: every entry is made of it."""
    kinds, may = kinds_for(actor), actor.rights.may
    surveys = [row if may(HEAR) else {**row, "comment": ""} for row in file.surveys]
    return replace(
        file,
        media=[row for row in file.media if row["kind"] in kinds],
        surveys=surveys if may(CALLS) else [],
        marks=[row for row in file.marks if may(CALLS) or row["mark"] not in OF_SURVEYS],
    )


def _button(case: Case, move: Move, rules: Rules) -> ActionButton:
    return ActionButton(
        action=move.action,
        needs=move.needs,
        takes=move.takes,
        evidence=move.evidence,
        photo_says=move.photo_says,
        proof=asked_for(case, move, rules.limits),
        direct=move.direct,
        aside=move.aside,
        final=move.to in rules.workflow.ends and move.undo is None,
        # Those in which a case must be that the move names in a field.
        stages=rules.workflow.stages_of(move.other.action)
        if move.other is not None and move.other.field
        else (),
    )


def _case(office: AppContext, file: CaseFile) -> CaseDetail:
    case = file.case
    known = office.city.pinned(case.release).limits.condition(case.matter, case.condition)
    photos = {row["sha256"] for row in file.media if row["kind"] != MediaKind.RECORDING}
    extras = CaseExtras(
        photos=len(photos),
        has_recording=any(row["kind"] == MediaKind.RECORDING for row in file.media),
        passages=passages_of(file.steps),
        placed_by=who_placed(file.steps),
    )
    return CaseDetail(
        **fields_of(office, case, extras),
        language=case.language,
        condition=case.condition,
        unsure=case.unsure,
        outside=_outside(office, file),
        due_provisional=is_provisional(case, office.city.rules(case.release)),
        suggestions=[_suggestion(office, one) for one in case.suggestions],
        returns=[_return(office, one) for one in returns_of(file.steps, office.city.known)],
        asked=asked_for_of(office, file),
        clocks=beside_clocks(office, file),
        joined=int(file.joined[0]["count"]) if file.joined else 0,
        limits=_limits(office, case),
        closing=known.closing if known else None,
        among=among(office.city, case),
        **_proposals(office, case, returners(file.steps, office.city.known)),
    )


def _limits(office: AppContext, case: Case) -> dict[str, str]:
    """The limits that count for what a case is and where, by kind of clock."""
    limits = office.city.pinned(case.release).limits
    asked = case.matter, case.condition, case.urgency, case.cell
    found = ((kind, limits.limit(kind, *asked)) for kind in LIMIT_NAMES)
    return {kind: one.text for kind, one in found if one is not None}


def _outside(office: AppContext, file: CaseFile) -> Point | None:
    """The position that was reported and lies outside the city, so that it is not the case's."""
    given = next((row for row in file.reports if row["lon"] is not None), None)
    if given is None or office.knowing.is_near(Point(given["lon"], given["lat"])):
        return None
    return Point(given["lon"], given["lat"])


def _return(office: AppContext, one: Return) -> Returned:
    return Returned(
        department=one.department,
        department_name=department_name(office.city.organisation, one.department),
        person_name=person_name(office.city.organisation, one.person),
        at=iso(one.at),
        note=one.note,
        reason=one.reason,
    )


def _suggestion(office: AppContext, one: Suggestion) -> SuggestedClass:
    known = matter_names(office.matters, one.code)
    return SuggestedClass(
        code=one.code,
        name=known["matter_name"] or one.code,
        name_en=known["matter_name_en"] or one.code,
        score=one.score,
        words=one.words,
    )


def _proposals(office: AppContext, case: Case, refused: Collection[str]) -> dict[str, Any]:
    """What the city's data would do next: a person sees it filled in and decides.

    A department that gave the case back is not proposed for it again.
    """
    matter = case.matter or (case.suggestions[0].code if case.suggestions else None)
    kept = office.city.pinned(case.release)
    conditions = kept.limits.conditions.get(matter or "", ())
    rule = kept.routing.route(matter, case.cell, refused)
    department = office.city.organisation.departments.get(rule.department or "")
    filled = {
        **suggested_centres(office, case),
        "duty_grid": office.city.suggested_collector(case.cell, office.clock.now()),
        "condition": conditions[0].key if conditions else None,
        "routing": department.code if department else None,
    }
    fields = kept.form.fields.values()
    return {
        "suggested": {one.id: value for one in fields if (value := filled.get(one.suggest))},
        "suggested_department": None
        if department is None
        else SuggestedDepartment(department.code, department.name, department.name_en, rule.name),
    }


def _contact(file: CaseFile) -> MaskedContact | None:
    known = next((row for row in file.reports if row["address"]), None)
    if known is None:
        return None
    name = (known["name"] or "").strip()
    return MaskedContact(
        channel=known["contact_channel"],
        address_masked=masked(known["address"]),
        name_masked=name[:1] + "*" * min(3, len(name) - 1) if name else "",
    )
