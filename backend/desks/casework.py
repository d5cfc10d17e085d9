"""Making a move on a case, whichever post and connector it comes from: one way for all of them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from backend.desks import linking, notices, splitting
from backend.desks import media as files
from backend.desks.authorization import check_may_see, may_see
from backend.desks.context import AppContext
from backend.desks.inputs import fill_in, read_given
from backend.desks.other_posts import instead
from backend.store import cases, outbox
from backend.store.drafts import keep_draft
from backend.store.jobs import Job
from backend.store.media import link_row
from backend.store.session import Transaction
from hotline.case.case import Case, Link, Step, replay
from hotline.case.proof import PhotosHanded
from hotline.case.touching import is_of_machine
from hotline.case.transition import transition
from hotline.case.workflow import CITIZEN, Move, Workflow
from hotline.channel import Channel
from hotline.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from hotline.job import ALONG_JOB
from hotline.media import MediaKind
from hotline.people import Actor, machine_for
from hotline.place.fix import Fix
from hotline.report import check_typed
from hotline.rights.posts import MACHINE
from hotline.wire import kept

log = logging.getLogger(__name__)

# Of which chat it is, by channel and address, and the plain data to be kept.
ChatDraft = tuple[Channel, str, Mapping[str, object]]


async def act(
    office: AppContext,
    number: str,
    action: str,
    actor: Actor,
    *,
    key: str,
    former: str = "",
    version: int | None = None,
    note: str = "",
    media: tuple[str, ...] = (),
    given: Mapping[str, object] | None = None,
    fix: Fix | None = None,
    connector: str | None = None,
    holders: frozenset[str] = frozenset(),
    in_sight: bool = False,
    draft: ChatDraft | None = None,
) -> Case:
    """Make a move as an actor; the same `key` is done once and answered again.

    A key counts for its case, action, person and note: Refused (key_used) for anything else. The
    `former` one is that by which the same move may have been kept by an earlier version.

    `media` are photos that the actor, the `connector` that speaks for them, or another of these
    `holders` has handed in, and that no step has used before; Invalid otherwise. `fix` is where
    they stand.

    With `version`, Conflict (code case_moved) when somebody moved the case in between; what the
    system added meanwhile, such as a transcript, stops nobody.

    What another post of theirs could do is Forbidden (other_post), with the name of that one.

    With `in_sight`, a case that the actor may not see is NotFound whatever is asked of it; their
    own move that took it away is answered again as it was answered then.

    `draft` is what is left to be kept of the chat once the move is made: both are, or neither.
    """
    check_typed(note=note)
    holders |= files.by_person(actor.person)
    if connector:
        holders |= files.by_connector(connector)
    spare = await office.numbers.next() if splitting.is_split(office, action) else ""
    request = _Request(
        *(number, action, actor, key, version, note, media, given or {}, fix, holders, in_sight),
        *(draft, spare, former),
    )
    try:
        return await office.store.transaction(office.clock.now, partial(_moved, office, request))
    except Forbidden as error:
        told = await instead(office, number, action, actor, error)
        if told is error:
            raise
        raise told from error


@dataclass(frozen=True, slots=True)
class _Request:
    """A move that somebody wants to make."""

    number: str
    action: str
    actor: Actor
    key: str
    version: int | None
    note: str
    media: tuple[str, ...]
    given: Mapping[str, object]
    fix: Fix | None
    holders: frozenset[str]
    in_sight: bool
    draft: ChatDraft | None
    spare: str
    former: str


async def _moved(office: AppContext, request: _Request, transaction: Transaction) -> Case:
    connection, now = transaction.connection, transaction.now
    locked = await linking.lock(
        *(office, connection, request.number, request.action, request.given, request.actor.at(now))
    )
    keys = request.key, request.former
    case, steps, used = await cases.load_for_move(connection, request.number, *keys)
    past = [step for step, _ in steps]
    made = next((step for step, key in steps if key and key in keys), None)
    # A post may have ended since the request came in.
    actor = request.actor.at(now)
    if request.in_sight and not may_see(case, actor):
        case = _as_left(made, past, request)
    if request.draft is not None:
        keep_draft(transaction, *request.draft)
    if made is not None or used is not None:
        return _again(made, case, request)
    if request.version is not None:
        _check_nobody_moved(case, past, request.version, office.city.known)
    photos = await files.check_proof(connection, request.media, request.holders)
    rules = office.city.rules(case.release)
    move = rules.workflow.find(request.action, case.stage)
    given: dict[str, object] = {}
    forms: tuple[str, ...] = ()
    if move is not None:
        read = read_given(office, case, rules, request.given, now, actor)
        forms = await files.check_fields(
            *(connection, rules.form, case, read, request.media, request.holders)
        )
        given = fill_in(office, case, move, read, past, now)
        if move.makes is not None:
            given[move.makes.number] = request.spare
    moved, step = transition(
        case,
        request.action,
        actor,
        now,
        rules,
        note=request.note,
        media=request.media,
        given=given,
        steps=past,
        proofs=PhotosHanded(photos, request.fix, office.knowing.cell_of),
        counts=locked.counts.get(request.number),
    )
    assert move is not None, "refused above"
    check_may_see(case, actor)
    await _write(office, transaction, case, moved, step, move, request.key)
    for sha256 in forms:
        # Whoever is to say yes to it may open it; no other move may hand it in again.
        key_of_link = f"{step.id}:{sha256}"
        row = link_row(case.id, sha256, MediaKind.PHOTO, key_of_link, now, proof=True)
        transaction.add("case_media", row)
    cases.add_move_key(transaction, request.key, case.id)
    if move.makes is not None:
        await splitting.split(office, transaction, case, actor, move.makes, given)
    for one in linking.touch(office, locked, case, step, move, actor):
        await _write(office, transaction, one.before, one.after, one.step, one.move, request.key)
    transaction.drop_notices(case.id, request.actor.person)
    return moved


async def move_by_timer(
    office: AppContext,
    transaction: Transaction,
    case: Case,
    timer: str,
    at: datetime,
    *,
    key: str,
) -> bool:
    """Let the machine make the move of a timer that is due at an instant; False: not possible."""
    rules = office.city.rules(case.release)
    rule = rules.workflow.timers[timer]
    move = rules.workflow.find(rule.action, case.stage)
    assert move is not None, "checked when the workflow was read"
    steps = await cases.steps_of(transaction.connection, case.id)
    try:
        given = fill_in(office, case, move, rule.given, steps, transaction.now)
        moved, step = transition(
            case,
            rule.action,
            machine_for(move.permission),
            transaction.now,
            rules,
            note=rule.note,
            given=given,
            steps=steps,
            fired={timer: at},
        )
    except (Refused, Forbidden, Invalid) as error:
        # Something stands against it now; the case shows where it stands all the same.
        log.info("timer %s of case %s: %s", timer, case.number, error)
        return False
    await _write(office, transaction, case, moved, step, move, key)
    cases.add_move_key(transaction, key, case.id)
    return True


async def end_along(office: AppContext, transaction: Transaction, job: Job, case: Case) -> None:
    """Let a case come to the end of the one with which it goes along, as its job says.

    One that goes its own way meanwhile, or whose leading case goes on, stays where it is. Its
    citizens are told what those of the other one were.
    """
    asked, rules = kept(ALONG_JOB, job.body), office.city.rules(case.release)
    move = next(
        (
            one
            for one in rules.workflow.moves
            if case.stage in one.source and Link(one.along, asked.leader) in case.links
        ),
        None,
    )
    leader = await cases.load(transaction.connection, asked.leader)
    if move is None or leader.stage not in office.city.ends:
        return
    ended = office.city.rules(leader.release).workflow.find(asked.action, asked.source)
    told = tuple(one for one in (ended.notices if ended else ()) if one.who == CITIZEN)
    moved, step = transition(
        *(case, move.action, machine_for(move.permission), transaction.now, rules),
        note=asked.note,
        other=leader,
    )
    await _write(office, transaction, case, moved, step, move, f"{job.queue}:{job.ref}")
    # The words name what the other one's end was: its reason is theirs.
    spoken = {name for rule in told for name in (*rule.fields, *dict(rule.when))}
    named = spoken & leader.fields.keys()
    as_told = replace(moved, fields={**moved.fields, **{one: leader.fields[one] for one in named}})
    move = replace(move, notices=told)
    for notice in await notices.of_step(office, transaction, case, as_told, step, move):
        outbox.add(transaction, notice)


def _check_nobody_moved(
    case: Case, steps: Sequence[Step], version: int, workflow: Workflow
) -> None:
    """Raise Conflict where a person has made a step since a version of the case.

    What another case's move has added to it, such as one more follower, stops nobody either.
    """
    if version == case.version:
        return
    since = [one for one in steps if one.seq > version]
    beside = {one.action for one in workflow.moves if is_of_machine(one.permission)}
    if not since or any(
        one.post != MACHINE and (one.action not in beside or "stage" in one.changes)
        for one in since
    ):
        raise Conflict(f"case {case.number} has moved on", code="case_moved")


def _as_left(made: Step | None, steps: Sequence[Step], request: _Request) -> Case:
    """Give the case as somebody's own move left it; NotFound where they made none by this key."""
    if made is None or not _is_of(made, request):
        raise NotFound(f"no case {request.number} for {request.actor.person}", code="no_case")
    return replay(one for one in steps if one.seq <= made.seq)


def _is_of(made: Step, request: _Request) -> bool:
    return (made.action, made.person) == (request.action, request.actor.person)


def _again(made: Step | None, case: Case, request: _Request) -> Case:
    """Give the case of a move that its key has made before; the key is good for nothing else.

    Without a step of this case it was made on another one.
    """
    # Whoever was not answered and has put their words otherwise hears that the first ones count.
    other_words = made is not None and bool(request.note) and made.note != request.note
    if made is None or not _is_of(made, request) or other_words:
        raise Refused(f"key {request.key[:100]!r} was used for another move", code="key_used")
    return case


async def _write(
    office: AppContext,
    transaction: Transaction,
    before: Case,
    case: Case,
    step: Step,
    move: Move,
    key: str,
) -> None:
    """Add a step with the files and the notices that go with it."""
    rules = office.city.rules(case.release)
    cases.add_step(transaction, before, case, step, rules, key=key)
    for sha256 in step.media:
        key_of_link = f"{step.id}:{sha256}"
        row = link_row(case.id, sha256, move.evidence, key_of_link, transaction.now, proof=True)
        transaction.add("case_media", row)
    await linking.end_members(office, transaction, before, case, step)
    for notice in await notices.of_step(office, transaction, before, case, step, move):
        outbox.add(transaction, notice)
