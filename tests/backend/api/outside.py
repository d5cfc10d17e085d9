"""A city with cases that most may not know of, each full of words that stand nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from typing import Any

from aiohttp.web import Application
from sqlalchemy import select, update

from backend.api.office_keys import MEDIA, OFFICE
from backend.city import make_city
from backend.desks import acceptance, casework, media, room_chief, telephone, triage
from backend.desks.context import AppContext
from backend.queries import inbox
from backend.store import cases, chats, drafts, jobs
from backend.store.chats import Chat
from backend.store.jobs import JobRow, JobState
from backend.store.rows import (
    CallEventRow,
    CaseMediaRow,
    CaseRow,
    DraftRow,
    NoticeRow,
    StepRow,
)
from backend.store.session import Transaction
from backend.store.telephony_rows import AlarmRow, BulletinRow, NuisanceRow
from hotline.call import CallEvent, CallEventType, CallRing, NewTranscript
from hotline.case.case import Link, Step, apply
from hotline.channel import Channel
from hotline.city import City
from hotline.form.field import OF_CASES
from hotline.ids import new_id
from hotline.leave import Leave
from hotline.media import Attachment, MediaKind
from hotline.number import make_number, printed
from hotline.organisation import Staff, parse_organisation, parse_people
from hotline.people import Actor
from hotline.report import Contact, NewReport
from hotline.rights.areas import parse_areas
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.typed import CALL_DRAFT, CallDraft
from hotline.wire import keep
from tests.backend.api.conftest import actor
from tests.backend.test_media import make_photo, make_wav
from tests.cities import MONDAY, demo_files, posts, read

# Where the cases lie that the people of below may not know of, and where theirs do.
THERE, HERE = "330299001001001", "330298002001001"
DISTRICT, STREET = "330298", "330298002"
OURS, THEIRS = "gas", "water"
CALLER = "13900139000"
ENDED = "2026-11-22T00:00:00+08:00"
LONG_AGO, YESTERDAY = MONDAY - timedelta(days=30), MONDAY - timedelta(days=1)
# Who has chosen to work in a post that reaches less far than another of theirs.
CHOSEN = {"chosen-here": "leader"}
# Who works here and knows of everything; nothing is kept from them.
WHOLE_CITY = "chief1"


def _row(post: str) -> dict[str, Any]:
    """Somebody of a post whose reach does not go there."""
    row = {"code": f"{post}-here", "name": f"{post}甲", "post": post}
    match posts()[post].reach:
        case "all":
            return {**row, "area": DISTRICT}
        case "organisation":
            return {**row, "department": OURS}
    return row


def people() -> list[dict[str, Any]]:
    """Everybody who may not know of what lies there: each post, several at once, one that ended."""
    several = [{"post": one, "area": DISTRICT} for one in ("acceptor", "dispatcher")]
    mixed = [*several, {"post": "department"}, {"post": "collector"}, {"post": "administrator"}]
    here = {"post": "leader", "area": DISTRICT}
    former = [{"post": "duty_chief", "until": ENDED}, here]
    walked = {"post": "collector", "until": ENDED}
    return [
        *(_row(post) for post in posts()),
        {"code": "street-here", "name": "街道甲", "post": "duty_chief", "area": STREET},
        {"code": "several-here", "name": "多岗甲", "posts": mixed, "department": OURS},
        {"code": "former-here", "name": "卸任甲", "posts": former},
        {"code": "chosen-here", "name": "择岗甲", "posts": [{"post": "duty_chief"}, here]},
        {"code": "proxy-here", "name": "代岗甲", "posts": [here]},
        {"code": "walked-here", "name": "曾巡甲", "posts": [here, walked]},
        {"code": "gone-here", "name": "离岗甲", "post": "duty_chief", "until": ENDED},
    ]


@cache
def city() -> City:
    """The demo city, where they work too."""
    rows = parse_people({"person": [*read("people.toml")["person"], *people()]})
    over = Leave(1, WHOLE_CITY, LONG_AGO, YESTERDAY, "proxy-here", "", "admin", LONG_AGO)
    to_come = replace(over, id=2, since=MONDAY + timedelta(days=9), until=None)
    return make_city(replace(demo_files(), staff=Staff(rows, leaves=(over, to_come))))


def acting(office: AppContext, person: str) -> Actor:
    """Somebody as they act now, in the post that they chose to work in."""
    found = office.city.organisation.actor(person, office.clock.now(), CHOSEN.get(person))
    assert found is not None
    return found


def somebody(held: list[dict[str, Any]]) -> Actor:
    """Somebody who holds these posts."""
    row = {"code": "somebody", "name": "甲", "posts": held}
    staff = Staff(parse_people({"person": [row]}))
    about = read("organisation.toml")
    found = parse_organisation(about, posts(), parse_areas(read("city.toml")), staff)
    return found.people["somebody"].actor()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a case is asked for by, and what tells of it; `word` begins all that was said of it."""

    number: str
    word: str
    call: str = "h1-1764000000-9999"
    sound: str = "ab" * 32
    photo: str = "cd" * 32
    notice: str = "00000000-0000-7000-8000-000000000001"
    alarm: str = "00000000-0000-7000-8000-000000000002"
    key: str = "press-none"
    aside: str = "00000000/zqaside"

    def is_named_in(self, asked: str) -> bool:
        """Tell whether a request names it by anything."""
        return any(one.decode() in asked for one in self.secrets)

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What no answer may hold: all by which it is asked for, where it has that."""
        told = [getattr(self, one.name) for one in fields(self)]
        without = [one.default for one in fields(self)]
        has = [one for one, none in zip(told, without, strict=True) if one != none]
        return tuple(one.encode() for one in (*has, printed(self.number)))

    def unnamed(self, told: bytes) -> bytes:
        """Give an answer without what it was asked for by."""
        for one in fields(self):
            told = told.replace(getattr(self, one.name).encode(), f"<{one.name}>".encode())
        return told.replace(printed(self.number).encode(), b"<printed>")


def nobodys() -> Mark:
    """What was never there, by names like those of what is, and as long."""
    number = make_number(8_351_947)
    return Mark(
        *(number, "zqnever"),
        call="h1-1764000888-8",
        sound="12" * 32,
        photo="34" * 32,
        notice="01a205ea-be80-7000-8000-000000000001",
        alarm="01a205ea-be80-7000-8000-000000000002",
        key=f"note:{number}",
        aside=f"{number}/{'ef' * 32}",
    )


@dataclass(slots=True)
class Place:
    """The office and its files, with how cases go their way in it."""

    app: Application
    serial: int = 7_351_942
    # The number of the case that was told of on the telephone, before it is there.
    spoken: str = make_number(7_351_941)

    @property
    def office(self) -> AppContext:
        """The office."""
        return self.app[OFFICE].now

    def number(self) -> str:
        """A number that stands in nothing else by chance."""
        self.serial += 1
        return make_number(self.serial)

    async def move(self, number: str, action: str, person: str, **more: Any) -> None:
        """Make a move."""
        key = more.pop("key", f"walk:{number}:{action}:{person}")
        given = more.pop("given", {})
        who = actor(self.office, person)
        await casework.act(self.office, number, action, who, key=key, given=given, **more)

    async def photo(self, person: str, colour: str) -> str:
        """A photo that somebody has handed in."""
        file = await self.app[MEDIA].put_bytes(make_photo(colour=colour), MediaKind.PHOTO)
        await media.stored(self.office, file, 1, media.by_person(person))
        return file.sha256

    async def sound(self, seconds: float) -> Attachment:
        """A recording that the phone connector has handed in."""
        file = await self.app[MEDIA].put_bytes(make_wav(seconds), MediaKind.RECORDING)
        await media.stored(self.office, file, 1, media.by_connector("ivr"))
        return file

    async def told(self, word: str, cell: str, **more: Any) -> str:
        """A case that a chat tells of, in a cell; gives its number."""
        number = self.number()
        contact = Contact(Channel.TELEGRAM, f"{word}chat", f"{word}name")
        report = NewReport(Channel.TELEGRAM, word, contact, MONDAY, f"{word}text", f"{word}place")
        report = replace(report, number=number, **more)
        await acceptance.record(self.office, report, connector="bots")
        await triage.look_at_new(self.office)
        await self.move(number, "correct", "acceptor1", given={"cell": cell})
        return number

    async def called(self, word: str, cell: str, turn: int, number: str) -> tuple[str, str, str]:
        """A case that a caller tells of, with a recording that is written down."""
        office, at, seconds = self.office, MONDAY + timedelta(seconds=turn), 0.2 + turn / 10
        call = f"h1-1764000{turn:03d}-{turn}"
        await telephone.ring(office, CallRing(call, CALLER, at))
        contact = Contact(Channel.PHONE, CALLER)
        report = NewReport(Channel.PHONE, call, contact, at, f"{word}text", f"{word}place")
        report = replace(report, number=number, call=call)
        await acceptance.record(office, report, connector="ivr")
        file = await self.sound(seconds)
        await media.attach(office, number, file, f"{call}:recording", media.by_connector("ivr"))
        heard = NewTranscript(number, file.sha256, "fake", f"{word}heard", f"{word}raw")
        await telephone.put_transcript(office, heard)
        await telephone.note(office, [CallEvent(call, CallEventType.ENDED, at)])
        await triage.look_at_new(office)
        await self.move(number, "correct", "acceptor1", given={"cell": cell})
        return number, call, file.sha256

    async def file(self, number: str, department: str) -> None:
        """File a case and let it lie with a department."""
        await self.move(number, "file", "acceptor1", given={"matter": "01001", "condition": "1"})
        await self.move(number, "dispatch", "dispatcher1", given={"department": department})

    async def note(self, number: str, word: str) -> None:
        """Write something on a case."""
        await self.move(number, "note", "acceptor1", key=f"note:{number}", note=f"{word}note")


async def bound(office: AppContext) -> Mapping[str, tuple[str, str]]:
    """Give everybody here a chat; gives them by person, as connectors name them."""
    found = {}
    async with office.store.begin() as connection:
        for at, row in enumerate(people(), start=1):
            chat = Chat(Channel.TELEGRAM, f"{55_000 + at}", row["code"], "en")
            await chats.bind_chat(connection, chat, office.clock.now())
            found[row["code"]] = (str(chat.channel), chat.address)
    return found


async def near(place: Place) -> Mark:
    """A case that everybody here may know of, by whichever of their posts."""
    number, call, sound = await place.called("near", HERE, 1, place.number())
    await place.move(number, "ask_verify", "acceptor1", given={"collector": "collector-here"})
    await place.move(number, "verify_unclear", "collector-here", note="nearnote")
    await place.file(number, OURS)
    await linked(place.office, number, place.spoken)
    asked = room_chief.BulletinAsked("大家好", case=number)
    await room_chief.publish(place.office, actor(place.office, WHOLE_CITY), asked)
    async with place.office.store.begin() as connection:
        # What is heard names a case from later on, so that all lists are the same before it.
        await connection.execute(update(BulletinRow).values(case_number=""))
    return Mark(number, "near", call, sound)


async def linked(office: AppContext, number: str, other: str) -> None:
    """Bind a case to another one in every way that there is."""
    bound = tuple(Link(kind, other) for kind in office.city.known.links)
    asked = [one for one in office.city.fields.values() if one.type in OF_CASES]
    told = {one.id: other if one.type == "case" else [other] for one in asked}

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number, lock=True)
        made = (new_id(transaction.now), case.id, case.version + 1, "note", transaction.now)
        step = Step(*made, "acceptor1", "acceptor", changes={"links": bound, "fields": told})
        rules = office.city.rules(case.release)
        cases.add_step(transaction, case, apply(case, step), step, rules)

    await office.store.transaction(office.clock.now, work)


async def spoken(place: Place, near_call: str) -> Mark:
    """A case that somebody told on the telephone there, with everything that there is of cases."""
    word, office = "zqvoice", place.office
    number, call, sound = await place.called(word, THERE, 2, place.spoken)
    # Who told of the case here has joined this one by a key, and asked for it.
    at = MONDAY + timedelta(seconds=3)
    await telephone.note(
        office,
        [
            CallEvent(near_call, CallEventType.CASE_JOINED, at, number),
            CallEvent(near_call, CallEventType.STATUS_TOLD, at, number),
        ],
    )
    await place.file(number, THEIRS)
    photo = await place.photo("water1", "#123456")
    await place.move(number, "accept", "water1")
    await place.move(number, "report_done", "water1", note=f"{word}done", media=(photo,))
    await place.note(number, word)
    alarm = RoomAlarm(AlarmKind.EMERGENCY, MONDAY, call, f"{word}said", call, number)
    await room_chief.alarm(office, alarm)
    async with office.store.begin() as connection:
        of_it = select(AlarmRow.id).where(AlarmRow.number == number)
        kept = (await connection.execute(of_it)).scalar_one()
        await connection.execute(update(BulletinRow).values(case_number=number))
    draft = CallDraft("acceptor1", 1, {"text": f"{word}draft"})
    async with office.store.append(office.clock.now()) as writes:
        drafts.keep_of_call(writes, call, keep(CALL_DRAFT, draft))
    return Mark(
        *(number, word, call, sound, photo),
        alarm=str(kept),
        key=f"note:{number}",
        aside=await dead(office, number, "transcripts", word),
    )


async def dead(office: AppContext, number: str, queue: str, word: str) -> str:
    """Let something of a case lie aside; gives its name."""
    ref, now = f"{number}/{'ef' * 32}", office.clock.now()
    async with office.store.append(now) as writes:
        case = (await cases.load(writes.connection, number)).id
        row = jobs.job_row(queue, ref, now, now, {}, case=case)
        writes.add("job", row | {"state": JobState.DEAD, "reason": f"{word}reason"})
    return ref


async def written(place: Place) -> Mark:
    """A case that a chat told of there, whose citizen was told of it."""
    word = "zqwrote"
    number = await place.told(word, THERE)
    await place.file(number, THEIRS)
    await place.note(number, word)
    office = place.office
    listed = (await inbox.list_notices(office, actor(office, WHOLE_CITY), "")).items
    notice = next(one.id for one in listed if one.number == number)
    return Mark(number, word, notice=notice, key=f"note:{number}")


async def left(place: Place) -> list[Mark]:
    """Cases that were in sight here and left it, each in a way of its own."""
    ways = ("zqmoved", "zqrecal", "zqgiven", "zqother", "zqstays")
    found = []
    for word in ways:
        number = await place.told(word, HERE if word == "zqmoved" else THERE)
        match word:
            case "zqmoved":
                await place.move(
                    number, "correct", "acceptor1", given={"cell": THERE}, key=f"away:{number}"
                )
            case "zqrecal":
                await place.file(number, OURS)
                await place.move(number, "recall", "dispatcher1")
                await _elsewhere(place, number)
            case "zqgiven":
                await place.file(number, OURS)
                given = {"return_reason": "not_ours"}
                await place.move(number, "send_back", "department-here", given=given)
                await place.move(number, "approve_return", "dispatcher1")
                await _elsewhere(place, number)
            case "zqstays":
                # It lies with somebody whose post has ended.
                given = {"collector": "walked-here"}
                await place.move(number, "ask_verify", "acceptor1", given=given)
            case "zqother":
                given = {"collector": "collector-here"}
                await place.move(number, "ask_verify", "acceptor1", given=given)
                given = {"collector": "collector01"}
                await place.move(number, "reassign", "acceptor1", given=given)
        await place.note(number, word)
        found.append(Mark(number, word, key=f"note:{number}"))
    return found


async def fingerprint(office: AppContext, marks: Iterable[Mark]) -> dict[str, list[Any]]:
    """All that is on record of some cases, so that nothing of it is changed unseen."""
    found: dict[str, list[Any]] = {}
    async with office.store.connect() as connection:
        for mark in marks:
            case = (await cases.load(connection, mark.number)).id
            found[mark.number] = [
                (await connection.execute(select(row).where(condition))).all()
                for row, condition in (
                    (CaseRow.__table__, CaseRow.id == case),
                    (StepRow.id, StepRow.case_id == case),
                    (CaseMediaRow.key, CaseMediaRow.case_id == case),
                    (NoticeRow.__table__, NoticeRow.case_id == case),
                    (JobRow.__table__, JobRow.case_id == case),
                    (DraftRow.__table__, DraftRow.address == mark.call),
                    (CallEventRow.id, CallEventRow.call_key == mark.call),
                    (AlarmRow.__table__, AlarmRow.number == mark.number),
                )
            ]
        found["held"] = list((await connection.execute(select(NuisanceRow.id))).scalars())
    return found


async def _elsewhere(place: Place, number: str) -> None:
    given = {"department": THEIRS}
    await place.move(number, "dispatch", "dispatcher2", given=given)
