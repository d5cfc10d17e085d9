"""The backend in memory, as connectors' clients see it; held to the real one by tests/contract."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time
from typing import Any, TypeVar

from backend.api.connector_reports import PARTS
from backend.client import Chat
from backend.desks.citizens import citizen_of, may_do
from backend.queries.city_told import profile_of, spoken_of
from config.sections import ConnectorSettings
from hotline.brief import CaseBrief
from hotline.call import (
    CallEvent,
    CallEventType,
    CallKnown,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.card import CaseCard, PlaceSeen, Understood
from hotline.case.case import HANDLER
from hotline.case.transition import first_step
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.contract import (
    AnswerAsked,
    AttachAsked,
    ChatOpened,
    ChatOwner,
    KeptDraft,
    NumbersAsked,
    OtherPost,
    PhotoTaken,
)
from hotline.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Unavailable,
)
from hotline.health import IVR, SCRIBE, Beat, Ref
from hotline.media import Attachment, MediaKind
from hotline.notice import NoticeTask, Settled
from hotline.number import parse_number
from hotline.people import CITIZEN, Actor
from hotline.place.fix import Fix
from hotline.place.point import Point
from hotline.profile import CityTold
from hotline.record.proof_file import LogProof
from hotline.report import NewReport, Receipt
from hotline.revisit import RevisitSaid, RevisitTold
from hotline.rights.permissions import COLLECT
from hotline.wire import encode, parse
from hotline.words import LANGUAGES
from tests.cities import demo_city, demo_files
from tests.fakes.casework import FakeCasework, Wish
from tests.fakes.chats import FakeChats
from tests.fakes.files import CONNECTOR, FakeFiles
from tests.fakes.inmemory import brief_of, contact_of, first_case, owner_of
from tests.fakes.known import CELL, CLASSES, NAMES, FakeKnown
from tests.fakes.of_room import FakeRoomDesk
from tests.fakes.outbox import FakeOutbox
from tests.fakes.telephone import caller, check_key, holder_of, is_key

T = TypeVar("T")


class FakeBackend(FakeRoomDesk):
    """Everything a connector asks for. `down` makes every request Unavailable.

    `lose_answers` does the next acts and submits, but loses their answers on the way back. `full`
    is a day on which no more reports are taken. Where it is `hurried`, notices that are tried again
    are due at once, for tests in real time.
    """

    def __init__(self, clock: Clock, *, hurried: bool = False):
        super().__init__(clock)
        self.full = False
        self.lose_answers = 0
        self.files = FakeFiles()
        self.notices = FakeOutbox(clock, hurried)
        self.bound = FakeChats(clock, self.notices)
        self.drafts = self.bound.drafts
        self.chats, self.codes = self.bound.bound, self.bound.codes
        self.casework = FakeCasework(clock, self.files, self.notices, FakeKnown(), self.chats)
        self.outbox, self.cases = self.notices.notices, self.casework.cases
        self.steps, self.photos = self.casework.steps, self.casework.photos
        self.contacts, self.keys = self.casework.contacts, self.casework.keys
        self.reports: dict[tuple[Channel, str], tuple[NewReport, Receipt]] = {}
        self.proofs: dict[str, LogProof] = {}
        self.log_damaged = False
        self.attached: dict[str, tuple[str, str]] = {}
        self.wished: set[tuple[str, str]] = set()
        self.room = demo_city().room
        self.wakes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.seen = Understood(CLASSES, None, "normal", in_scope=True, unsure=False)

    def _lost(self) -> None:
        if self.lose_answers:
            self.lose_answers -= 1
            raise Unavailable("the answer was lost")

    # --- reports

    async def submit(self, report: NewReport) -> Receipt:
        report = self._taken(report)
        if report.contact.channel is not report.channel:
            raise Invalid("contact", "has another channel than the report")
        if report.channel is not Channel.PHONE and (report.call or report.number):
            raise Invalid("number", "calls and leased numbers are the phone connector's")
        sender = self.actor(report.contact.channel, report.contact.address)
        collects = sender is not None and sender.rights.may(COLLECT)
        reporter = sender if report.reporter is not None and collects else None
        known = self.reports.get((report.channel, report.key))
        if known is not None:
            stage = self.cases[known[1].number].stage
            return replace(known[1], fresh=False, stage=stage)
        if report.channel is not Channel.PHONE and reporter is None:
            self._check_day_limit(report)
        self._check_report(report, reporter)
        number = report.number or self.telephone.numbers(1)[0]
        case = first_case(report, reporter, self.clock.now(), number, self.seen.urgency)
        who = reporter or CITIZEN
        rules, now = demo_city().rules(case.release), self.clock.now()
        heard = report.media if report.call else ()
        step = first_step(case, who, now, rules, () if heard else report.media)
        self.casework.begin(case, step)
        contact = report.contact
        self.contacts[case.number] = contact_of(contact)
        for sha256 in heard:
            self._listen(case.number, sha256, report.language)
        receipt = Receipt(case.id, case.number, fresh=True, stage=case.stage)
        self.reports[report.channel, report.key] = (report, receipt)
        self._lost()
        return receipt

    def _check_day_limit(self, report: NewReport) -> None:
        most, zone = ConnectorSettings().reports_a_day, demo_city().zone
        today = self.clock.now().astimezone(zone).date()
        midnight = datetime.combine(today, time(), zone)
        sent = [
            case
            for case in self.cases.values()
            if case.received_at >= midnight
            and self.contacts[case.number][:2] == (report.channel, report.contact.address)
        ]
        if self.full or len(sent) >= most:
            raise Refused(f"{most} reports since midnight", code="day_limit")

    def _check_report(self, report: NewReport, reporter: Actor | None) -> None:
        if report.number is not None:
            parse_number(report.number)
        holders = {CONNECTOR, holder_of(report.contact.channel, report.contact.address)}
        if reporter is not None:
            holders.add(f"person:{reporter.person}")
        self.files.check_held(report.media, holders)
        check_key(report.key)
        if report.matter is not None and report.matter not in NAMES:
            raise Invalid("matter", f"there is no class {report.matter!r}", code="no_class")
        if report.number in self.cases:
            raise Conflict(f"{report.number} is another report's")

    async def newest_case(
        self, channel: Channel, address: str, number: str = ""
    ) -> CaseBrief | None:
        self._up()
        mine = self._mine(channel, address)
        found = next((one for one in mine if number in ("", one.number)), None)
        if found is None or channel is Channel.PHONE:
            return found
        case, steps = self.cases[found.number], self.steps[found.number]
        actions = may_do(demo_city(), case, steps, self.clock.now())
        return replace(found, actions=tuple(actions))

    async def own_cases(self, channel: Channel, address: str) -> list[CaseBrief]:
        mine, stages = self._mine(channel, address), demo_city().workflow.stages
        return mine[:1] + [one for one in mine[1:] if not stages[one.stage].end]

    def _mine(self, channel: Channel, address: str) -> list[CaseBrief]:
        where = (channel, caller(address) if channel is Channel.PHONE else address)
        told = reversed(self.contacts.items())
        return [brief_of(self.cases[n]) for n, contact in told if contact[:2] == where]

    async def proof(self, number: str, chat: Chat) -> LogProof:
        self._up()
        if await self.newest_case(*chat, number) is None:
            raise NotFound("not theirs", code="no_case")
        if self.log_damaged:
            raise Unavailable("lost", code="log_damaged")
        if number not in self.proofs:
            raise Refused("not signed yet", code="proof_early")
        return self.proofs[number]

    # --- files

    async def upload_bytes(self, body: bytes, kind: MediaKind) -> Attachment:
        self._up()
        return self.files.put(body, MediaKind(kind), {CONNECTOR})

    async def attach(
        self,
        number: str,
        sha256: str,
        kind: MediaKind,
        key: str,
        *,
        chat: Chat | None = None,
    ) -> None:
        self._taken(AttachAsked(sha256, kind, key))
        self.files.find(sha256)
        case = self.casework.find(number)
        if key in self.attached:
            if self.attached[key] != (number, sha256):
                raise Refused(f"key {key!r} was used for another file", code="key_used")
            return
        self.files.check_held([sha256], {CONNECTOR, *(self._holders(*chat) if chat else ())})
        self.attached[key] = (number, sha256)
        if kind is MediaKind.RECORDING:
            self._listen(number, sha256, case.language)
            return
        self.casework.record(number, "attach", {}, (sha256,))
        self.casework.link(number, [sha256], MediaKind(kind))

    def _listen(self, number: str, sha256: str, language: str) -> None:
        self.files.link(number, [sha256])
        self.telephone.listen(number, sha256, language)

    async def media(self, sha256: str) -> bytes:
        self._up()
        return self.files.find(sha256)

    async def understand(self, text: str, point: Point | None) -> Understood:
        self._up()
        place, outside = self.seen.place, point is not None and point.lon < 100
        if point is not None and not outside:
            place = PlaceSeen("中山东路1号", CELL, point)
        elif "中山东路" in text:
            place = PlaceSeen("中山东路", None, None)
        return replace(self.seen, place=place, outside=outside)

    # --- the phone connector

    async def ring(self, call: CallRing) -> CallKnown:
        call = self._taken(call)
        check_key(call.key)
        newest = await self.newest_case(Channel.PHONE, call.caller) if caller(call.caller) else None
        language = self.telephone.languages.get(caller(call.caller), LANGUAGES[0])
        ident, held = self.telephone.ring(call), self.telephone.held.get(call.caller)
        return CallKnown(ident, language, newest, held)

    async def note_call(self, notes: list[CallEvent]) -> None:
        self._up()
        self.telephone.note([self._taken(one) for one in notes])
        for place, one in enumerate(notes):
            if not is_key(one.key):
                raise Invalid(f"[{place}].key", "must be between 1 and 200 characters")

    async def status(self, call: str, number: str, tail: str) -> CaseBrief | None:
        self._up()
        self.telephone.check_status(call)
        channel, address, *_ = self.contacts.get(number, (None, ""))
        if channel is Channel.PHONE and address[-4:] == tail:
            return brief_of(self.cases[number])
        at = self.clock.now()
        self.telephone.note([CallEvent(call, CallEventType.STATUS_REFUSED, at, number)])
        return None

    async def lease_numbers(self, count: int) -> list[str]:
        return self.telephone.numbers(self._taken(NumbersAsked(count)).count)

    async def transcript_tasks(self, limit: int = 10) -> list[TranscriptTask]:
        self._up()
        return self.telephone.take(limit)

    async def transcript_failed(self, failed: FailedTranscript) -> None:
        self.telephone.failed(self._taken(failed))

    async def put_transcript(self, transcript: NewTranscript) -> None:
        heard = self._taken(transcript)
        case = self.casework.find(heard.number)
        if self.telephone.put(heard) and heard.text and not case.text:
            changes = {"text": heard.text, "text_confirmed": False}
            self.casework.record(heard.number, "transcribe", changes)

    async def city(self, known: str = "", *, spoken: bool = False) -> CityTold:
        self._up()
        city = demo_city()
        if known == city.release:
            return CityTold(city.release)
        names = spoken_of(demo_files()) if spoken else None
        return CityTold(city.release, profile_of(city), names, self.room)

    async def beat(self, beat: Beat) -> list[Ref]:
        beat = self._taken(beat)
        if beat.part not in frozenset().union(*PARTS.values()):
            raise Forbidden(f"{beat.part!r} is no part of this connector")
        if beat.part == SCRIBE:
            self.telephone.keep_held([one.ref for one in beat.held])
        if beat.part != IVR:
            return []
        wished = [one for one in beat.aside if (one.queue, one.ref) in self.wished]
        self.wished.clear()
        return [Ref(one.queue, one.ref) for one in wished]

    # --- chats and posts

    async def open_chat(
        self, chat: Chat, number: str = "", photos: Sequence[bytes] = ()
    ) -> ChatOpened:
        self._up()
        taken = []
        for body in photos:
            try:
                file = self.files.put(body, MediaKind.PHOTO, self._holders(*chat))
                taken.append(PhotoTaken(file))
            except Invalid as error:
                taken.append(PhotoTaken(None, error.code))
        actor, seen, others = self.actor(*chat), None, tuple[OtherPost, ...]()
        if actor is not None and number:
            others = self.bound.others(self.cases.get(number), self.steps.get(number, ()), actor)
            with suppress(NotFound):
                seen = await self.card(number, chat)
        owner = None if actor is None else owner_of(actor)
        return ChatOpened(self.drafts.get(chat), owner, seen, tuple(taken), others)

    async def save_draft(self, chat: Chat, draft: Mapping[str, Any]) -> None:
        # What is kept goes through JSON: tuples come back as lists, records as dicts.
        self.drafts[chat] = self._taken(KeptDraft(*chat, parse(encode(draft)))).draft

    async def bind(self, code: str, channel: Channel, address: str, language: str) -> ChatOwner:
        self._up()
        return owner_of(self.bound.bind(code, (channel, address), language))

    def actor(self, channel: Channel, address: str) -> Actor | None:
        """Who a chat belongs to."""
        return self.bound.actor(channel, address)

    def _holders(self, channel: Channel, address: str) -> set[str]:
        actor = self.actor(channel, address)
        return {holder_of(channel, address), *([f"person:{actor.person}"] if actor else ())}

    def _bound(self, chat: Chat) -> Actor:
        actor = self.actor(*chat)
        if actor is None:
            raise Forbidden("the chat belongs to no post", code="not_bound")
        return actor

    async def tasks(self, chat: Chat) -> list[CaseCard]:
        self._up()
        actor = self._bound(chat)
        return [self.casework.card(case, actor) for case in self.casework.lying_with(actor)]

    async def card(self, number: str, chat: Chat) -> CaseCard:
        self._up()
        actor = self._bound(chat)
        return self.casework.card(self.casework.in_sight(number, actor), actor)

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
        fix: Fix | None = None,
        draft: Mapping[str, Any] | None = None,
    ) -> CaseCard:
        self._up()
        actor = self._bound(chat)
        changes = parse(encode(given or {}))
        moved = self._made(number, Wish(action, actor, key, version, note, media, changes, fix))
        if draft is not None:
            await self.save_draft(chat, draft)
        self._lost()
        return moved

    async def answer(
        self,
        number: str,
        action: str,
        chat: Chat,
        *,
        key: str,
        note: str = "",
        media: tuple[str, ...] = (),
    ) -> CaseBrief:
        asked = self._taken(AnswerAsked(action, *chat, key, note, media))
        if await self.newest_case(*chat, number) is None:
            raise NotFound("no such case of this chat", code="no_case")
        wish = Wish(action, citizen_of(demo_city()), f"{chat}/{asked.key}", None, note, media)
        self._made(number, replace(wish, holders=frozenset({holder_of(*chat)})))
        brief = await self.newest_case(*chat, number)
        self._lost()
        assert brief is not None
        return brief

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
        return self._made(number, Wish(action, actor, key, version, note, media, given or {}))

    def _made(self, number: str, wish: Wish) -> CaseCard:
        owed = len(self.outbox)
        moved = self.casework.move(number, wish)
        if len(self.outbox) > owed:
            self.wakes.put_nowait({"kind": "notices"})
        return self.casework.card(moved, wish.actor)

    def turn_yellow(self, number: str) -> None:
        """Let the light of a case turn: a step that moves nothing."""
        self.casework.record(number, "light", {"light": "yellow"})

    # --- the outbox

    def owe(self, task: NoticeTask) -> None:
        """Put a notice into the outbox."""
        self.notices.add(task)
        self.wakes.put_nowait({"kind": "notices"})

    async def lease_notices(
        self, channels: list[Channel], limit: int = 10, address: str | None = None
    ) -> list[NoticeTask]:
        self._up()
        leased = self.notices.lease(channels, max(1, min(limit, 100)), address)
        return [self._told(one.task, attempt) for one, attempt in leased]

    def _told(self, task: NoticeTask, attempt: int) -> NoticeTask:
        """Give a notice as its case stands now."""
        case = self.cases.get(task.number)
        department = demo_city().organisation.named(
            case.org_of(HANDLER) if case else None, task.language
        )
        stage, values = case.stage if case else task.stage, {"department": department}
        return replace(task, attempt=attempt, stage=stage, values=values | task.values)

    async def revisit(self, said: RevisitSaid) -> RevisitTold:
        self._up()
        return self.notices.revisit(said)

    async def settle_notices(self, answers: list[Settled]) -> None:
        self._up()
        for answer in answers:
            self.notices.settle(answer)

    async def commands(self) -> AsyncIterator[dict[str, Any]]:
        while True:
            yield await self.wakes.get()
