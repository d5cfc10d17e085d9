"""Cases in memory: they walk by the workflow, show their cards and tell whom they concern."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.desks.authorization import check_may_see, may_see
from backend.desks.cards import card_of
from backend.desks.context import CityKnowledge
from backend.desks.inputs import fill_in, read_given
from hotline.card import CaseCard
from hotline.case.case import Case, Step, apply
from hotline.case.proof import PhotosHanded
from hotline.case.transition import (
    available_actions,
    notice_key,
    record_system_step,
    transition,
)
from hotline.case.workflow import CITIZEN, Move, NoticeRule
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.errors import Conflict, NotFound, Refused
from hotline.form.types import shown_value
from hotline.ids import new_id
from hotline.media import Attachment, MediaKind
from hotline.notice import AS_CARD, NoticeTask
from hotline.people import SYSTEM, Actor
from hotline.place.fix import Fix
from hotline.report import check_typed
from hotline.rights.posts import MACHINE
from tests.cities import demo_city
from tests.fakes.files import CONNECTOR, FakeFiles
from tests.fakes.outbox import FakeOutbox

Chat = tuple[Channel, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """A move that somebody wants to make."""

    action: str
    actor: Actor
    key: str
    version: int | None = None
    note: str = ""
    media: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    fix: Fix | None = None
    holders: frozenset[str] = frozenset()


@dataclass(slots=True)
class FakeCasework:
    """Cases with their steps, photos and citizens; `chats` says whose each bound chat is."""

    clock: Clock
    files: FakeFiles
    outbox: FakeOutbox
    known: CityKnowledge
    chats: Mapping[Chat, tuple[str, str]]
    cases: dict[str, Case] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    photos: dict[str, list[Attachment]] = field(default_factory=dict)
    contacts: dict[str, tuple[Channel, str, str]] = field(default_factory=dict)
    keys: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def find(self, number: str) -> Case:
        """Give a case; NotFound where there is none of that number."""
        if number not in self.cases:
            raise NotFound(f"there is no case {number}", code="no_case")
        return self.cases[number]

    def in_sight(self, number: str, actor: Actor) -> Case:
        """Give a case that somebody may see; any other is as good as none."""
        case = self.find(number)
        if not may_see(case, actor):
            raise NotFound("no such case for this person", code="no_case")
        return case

    def lying_with(self, actor: Actor) -> list[Case]:
        """Give the cases that somebody may lead on, most urgent first."""
        workflow, now = demo_city().workflow, self.clock.now()
        mine = [
            case
            for case in self.cases.values()
            if any(
                one.awaits or (one.leads and not one.aside)
                for one in available_actions(case, actor, workflow, now)
            )
        ]
        return sorted(mine, key=_urgency)

    def begin(self, case: Case, step: Step) -> None:
        """Put a new case on record."""
        self.cases[case.number], self.steps[case.number] = apply(None, step), [step]
        self.photos[case.number] = []
        self.link(case.number, step.media, MediaKind.PHOTO)

    def link(self, number: str, hashes: Collection[str], kind: MediaKind) -> None:
        """Let photos belong to a case."""
        self.photos[number] += [Attachment(one, kind, kind.mime) for one in hashes]
        self.files.link(number, hashes)

    def record(
        self, number: str, action: str, changes: Mapping[str, Any], media: tuple[str, ...] = ()
    ) -> None:
        """Let the system add a step."""
        now = self.clock.now()
        self._keep(
            *record_system_step(self.cases[number], action, SYSTEM, now, changes, media=media)
        )

    def move(self, number: str, wish: Wish) -> Case:
        """Make a move, once a key; checked in the backend's own order."""
        check_typed(note=wish.note)
        case, steps = self.find(number), self.steps[number]
        asked = (number, wish.action, wish.actor.person)
        if self.keys.get(wish.key) != asked:
            self.in_sight(number, wish.actor)
        if wish.key in self.keys:
            if self.keys[wish.key] != asked:
                raise Refused(f"key {wish.key!r} was used for another move", code="key_used")
            return case
        if wish.version is not None and self._has_moved(case, wish.version):
            raise Conflict(f"case {number} has moved on", code="case_moved")
        holders = {CONNECTOR, f"person:{wish.actor.person}", *wish.holders}
        photos = self.files.check_proof(wish.media, holders)
        rules = demo_city().rules(case.release)
        made = rules.workflow.find(wish.action, case.stage)
        given: dict[str, Any] = {}
        if made is not None:
            now = self.clock.now()
            read = read_given(self.known, case, rules, wish.given, now, wish.actor)
            given = fill_in(self.known, case, made, read, steps, now)
        moved, step = transition(
            case,
            wish.action,
            wish.actor,
            self.clock.now(),
            rules,
            note=wish.note,
            media=wish.media,
            given=given,
            steps=steps,
            proofs=PhotosHanded(photos, wish.fix, self.known.knowing.cell_of),
        )
        assert made is not None, "refused above"
        check_may_see(case, wish.actor)
        self.keys[wish.key] = asked
        self._keep(moved, step)
        self.link(number, wish.media, made.evidence)
        self._tell(case, moved, step, made)
        self.outbox.drop(number, wish.actor.person)
        return moved

    def _has_moved(self, case: Case, version: int) -> bool:
        since = [one for one in self.steps[case.number] if one.seq > version]
        if version == case.version:
            return False
        return not since or any(one.post != MACHINE for one in since)

    def _keep(self, case: Case, step: Step) -> None:
        self.cases[case.number] = case
        self.steps[case.number].append(step)

    def card(self, case: Case, actor: Actor) -> CaseCard:
        """Give the card of a case for somebody."""
        now, photos = self.clock.now(), tuple(self.photos[case.number])
        return card_of(self.known, case, actor, now, photos, self.steps[case.number])

    # --- whom a step concerns

    def _tell(self, before: Case, case: Case, step: Step, move: Move) -> None:
        form = demo_city().rules(case.release).form
        for rule in (one for one in move.notices if one.is_told(before, case, form)):
            lay_with = before if rule.former else case
            for channel, address, language, person in self._told(lay_with, rule):
                if channel in rule.channels and (person is None or person != step.person):
                    task = NoticeTask(
                        id=new_id(self.clock.now()),
                        key=notice_key(step, rule, channel, address),
                        channel=channel,
                        address=address,
                        template=rule.template,
                        language=language,
                        number=case.number,
                        stage=case.stage,
                        attempt=1,
                        values={**_fields(case, rule, language), "number": case.number}
                        | {"note": step.note}
                        | _asks(rule),
                        person=person,
                    )
                    self.outbox.add(task)

    def _told(self, case: Case, rule: NoticeRule) -> list[tuple[Channel, str, str, str | None]]:
        if rule.who == CITIZEN:
            contact = self.contacts[case.number]
            return [(*contact, None)] if contact[1] else []
        names = demo_city().organisation
        if rule.post:
            people = [one.code for one in names.people.values() if one.holds(rule.post)]
        else:
            people = []
            for one in case.having(rule.who):
                many = [him.code for him in names.handlers_of(one.org)]
                people += many or ([one.person] if one.person else [])
        return [
            (channel, address, language, person)
            for (channel, address), (person, language) in self.chats.items()
            if person in people
        ]


def _urgency(case: Case) -> tuple[bool, Any, Any]:
    due = case.stage_clock.due_at
    return due is None, due, case.id


def _fields(case: Case, rule: NoticeRule, language: str) -> dict[str, str]:
    form = demo_city().rules(case.release).form
    return {
        name: shown_value(form.fields[name], form.value_of(case, name), language)
        for name in rule.fields
    }


def _asks(rule: NoticeRule) -> dict[str, str]:
    return {AS_CARD: "yes"} if rule.card else {}
