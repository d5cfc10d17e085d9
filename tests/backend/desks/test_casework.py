"""Moves on real rows: exactly once, in order, with the notices that belong to them."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from backend.desks import acceptance, casework, media, notices, telephone, timers, triage
from backend.desks.context import AppContext
from backend.store import cases, chats
from backend.store.chats import Chat
from hotline.call import CallEvent, CallEventType, CallRing, NewTranscript
from hotline.case.case import Case, replay
from hotline.case.light import Light
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from hotline.intake.result import PlaceGuess, TriageResult
from hotline.job import TIMERS
from hotline.media import PHOTO_MIME, SOUND_MIME, Attachment, MediaKind
from hotline.notice import NoticeTask, Outcome, Settled
from hotline.people import Actor
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import queued
from tests.cities import MONDAY
from tests.fakes.knowing import CELL, FakeTriageService
from tests.posts import Post

SOUND = "cd" * 32
POINT = Point(121.57, 29.89)


def actor(office: AppContext, code: str) -> Actor:
    return office.city.organisation.person(code).actor()


async def open_case(office: AppContext, channel: Channel = Channel.TELEGRAM, key: str = "1") -> str:
    contact = Contact(channel, "13800138000" if channel is Channel.PHONE else "4711")
    report = NewReport(channel, key, contact, MONDAY, text="供水井盖没了", point=POINT)
    return (await acceptance.record(office, report)).number


async def load(office: AppContext, number: str) -> Case:
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        assert replay(await cases.steps_of(connection, case.id)) == case
        return case


async def photo(office: AppContext, person: str) -> str:
    """A photo that somebody has handed in; gives its hash."""
    sha256 = secrets.token_hex(32)
    file = Attachment(sha256, MediaKind.PHOTO, PHOTO_MIME, hint=POINT, taken_at=office.clock.now())
    await media.stored(office, file, 9, media.by_person(person))
    return sha256


async def sound(office: AppContext) -> None:
    file = Attachment(SOUND, MediaKind.RECORDING, SOUND_MIME)
    await media.stored(office, file, 9, media.by_connector("ivr"))


GIVEN = {
    "file": {"matter": "01001", "condition": "1", "cell": CELL},
    "send_back": {"return_reason": "not_ours"},
}


async def walk(office: AppContext, number: str, *upto: str) -> Case:
    """Walk the main way up to and with the actions named."""
    acceptor, chief = actor(office, "acceptor1"), actor(office, "chief1")
    dispatcher = office.city.organisation.first_of(Post.DISPATCHER)
    assert dispatcher is not None
    for action in upto:
        case = await load(office, number)
        handler = office.city.organisation.handlers_of(case.org_of("handler"))
        person = case.person_of("collector")
        collector = actor(office, person) if person else acceptor
        who = {
            "file": acceptor,
            "dispatch": dispatcher.actor(),
            "accept": handler[0].actor() if handler else acceptor,
            "send_back": handler[0].actor() if handler else acceptor,
            "approve_return": dispatcher.actor(),
            "report_done": handler[0].actor() if handler else acceptor,
            "ask_check": acceptor,
            "pass_check": collector,
            "fail_check": collector,
            "close": chief,
        }[action]
        given = GIVEN.get(action, {})
        checks = action in ("pass_check", "fail_check")
        proof = (await photo(office, who.person),) if checks else ()
        await casework.act(
            office,
            number,
            action,
            who,
            key=f"{number}:{case.version}:{action}",
            note="好了",
            media=proof,
            given=given,
        )
    return await load(office, number)


async def leased(office: AppContext, channel: Channel) -> list[NoticeTask]:
    return await notices.lease(office, [channel], None, 20)


async def test_a_case_is_walked_to_its_end_with_a_return_and_a_rework(office: AppContext) -> None:
    number = await open_case(office)
    done = await walk(
        office,
        number,
        *("file", "dispatch", "accept", "send_back"),
        *("approve_return", "dispatch", "accept", "report_done"),
        *("ask_check", "fail_check", "report_done", "ask_check", "pass_check", "close"),
    )
    assert done.stage == "closed"
    assert (done.counts.get("return_count", 0), done.counts.get("rework_count", 0)) == (1, 1)
    assert done.org_of("handler") == "municipal"  # never back to who returned it
    assert done.fields.get("routed_by")
    assert TIMERS not in await queued(office, done)
    told = [task.template for task in await leased(office, Channel.TELEGRAM)]
    assert told.count("told.closed") == 1
    assert told.count("told.filed") == 1


async def test_the_same_key_moves_a_case_once(office: AppContext) -> None:
    number = await open_case(office)
    who = actor(office, "acceptor1")
    moves = [casework.act(office, number, "note", who, key="tap-1", note="一次") for _ in range(6)]
    await asyncio.gather(*moves)
    assert (await load(office, number)).version == 2


async def test_two_posts_at_once_one_wins_and_the_other_is_told(office: AppContext) -> None:
    number = await open_case(office)
    version = (await load(office, number)).version
    one, other = actor(office, "acceptor1"), actor(office, "acceptor2")
    ended = await asyncio.gather(
        casework.act(
            office,
            number,
            "decline",
            one,
            key="a",
            version=version,
            note="不属",
            given={"decline_reason": "out_of_scope"},
        ),
        casework.act(
            office,
            number,
            "decline",
            other,
            key="b",
            version=version,
            note="不属",
            given={"decline_reason": "out_of_scope"},
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(end, Conflict) for end in ended) == 1
    assert (await load(office, number)).version == 2


async def test_an_old_version_is_refused_and_changes_nothing(office: AppContext) -> None:
    number = await open_case(office)
    await walk(office, number, "file")
    with pytest.raises(Conflict) as refusal:
        await casework.act(
            office,
            number,
            "void",
            actor(office, "chief1"),
            key="x",
            version=1,
            note="错",
            given={"void_reason": "untrue"},
        )
    assert refusal.value.code == "case_moved"
    assert (await load(office, number)).stage == "to_dispatch"


async def test_what_the_system_adds_while_somebody_decides_stops_nobody(office: AppContext) -> None:
    number = await open_case(office)
    seen = await load(office, number)
    await triage.look_at_new(office)
    assert (await load(office, number)).version == seen.version + 1
    who, version = actor(office, "acceptor1"), seen.version
    await casework.act(
        office,
        number,
        "decline",
        who,
        key="a",
        version=version,
        note="不属",
        given={"decline_reason": "out_of_scope"},
    )
    assert (await load(office, number)).stage == "declined"
    with pytest.raises(Conflict):
        await casework.act(office, number, "note", who, key="b", version=version, note="晚了")
    with pytest.raises(Conflict):
        await casework.act(office, number, "note", who, key="c", version=version + 9, note="没有")


async def test_who_may_not_is_refused_in_every_connector(office: AppContext) -> None:
    number = await open_case(office)
    with pytest.raises(Forbidden):
        await casework.act(
            office,
            number,
            "decline",
            actor(office, "water1"),
            key="x",
            note="n",
            given={"decline_reason": "out_of_scope"},
        )
    with pytest.raises(Refused):
        await casework.act(office, number, "close", actor(office, "chief1"), key="x")
    with pytest.raises(NotFound):
        await casework.act(office, "00000000", "note", actor(office, "chief1"), key="x", note="n")
    with pytest.raises(Invalid, match="condition"):
        await casework.act(
            office,
            number,
            "file",
            actor(office, "acceptor1"),
            key="x",
            given={"matter": "01001", "condition": "no such", "cell": CELL},
        )
    assert (await load(office, number)).version == 1


async def test_a_department_is_told_by_the_chat_it_bound_and_only_once(office: AppContext) -> None:
    async with office.store.begin() as connection:
        chat = Chat(Channel.TELEGRAM, "99", "water1", "zh_CN")
        await chats.bind_chat(connection, chat, MONDAY)
    number = await open_case(office)
    await walk(office, number, "file", "dispatch")
    tasks = [t for t in await leased(office, Channel.TELEGRAM) if t.person == "water1"]
    assert [task.template for task in tasks] == ["task.handle"]
    assert await leased(office, Channel.TELEGRAM) == []
    await notices.settle(office, Settled(tasks[0].id, Outcome.SENT))
    await notices.settle(office, Settled(tasks[0].id, Outcome.FAILED))
    assert await leased(office, Channel.TELEGRAM) == []


async def test_a_lease_that_ran_out_is_taken_again(office: AppContext, clock: FixedClock) -> None:
    await walk(office, await open_case(office), "file")
    (first,) = await leased(office, Channel.TELEGRAM)
    clock.move(timedelta(seconds=91))
    (again,) = await leased(office, Channel.TELEGRAM)
    assert (again.id, again.attempt) == (first.id, 2)


async def test_a_caller_is_rung_three_times_and_then_it_is_a_visible_failure(
    office: AppContext, clock: FixedClock
) -> None:
    number = await open_case(office, Channel.PHONE)
    await casework.act(
        office,
        number,
        "decline",
        actor(office, "acceptor1"),
        key="d",
        note="不属受理范围",
        given={"decline_reason": "out_of_scope"},
    )
    for wait in (600, 1800, None):
        (task,) = await leased(office, Channel.PHONE)
        assert task.template == "told.declined"
        assert task.values["spoken"] == "reason_scope"
        await notices.settle(office, Settled(task.id, Outcome.RETRY, "busy"))
        assert await leased(office, Channel.PHONE) == []
        clock.move(timedelta(seconds=wait or 100_000))
    assert await leased(office, Channel.PHONE) == []
    await notices.try_again(office, task.id, actor(office, "chief1"))
    assert [one.id for one in await leased(office, Channel.PHONE)] == [task.id]


async def test_a_step_that_rings_nobody_leaves_no_call_in_the_outbox(office: AppContext) -> None:
    number = await open_case(office, Channel.PHONE)
    await walk(office, number, "file", "dispatch", "accept", "report_done")
    assert await leased(office, Channel.PHONE) == []


async def test_the_light_turns_yellow_then_red_and_only_once(
    office: AppContext, clock: FixedClock
) -> None:
    number = await open_case(office)
    clock.move(timedelta(minutes=24))
    assert await timers.work_due(office) == 1
    assert (await load(office, number)).light is Light.YELLOW
    clock.move(timedelta(minutes=6))
    await timers.work_due(office)
    assert await timers.work_due(office) == 0
    assert (await load(office, number)).light is Light.RED


async def test_leaving_the_stage_takes_its_lights_away(
    office: AppContext, clock: FixedClock
) -> None:
    number = await open_case(office)
    await walk(office, number, "file")
    clock.move(timedelta(minutes=29))
    await timers.work_due(office)
    assert (await load(office, number)).light is Light.YELLOW  # of the new stage
    assert (await load(office, number)).version == 3


async def test_what_was_heard_becomes_the_words_and_stays_unconfirmed(office: AppContext) -> None:
    call = CallRing("pbx-1", "13812345678", MONDAY)
    known = await telephone.ring(office, call)
    assert (known.newest, known.language) == (None, "zh_CN")
    await telephone.note(office, [CallEvent("pbx-1", CallEventType.LANGUAGE, MONDAY, "en")])
    contact = Contact(Channel.PHONE, "13812345678")
    await sound(office)
    report = NewReport(Channel.PHONE, "pbx-1", contact, MONDAY, call="pbx-1", media=(SOUND,))
    number = (await acceptance.record(office, report, connector="ivr")).number
    (task,) = await telephone.transcript_tasks(office, 5)
    assert (task.number, task.sha256) == (number, SOUND)
    heard = NewTranscript(
        number, task.sha256, "whisper", "中山东路井盖没了", "中山东路景盖没了", 0.7
    )
    await telephone.put_transcript(office, heard)
    await telephone.put_transcript(office, heard)
    await triage.look_at_new(office)
    case = await load(office, number)
    assert (case.text, case.text_confirmed, case.version) == ("中山东路井盖没了", False, 2)
    assert await telephone.transcript_tasks(office, 5) == []
    again = await telephone.ring(office, CallRing("pbx-2", "13812345678", MONDAY))
    assert again.language == "en"
    assert again.newest is not None
    assert again.newest.number == number


async def test_two_calls_that_sound_the_same_are_both_written_down(office: AppContext) -> None:
    await sound(office)
    numbers = []
    for key in ("pbx-1", "pbx-2"):
        contact = Contact(Channel.PHONE, "13812345678")
        report = NewReport(Channel.PHONE, key, contact, MONDAY, call=key, media=(SOUND,))
        numbers.append((await acceptance.record(office, report, connector="ivr")).number)
    for task in await telephone.transcript_tasks(office, 5):
        heard = NewTranscript(task.number, task.sha256, "whisper", "路灯不亮")
        await telephone.put_transcript(office, heard)
    assert await triage.look_at_new(office) == 2
    assert [(await load(office, number)).text for number in numbers] == ["路灯不亮"] * 2


async def test_new_words_are_looked_at_once_and_a_person_is_not_overruled(
    office: AppContext,
) -> None:
    number = await open_case(office)
    assert await triage.look_at_new(office) == 1
    assert await triage.look_at_new(office) == 0
    case = await load(office, number)
    assert case.understood
    assert (case.cell, case.place_text) == (CELL, "中山东路附近")


async def test_a_place_typed_by_a_person_is_looked_up_before_what_else_is_told(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 1: words about a park must not pin a case whose place names a street."""
    park, street = Point(121.5, 29.8), Point(121.6, 29.9)

    def understand(_: FakeTriageService, text: str, point: Point | None = None) -> TriageResult:
        at = street if text == "通途东路300号" else park
        guess = PlaceGuess(text, "plate", text, at, CELL, 1.0, "exact")
        return TriageResult(place=guess, places=(guess,))

    monkeypatch.setattr(FakeTriageService, "understand", understand)
    contact = Contact(Channel.CONSOLE, "")
    told = NewReport(
        *(Channel.CONSOLE, "typed", contact, MONDAY),
        text="明湾公园边上的路灯不亮",
        place_text="通途东路300号",
    )
    number = (await acceptance.record(office, told)).number
    await triage.look_at_new(office)
    assert (await load(office, number)).point == street


@pytest.mark.parametrize(
    ("given", "point", "cell"),
    [
        ({"place_text": "通途东路300号"}, None, None),
        ({"place_text": "通途东路300号", "cell": "330299001001009"}, None, "330299001001009"),
        ({"cell": "330299001001009"}, None, "330299001001009"),
        ({"place_text": "正门口", "cell": CELL}, POINT, CELL),
        ({"text": "井盖没了"}, POINT, CELL),
    ],
)
async def test_row_1_a_pin_goes_with_the_words_it_was_made_for(
    office: AppContext, given: dict[str, str], point: Point | None, cell: str | None
) -> None:
    number = await open_case(office)
    await casework.act(
        *(office, number, "correct", actor(office, "acceptor1")), key="right", given=given
    )
    case = await load(office, number)
    assert (case.point, case.cell) == (point, cell)


async def test_row_1_a_case_whose_pin_went_is_not_filed_without_a_new_one(
    office: AppContext,
) -> None:
    number = await open_case(office)
    given = {"matter": "01001", "condition": "1", "place_text": "通途东路300号"}
    with pytest.raises(Invalid) as refused:
        await casework.act(
            *(office, number, "file", actor(office, "acceptor1")), key="file", given=given
        )
    assert refused.value.field == "cell"


async def test_words_that_cannot_be_understood_go_to_a_person(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await open_case(office, key="bad"), await open_case(office, key="good")

    asked: list[str] = []

    def understand(_: FakeTriageService, text: str, point: Point | None = None) -> TriageResult:
        asked.append(text)
        if len(asked) == 1:
            raise ZeroDivisionError
        return TriageResult()

    monkeypatch.setattr(FakeTriageService, "understand", understand)
    await triage.look_at_new(office)
    assert await triage.look_at_new(office) == 0
    for number in (bad, good):
        assert (await load(office, number)).understood


async def test_a_late_photo_is_linked_once(office: AppContext) -> None:
    number = await open_case(office)
    file = Attachment(await photo(office, "collector01"), MediaKind.PHOTO, PHOTO_MIME)
    mine = media.by_person("collector01")
    links = [media.attach(office, number, file, "late:1", mine) for _ in range(4)]
    await asyncio.gather(*links)
    assert (await load(office, number)).version == 2


async def test_a_key_that_comes_again_with_other_words_is_not_taken_for_the_same(
    office: AppContext,
) -> None:
    """The first words are on record, and nobody is told that the second are."""
    number, chief = await open_case(office), actor(office, "chief1")
    first = await casework.act(office, number, "note", chief, key="n", note="一")
    for note in ("一", ""):
        again = await casework.act(office, number, "note", chief, key="n", note=note)
        assert again.version == first.version
    with pytest.raises(Refused) as refused:
        await casework.act(office, number, "note", chief, key="n", note="二")
    assert refused.value.code == "key_used"
    assert await load(office, number) == first


async def test_a_name_that_somebody_made_up_is_told_again_in_short(office: AppContext) -> None:
    number, chief = await open_case(office), actor(office, "chief1")
    given = {"x" * 100_000: 1}
    with pytest.raises(Invalid) as refused:
        await casework.act(office, number, "note", chief, key="n", note="n", given=given)
    assert len(refused.value.field) == 80
    assert len(str(refused.value)) < 200
