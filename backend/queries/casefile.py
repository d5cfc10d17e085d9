"""The case page: everything about a case on one timeline, with the buttons of who looks at it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from backend.desks import audit
from backend.desks.audit import What
from backend.desks.authorization import check_may, kinds_for, scope_of
from backend.desks.context import AppContext
from backend.queries.case_records import (
    ActionButton,
    CallEntry,
    CaseDetail,
    MaskedContact,
    MediaRef,
    OpenedCase,
    Returned,
    ShownMark,
    ShownTranscript,
    SuggestedClass,
    SuggestedDepartment,
    TimelineEntry,
)
from backend.queries.case_rows import CaseExtras, fields_of
from backend.queries.clock_account import accounts_of
from backend.queries.clock_records import CaseClocks
from backend.queries.names import department_name, matter_names, person_name, step_maker
from backend.queries.notice_rows import notice_of
from backend.store import casefile, cases, views
from backend.store.casefile import CaseFile
from backend.store.session import Transaction
from hotline.call import CallEventType, seconds_between
from hotline.case.case import Case, Step, Suggestion, who_placed
from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.clocking import is_provisional
from hotline.case.returns import Return, passages_of, returners, returns_of
from hotline.case.transition import REGISTER, available_actions, undo_of
from hotline.case.workflow import Move, Workflow
from hotline.channel import Channel
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.form.form import HOT
from hotline.media import MediaKind
from hotline.people import Actor, masked
from hotline.place.point import Point
from hotline.report import Contact
from hotline.rights.permissions import CONTACT, UNMASK
from hotline.wire import plain

CHATS: Final = (Channel.TELEGRAM, Channel.TERMINAL, Channel.CONSOLE)
KINDS: Final = ("call", "chat", "step", "notice")
# What a step changes of its case that people read, beside the fields of the form.
_SHOWN: Final = ("stage", "light", *HOT)


async def detail(office: AppContext, number: str, actor: Actor) -> OpenedCase:
    """Give a whole case as an actor may see it; NotFound where they may not know of it."""
    await check_in_sight(office, number, actor)
    async with office.store.connect() as connection:
        file = await casefile.load(connection, number)
    return shown(office, file, actor)


async def clocks(office: AppContext, number: str, actor: Actor, language: str) -> CaseClocks:
    """Give how the clocks of a case were counted; NotFound where an actor may not know of it."""
    await check_in_sight(office, number, actor)
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
    return accounts_of(case, office.city.rules(case.release), language)


async def check_in_sight(office: AppContext, number: str, actor: Actor) -> None:
    """Raise NotFound where somebody may not know of a case."""
    async with office.store.connect() as connection:
        if not await views.is_in_scope(connection, scope_of(actor), number):
            raise NotFound(f"no case {number} for {actor.person}", code="no_case")


async def after_move(office: AppContext, moved: Case, actor: Actor) -> OpenedCase:
    """Give the case after somebody's own move, which may have taken it out of their sight."""
    async with office.store.connect() as connection:
        file = await casefile.of_case(connection, moved)
    return shown(office, file, actor)


async def last_mover(office: AppContext, number: str) -> str | None:
    """Give the name of who made the newest step of a case; None for a machine or a citizen."""
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        steps = await cases.steps_of(connection, case.id)
    return step_maker(office.city.organisation, steps[-1].person, steps[-1].post)


async def unmask(office: AppContext, number: str, actor: Actor) -> Contact:
    """Give a citizen's contact in the open, and write down who looked."""
    check_may(actor, UNMASK)
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
        await audit.record(transaction, What.CONTACT_OPENED, actor.person, case=case.id)
        return found[1]

    return await office.store.transaction(office.clock.now, work)


def shown(office: AppContext, file: CaseFile, actor: Actor) -> OpenedCase:
    """Give the page of a case for an actor."""
    workflow = office.city.rules(file.case.release).workflow
    central = actor.rights.may(CONTACT)
    now = office.clock.now()
    moves = available_actions(file.case, actor, workflow, now, file.steps)
    return OpenedCase(
        case=_case(office, file),
        contact=_contact(file) if central else None,
        buttons=[_button(move, workflow) for move in moves],
        undo=undo_of(file.case, file.steps, actor, workflow, now),
        timeline=_timeline(office, _opened(file, actor), central=central),
    )


def _opened(file: CaseFile, actor: Actor) -> CaseFile:
    """Give a file with no media but what somebody may open: every entry is made of it."""
    kinds = kinds_for(actor)
    return replace(file, media=[row for row in file.media if row["kind"] in kinds])


def _button(move: Move, workflow: Workflow) -> ActionButton:
    return ActionButton(
        action=move.action,
        needs=move.needs,
        takes=move.takes,
        evidence=move.evidence,
        direct=move.direct,
        final=move.to in workflow.ends,
    )


def _case(office: AppContext, file: CaseFile) -> CaseDetail:
    case = file.case
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
        returns=[_return(office, one) for one in returns_of(file.steps)],
        joined=file.joined,
        **_proposals(office, case, returners(file.steps)),
    )


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
        "duty_grid": office.city.suggested_collector(case.cell),
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


def _timeline(office: AppContext, file: CaseFile, *, central: bool) -> list[TimelineEntry]:
    # One photo may be evidence of several steps; each link's key begins with its step.
    files = {row["sha256"]: row for row in reversed(file.media)}
    files |= {row["key"]: row for row in file.media}
    typed = file.steps[0].action == REGISTER  # its words stand in the step itself
    chatted = [row for row in file.reports if row["channel"] in CHATS and not typed]
    entries = [_step(office, step, files, bare=bool(chatted)) for step in file.steps]
    if not file.calls:
        entries[0].media.extend(_file(row) for row in _unplaced(file))
    entries += [_chat(row, file, files) for row in chatted]
    entries += [_call(row, file, central=central) for row in file.calls]
    entries += [
        TimelineEntry(
            id=str(row["id"]),
            at=iso(row["settled_at"] or row["created_at"]),
            kind="notice",
            notice=notice_of(office.city.organisation, row),
        )
        for row in file.notices
        if central or row["person"] is not None
    ]
    # What was told comes before what was made of it; steps of one instant keep their order.
    return sorted(entries, key=lambda entry: (entry.at, KINDS.index(entry.kind)))


def _step(
    office: AppContext, step: Step, files: Mapping[str, Mapping[str, Any]], *, bare: bool
) -> TimelineEntry:
    """A step; the first one of a chat's report leaves the photos to the chat's own entry."""
    first = step.seq == 1
    shown = {name: step.changes[name] for name in _SHOWN if name in step.changes}
    shown |= step.changes.get("fields", {}) | _given_to(office, step) | _counted(step)
    kept = {
        name: value
        for name, value in plain(shown).items()
        if not (first and value in (None, "", 0, ()))
    }
    return TimelineEntry(
        id=str(step.id),
        at=iso(step.at),
        kind="step",
        action=step.action,
        post=step.post,
        person_name=step_maker(office.city.organisation, step.person, step.post),
        note=step.note,
        changes={name: [value] for name, value in kept.items()},
        media=[] if first and bare else _files(step, files),
    )


def _given_to(office: AppContext, step: Step) -> dict[str, str | None]:
    """Whom a step gives a part in the case, by role: a person or an organisation, by its name."""
    organisation, given = office.city.organisation, dict[str, str | None]()
    for role, patch in step.changes.get("assignments", {}).items():
        told = patch or {}
        person = person_name(organisation, told.get("person"))
        given[role] = person or department_name(organisation, told.get("org"))
    return given


def _counted(step: Step) -> dict[str, Any]:
    due = step.changes.get("clocks", {}).get(HANDLING_CLOCK, {})
    told = {"due": iso(due["due_at"])} if due and "due_at" in due else {}
    return {**step.changes.get("counts", {}), **told}


def _unplaced(file: CaseFile) -> list[Mapping[str, Any]]:
    """Recordings that no step names; a call that is not on record yet cannot show its own."""
    named = {sha256 for step in file.steps for sha256 in step.media}
    spoken = [row for row in file.media if row["kind"] == MediaKind.RECORDING]
    return [row for row in spoken if row["sha256"] not in named]


def _files(step: Step, files: Mapping[str, Mapping[str, Any]]) -> list[MediaRef]:
    links = (files.get(f"{step.id}:{one}", files.get(one)) for one in step.media)
    return [_file(link) for link in links if link is not None]


def _file(link: Mapping[str, Any]) -> MediaRef:
    return MediaRef(link["sha256"], link["kind"], link["mime"])


def _chat(
    row: Mapping[str, Any], file: CaseFile, files: Mapping[str, Mapping[str, Any]]
) -> TimelineEntry:
    return TimelineEntry(
        id=str(row["id"]),
        at=iso(row["said_at"]),
        kind="chat",
        post=file.steps[0].post,
        note=row["text"],
        media=_files(file.steps[0], files),
    )


def _call(row: Mapping[str, Any], file: CaseFile, *, central: bool) -> TimelineEntry:
    marks = [ShownMark(m["mark"], iso(m["at"]), m["value"]) for m in file.marks]
    ended = next((m["at"] for m in file.marks if m["mark"] == CallEventType.ENDED), None)
    recording = next((f for f in file.media if f["kind"] == MediaKind.RECORDING), None)
    return TimelineEntry(
        id=str(row["id"]),
        at=iso(row["started_at"]),
        kind="call",
        media=[_file(recording)] if recording is not None else [],
        call=CallEntry(
            key=row["key"],
            caller_masked=masked(row["address"] or "") if central else "",
            started_at=iso(row["started_at"]),
            ended_at=iso(ended),
            seconds=seconds_between(row["started_at"], ended),
            recording=recording["sha256"] if recording is not None else None,
            transcript=_transcript(file) if central else None,
            given_up=file.given_up if central else None,
            marks=marks if central else [],
        ),
    )


def _transcript(file: CaseFile) -> ShownTranscript | None:
    if not file.transcripts:
        return None
    heard, case = file.transcripts[-1], file.case
    same = heard["text"].split() == case.text.split()
    return ShownTranscript(
        text=heard["text"],
        raw=heard["raw"],
        engine=heard["engine"],
        confidence=heard["confidence"],
        confirmed=case.text_confirmed and same,
        corrected=case.text_confirmed and not same,
    )
