"""The backend in memory, as a connector's client sees it; cases walk by the real workflow."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from backend.client import BackendClient, Chat
from hotline.brief import CaseBrief
from hotline.card import CaseCard, ClassSeen, PlaceSeen, Understood
from hotline.case.case import Case, Step, apply
from hotline.case.workflow import (
    Move,
    available_actions,
    first_step,
    missing,
    notice_key,
    record_system_step,
    transition,
)
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.contract import ChatOpened, PhotoTaken
from hotline.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Unavailable
from hotline.health import Beat, Ref
from hotline.ids import new_id
from hotline.media import Attachment, MediaKind
from hotline.notice import NoticeTask, Outcome, Settled
from hotline.number import make_number
from hotline.people import SYSTEM, Actor, Post
from hotline.place.point import Point
from hotline.report import NewReport, Receipt
from tests import cities

CLASSES = (
    ClassSeen("01001", "供水井盖", "Water supply cover", 0.8, ("井盖",)),
    ClassSeen("01002", "污水井盖", "Sewer cover", 0.5, ("井盖",)),
    ClassSeen("02001", "公共厕所", "Public toilet", 0.1),
)
EVIDENCE = {
    "verify_true": MediaKind.PHOTO_VERIFY,
    "report_done": MediaKind.PHOTO_DONE,
    "pass_check": MediaKind.PHOTO_CHECK,
    "fail_check": MediaKind.PHOTO_CHECK,
}
# What the city would add to a move by itself.
KNOWN = {"collector": "collector01", "condition": "1"}
MAGIC = (b"\xff\xd8\xff", b"\x89PNG")


@dataclass(slots=True)
class Waiting:
    """A notice in the outbox."""

    task: NoticeTask
    state: str = "waiting"
    settled: list[Settled] = field(default_factory=list)


class FakeBackend(BackendClient):
    """Everything a message connector asks for. `down` makes every request Unavailable.

    `lose_answers` does the next acts and submits, but loses their answers on the way back.
    """

    def __init__(self, clock: Clock):
        super().__init__("http://fake", "token")
        self.clock = clock
        self.rules = cities.rules()
        self.down = False
        self.full = False
        self.lose_answers = 0
        self.reports: dict[tuple[Channel, str], tuple[NewReport, Receipt]] = {}
        self.cases: dict[str, Case] = {}
        self.steps: dict[str, list[Step]] = {}
        self.photos: dict[str, list[Attachment]] = {}
        self.contacts: dict[str, tuple[Channel, str, str]] = {}
        self.files: dict[str, bytes] = {}
        self.drafts: dict[tuple[Channel, str], dict[str, Any]] = {}
        self.chats: dict[tuple[Channel, str], tuple[str, str]] = {}
        self.codes: dict[str, str] = {}
        self.keys: set[str] = set()
        self.outbox: list[Waiting] = []
        self.wakes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.hint: Point | None = None
        self.seen = Understood(CLASSES, None, "normal", in_scope=True, unsure=False)

    def _up(self) -> None:
        if self.down:
            raise Unavailable("the backend is down", retry_after=1)

    def _lost(self) -> None:
        if self.lose_answers:
            self.lose_answers -= 1
            raise Unavailable("the answer was lost")

    # --- reports and files

    async def submit(self, report: NewReport) -> Receipt:
        self._up()
        known = self.reports.get((report.channel, report.key))
        if known is not None:
            return replace(known[1], fresh=False)
        if self.full:
            raise Refused("20 reports since midnight", code="day_limit")
        if "\x00" in report.text:
            raise Invalid("text", "holds what cannot be kept")
        now = self.clock.now()
        sender = self.actor(report.contact.channel, report.contact.address)
        collector = sender if sender and report.reporter == sender.person else None
        number = make_number(len(self.cases) + 20)
        case = Case(
            id=new_id(now),
            number=number,
            stage=self.rules.workflow.start,
            version=1,
            channel=report.channel,
            language=report.language,
            received_at=now,
            workflow=self.rules.workflow.version,
            text=report.text,
            place_text=report.place_text,
            point=report.point,
            matter="01001",
            condition="1",
            cell="330299001001001",
            reporter=collector.person if collector else None,
        )
        step = first_step(case, Actor("citizen", Post.CITIZEN), now, self.rules, report.media)
        self.cases[number], self.steps[number] = apply(None, step), [step]
        kept = [Attachment(one, MediaKind.PHOTO, "image/jpeg") for one in report.media]
        self.photos[number] = kept
        contact = report.contact
        self.contacts[number] = (contact.channel, contact.address, contact.language)
        receipt = Receipt(case.id, number, fresh=True, stage=case.stage)
        self.reports[report.channel, report.key] = (report, receipt)
        self._lost()
        return receipt

    async def newest_case(
        self, channel: Channel, address: str, number: str = ""
    ) -> CaseBrief | None:
        self._up()
        mine = [n for n, contact in self.contacts.items() if contact[:2] == (channel, address)]
        mine = [n for n in mine if number in ("", n)]
        if not mine:
            return None
        case = self.cases[mine[-1]]
        department = cities.organisation().departments.get(case.department or "")
        return CaseBrief(
            case.number,
            case.stage,
            case.received_at,
            department.name if department else None,
            case.due,
            case.call,
            department.name_en if department else None,
        )

    async def upload_bytes(self, body: bytes, kind: str) -> Attachment:
        self._up()
        if not body.startswith(MAGIC):
            raise Invalid("media", "not a photo that can be read", code="bad_media")
        sha256 = hashlib.sha256(body).hexdigest()
        self.files[sha256] = body
        return Attachment(sha256, MediaKind(kind), "image/jpeg", hint=self.hint)

    async def attach(
        self,
        number: str,
        sha256: str,
        kind: str,
        key: str,
        *,
        chat: tuple[Channel, str] | None = None,
    ) -> None:
        self._up()
        if key not in self.keys:
            self.keys.add(key)
            self.photos[number].append(Attachment(sha256, MediaKind(kind), "image/jpeg"))

    async def media(self, sha256: str) -> bytes:
        self._up()
        if sha256 not in self.files:
            raise NotFound("no such file")
        return self.files[sha256]

    async def understand(self, text: str, point: Point | None) -> Understood:
        self._up()
        place = self.seen.place
        if point is not None:
            place = PlaceSeen("中山东路1号", "330299001001001", point)
        elif "中山东路" in text:
            place = PlaceSeen("中山东路", None, None)
        return replace(self.seen, place=place)

    # --- chats and posts

    async def open_chat(
        self, chat: Chat, number: str = "", photos: Sequence[bytes] = ()
    ) -> ChatOpened:
        self._up()
        taken = []
        for body in photos:
            try:
                taken.append(PhotoTaken(await self.upload_bytes(body, MediaKind.PHOTO)))
            except Invalid as error:
                taken.append(PhotoTaken(None, error.code))
        actor, seen = self.actor(*chat), None
        if actor is not None and number:
            with suppress(NotFound):
                seen = await self.card(number, chat)
        return ChatOpened(self.drafts.get(chat), actor, seen, tuple(taken))

    async def save_draft(self, chat: Chat, draft: Mapping[str, Any]) -> None:
        self._up()
        # What is kept goes through JSON: tuples come back as lists, records as dicts.
        self.drafts[chat] = as_json(draft)

    async def beat(self, beat: Beat) -> list[Ref]:
        self._up()
        return []

    async def bind(self, code: str, channel: Channel, address: str, language: str) -> Actor:
        self._up()
        if code not in self.codes:
            raise Invalid("code", "unknown, used or too old", code="bad_code")
        person = self.codes.pop(code)
        self.chats[channel, address] = (person, language)
        return cities.organisation().person(person).actor()

    def actor(self, channel: Channel, address: str) -> Actor | None:
        """Who a chat belongs to."""
        people = cities.organisation()
        if channel is Channel.TERMINAL:
            name = address.removeprefix("terminal:")
            if name in people.people:
                return people.person(name).actor()
            first = people.first_of(Post(name)) if name in set(Post) else None
            return first.actor() if first else None
        found = self.chats.get((channel, address))
        return people.person(found[0]).actor() if found else None

    async def _bound(self, chat: Chat) -> Actor:
        actor = self.actor(*chat)
        if actor is None:
            raise Forbidden("the chat belongs to no post", code="not_bound")
        return actor

    async def tasks(self, chat: Chat) -> list[CaseCard]:
        actor = await self._bound(chat)
        cards = [self.card_for(case, actor) for case in self.cases.values()]
        return [card for card in cards if set(card.buttons) - {"note", "correct", "void"}]

    async def card(self, number: str, chat: Chat) -> CaseCard:
        actor = await self._bound(chat)
        case = self.cases.get(number)
        if case is None or not _sees(case, actor):
            raise NotFound("no such case for this person", code="no_case")
        return self.card_for(case, actor)

    async def act(
        self,
        number: str,
        action: str,
        chat: Chat,
        *,
        key: str,
        version: int | None = None,
        note: str = "",
        media: tuple[str, ...] = (),
        given: Mapping[str, Any] | None = None,
        draft: Mapping[str, Any] | None = None,
    ) -> CaseCard:
        actor = await self._bound(chat)
        moved = self.move(
            number, action, actor, key=key, version=version, note=note, media=media, given=given
        )
        if draft is not None:
            self.drafts[chat] = as_json(draft)
        self._lost()
        return moved

    def move(
        self,
        number: str,
        action: str,
        actor: Actor,
        *,
        key: str,
        version: int | None = None,
        note: str = "",
        media: tuple[str, ...] = (),
        given: Mapping[str, Any] | None = None,
    ) -> CaseCard:
        """Make a move as somebody, at whatever connector."""
        case = self.cases[number]
        if key in self.keys:
            return self.card_for(case, actor)
        if version is not None and version != case.version:
            raise Conflict("moved", code="case_moved")
        moved, step = transition(
            case,
            action,
            actor,
            self.clock.now(),
            self.rules,
            note=note,
            media=media,
            given=self._filled(case, action, given or {}),
            steps=self.steps[number],
        )
        self.keys.add(key)
        self._keep(moved, step)
        kind = EVIDENCE.get(action, MediaKind.PHOTO)
        self.photos[number] += [Attachment(one, kind, "image/jpeg") for one in media]
        move = self.rules.workflow.find(action, case.stage)
        assert move is not None
        self._tell(moved, step, move)
        return self.card_for(moved, actor)

    def _filled(self, case: Case, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if given.get("department", "water") not in cities.organisation().departments:
            raise Invalid("department", "there is no such department")
        return dict(given)

    def turn_yellow(self, number: str) -> None:
        """Let the light of a case turn: a step that moves nothing."""
        moved, step = record_system_step(
            self.cases[number], "light", SYSTEM, self.clock.now(), {"light": "yellow"}
        )
        self._keep(moved, step)

    def _keep(self, case: Case, step: Step) -> None:
        self.cases[case.number] = case
        self.steps[case.number].append(step)

    def card_for(self, case: Case, actor: Actor) -> CaseCard:
        """The card of a case for somebody."""
        people = cities.organisation()
        department = people.departments.get(case.department or "")
        handler = people.people.get(case.handler or "")
        moves = available_actions(case, actor, self.rules.workflow)
        return CaseCard(
            number=case.number,
            stage=case.stage,
            version=case.version,
            text=case.text,
            place_text=case.place_text,
            received_at=case.received_at.isoformat(),
            stage_since=case.stage_since.isoformat() if case.stage_since else None,
            urgency=case.urgency,
            matter=case.matter,
            matter_name="供水井盖",
            matter_name_en="Water supply cover",
            cell=case.cell,
            point=case.point,
            due=case.stage_due.isoformat() if case.stage_due else None,
            light=case.light,
            department=case.department,
            department_name=department.name if department else "",
            department_name_en=department.name_en if department else "",
            handler_name=handler.name if handler else "",
            rework_count=case.rework_count,
            photos=tuple(self.photos[case.number]),
            buttons={one.action: missing(one, case, KNOWN if one.to else {}) for one in moves},
            evidence={
                one.action: one.evidence for one in moves if one.evidence is not MediaKind.PHOTO
            },
        )

    # --- the outbox

    def _tell(self, case: Case, step: Step, move: Move) -> None:
        for rule in move.notices:
            for channel, address, language, person in self._told(case, rule.who):
                if channel in rule.channels and (person is None or person != step.person):
                    key = notice_key(step, rule, channel, address)
                    department = cities.organisation().named(case.department, language)
                    values = {"number": case.number, "note": step.note, "department": department}
                    task = NoticeTask(
                        new_id(self.clock.now()),
                        key,
                        channel,
                        address,
                        rule.template,
                        language,
                        case.number,
                        case.stage,
                        1,
                        values,
                        person,
                    )
                    self.outbox.append(Waiting(task))
        self.wakes.put_nowait({"kind": "notices"})

    def _told(self, case: Case, who: str) -> list[tuple[Channel, str, str, str | None]]:
        if who == "citizen":
            return [(*self.contacts[case.number], None)]
        people = cities.organisation()
        people_of: dict[str, list[str | None]] = {
            "collector": [case.collector],
            "department": [one.code for one in people.handlers_of(case.department)],
            "reporter": [case.reporter],
        }
        persons = people_of[who]
        return [
            (channel, address, language, person)
            for (channel, address), (person, language) in self.chats.items()
            if person in persons
        ]

    async def lease_notices(
        self, channels: list[Channel], limit: int = 10, address: str | None = None
    ) -> list[NoticeTask]:
        self._up()
        due = [
            one
            for one in self.outbox
            if one.state == "waiting"
            and one.task.channel in channels
            and address in (None, one.task.address)
        ][:limit]
        for one in due:
            one.state = "leased"
        return [one.task for one in due]

    async def settle_notices(self, answers: list[Settled]) -> None:
        self._up()
        for answer in answers:
            one = self.waiting(answer.id)
            one.settled.append(answer)
            waits = answer.outcome in (Outcome.RETRY, Outcome.AWAY)
            one.state = "waiting" if waits else str(answer.outcome)

    def waiting(self, notice: UUID) -> Waiting:
        """A notice of the outbox."""
        return next(one for one in self.outbox if one.task.id == notice)

    async def commands(self) -> AsyncIterator[dict[str, Any]]:
        while True:
            yield await self.wakes.get()


def as_json(value: object) -> Any:
    """Plain data as it comes out of JSON."""
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return value


def _sees(case: Case, actor: Actor) -> bool:
    match actor:
        case Actor(post=Post.DEPARTMENT, department=department):
            return case.department == department
        case Actor(post=Post.COLLECTOR, person=person):
            return person in (case.collector, case.reporter)
        case _:
            return True
