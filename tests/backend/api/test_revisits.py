"""Asked after closing (回访): once, kept with every change, and out of sight of who handled it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp.web import Application

from backend.api.office_keys import OFFICE
from backend.client import BackendClient
from backend.desks import acceptance, triage
from backend.desks.context import AppContext
from backend.store import cases
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Invalid, NotFound
from hotline.notice import NoticeTask, Outcome, Settled
from hotline.report import Contact, NewReport
from hotline.revisit import ASKS, Question, RevisitEnd, RevisitSaid, RevisitTold
from tests.backend.api.conftest import POINT, SignIn, make_case, walk
from tests.backend.api.test_privacy import agreed
from tests.backend.api.test_retention import TO_CLOSE, rows

pytestmark = pytest.mark.slow

CITIZEN, CHAT = "13800138000", "13800138000"
DAY = timedelta(hours=24)
SOLVED, CONTENT, NEVER = Question.IS_SOLVED, Question.IS_CONTENT, Question.NEVER


async def closed(app: Application, channel: Channel = Channel.PHONE, key: str = "1") -> str:
    """A case that was closed now; gives its number."""
    office = app[OFFICE].now
    number = await make_case(office, key, channel)
    await triage.look_at_new(office)
    await walk(app, number, *TO_CLOSE)
    return number


async def leased(connector: BackendClient, channel: Channel) -> list[NoticeTask]:
    """Lease what is due; the notices that ask for nothing are settled."""
    found = await connector.lease_notices([channel], 50)
    for one in found:
        if ASKS not in one.values:
            await connector.settle_notices([Settled(one.id, Outcome.SENT)])
    return [one for one in found if ASKS in one.values]


def said(
    ident: UUID,
    question: Question,
    value: str = "",
    key: str = "",
    channel: Channel = Channel.PHONE,
) -> RevisitSaid:
    return RevisitSaid(ident, channel, CITIZEN, question, value, key)


async def asked(
    app: Application, connector: BackendClient, clock: FixedClock, channel: Channel
) -> tuple[str, NoticeTask]:
    """A case that was closed a day ago, and the notice that asks about it."""
    number = await closed(app, channel)
    assert await leased(connector, channel) == []
    clock.move(DAY)
    clock.move(timedelta(hours=2))  # 11:00 of the city's day
    [task] = await leased(connector, channel)
    assert task.number == number
    return number, task


async def stage_of(office: AppContext, number: str) -> str:
    async with office.store.connect() as connection:
        return (await cases.load(connection, number)).stage


async def test_who_told_of_a_case_is_asked_a_day_after_closing_and_both_answers_are_kept(
    app: Application, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    number, task = await asked(app, phone, clock, Channel.PHONE)
    first = await phone.revisit(said(task.id, SOLVED, "yes", "a"))
    assert (first.end, first.follows, first.number) == (RevisitEnd.TAKEN, False, number)
    told = await phone.revisit(said(task.id, CONTENT, "delighted", "b"))
    assert told.answers == {"is_solved": "yes", "is_content": "delighted"}
    assert [one.id for one in told.grades][-1] == "not_at_all"
    await phone.settle_notices([Settled(task.id, Outcome.SENT)])
    page = await (await sign_in("acceptor1")).get(f"/api/cases/{number}/revisits")
    [one] = page["asked"]
    assert one["state"] == "sent"
    assert [answer["value"] for answer in one["answers"]] == ["yes", "delighted"]
    assert await stage_of(app[OFFICE].now, number) == "closed"


@pytest.mark.parametrize(
    "answers",
    [
        ((SOLVED, "no"),),
        ((SOLVED, "yes"), (CONTENT, "not_at_all")),
        ((SOLVED, "no"), (CONTENT, "content")),
    ],
)
async def test_not_solved_or_not_content_lies_with_the_duty_chief_by_a_clock(
    app: Application,
    office: AppContext,
    sign_in: SignIn,
    phone: BackendClient,
    clock: FixedClock,
    answers: tuple[tuple[Question, str], ...],
) -> None:
    number, task = await asked(app, phone, clock, Channel.PHONE)
    for question, value in answers:
        told = await phone.revisit(said(task.id, question, value, value))
    assert told.follows
    assert await stage_of(office, number) == "follow_up"
    chief, water = await sign_in("chief1"), await sign_in("water1")
    shown = await chief.get(f"/api/cases/{number}")
    assert shown["case"]["stage_due"] is not None
    moves = {one["action"] for one in shown["buttons"]}
    assert {"order_rework", "send_again", "close", "answer_citizen"} <= moves
    page = await water.get(f"/api/cases/{number}")
    assert not {"order_rework", "close"} & {one["action"] for one in page["buttons"]}
    status, _ = await chief.act(number, "order_rework", note="请再处理")
    assert status == 200
    assert await stage_of(office, number) == "handling"


async def test_no_route_tells_who_handled_the_case_what_was_answered(
    app: Application, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    number, task = await asked(app, phone, clock, Channel.PHONE)
    await phone.revisit(said(task.id, SOLVED, "no", "a"))
    await phone.revisit(said(task.id, CONTENT, "not_at_all", "b"))
    await (await sign_in("chief1")).act(number, "order_rework", note="请再处理")
    water = await sign_in("water1")
    for path in (
        *(f"/api/cases/{number}", f"/api/cases/{number}/clocks", "/api/cases"),
        *("/api/counts", "/api/meta"),
    ):
        status, page = await water.ask("GET", path)
        if status == 200 and path != "/api/meta":
            assert "not_at_all" not in str(page), path
            assert "is_solved" not in str(page), path
    assert (await water.ask("GET", f"/api/cases/{number}/revisits"))[0] == 403
    body = {"question": "is_solved", "value": "yes"}
    path = f"/api/cases/{number}/revisits/{task.id}/answer"
    assert (await water.ask("POST", path, json=body))[0] == 403
    dispatcher = await sign_in("dispatcher1")
    assert (await dispatcher.ask("GET", f"/api/cases/{number}/revisits"))[0] == 403


async def test_a_change_in_time_stands_beside_the_first_answer_and_a_late_one_is_none(
    app: Application, sign_in: SignIn, bots: BackendClient, clock: FixedClock
) -> None:
    number, task = await asked(app, bots, clock, Channel.TELEGRAM)

    async def tap(value: str, key: str) -> RevisitTold:
        return await bots.revisit(said(task.id, SOLVED, value, key, Channel.TELEGRAM))

    assert (await tap("yes", "1")).end is RevisitEnd.TAKEN
    assert (await tap("yes", "2")).end is RevisitEnd.KNOWN
    assert (await tap("partly", "3")).end is RevisitEnd.CHANGED
    clock.move(timedelta(hours=73))
    late = await tap("no", "4")
    assert (late.end, late.answers, late.follows) == (
        *(RevisitEnd.LATE, {"is_solved": "partly"}, False),
    )
    page = await (await sign_in("chief1")).get(f"/api/cases/{number}/revisits")
    assert [one["value"] for one in page["asked"][0]["answers"]] == ["yes", "partly"]


async def test_many_taps_at_once_are_one_answer_and_one_task(
    app: Application, office: AppContext, bots: BackendClient, clock: FixedClock
) -> None:
    number, task = await asked(app, bots, clock, Channel.TELEGRAM)
    told = await asyncio.gather(
        *(
            bots.revisit(said(task.id, SOLVED, "no", f"tap:{turn}", Channel.TELEGRAM))
            for turn in range(5)
        )
    )
    assert sorted(one.end for one in told) == ["known"] * 4 + ["taken"]
    followed = await rows(office, "SELECT count(*) FROM step WHERE action = 'follow_up'")
    assert followed == [(1,)]
    assert await stage_of(office, number) == "follow_up"


async def test_nobody_else_answers_and_nothing_else_is_an_answer(
    app: Application, bots: BackendClient, phone: BackendClient, clock: FixedClock
) -> None:
    _, task = await asked(app, bots, clock, Channel.TELEGRAM)
    with pytest.raises(NotFound):
        await bots.revisit(RevisitSaid(task.id, Channel.TELEGRAM, "999", SOLVED, "yes", "k"))
    with pytest.raises(Invalid):
        await bots.revisit(said(task.id, CONTENT, "superb", "k", Channel.TELEGRAM))
    with pytest.raises(Invalid):
        await bots.revisit(said(task.id, SOLVED, "delighted", "k", Channel.TELEGRAM))


async def test_they_are_rung_within_the_hours_alone_and_tried_again_within_them(
    app: Application, office: AppContext, phone: BackendClient, clock: FixedClock
) -> None:
    await closed(app)
    clock.move(DAY + timedelta(hours=4))  # 13:00
    assert await leased(phone, Channel.PHONE) == []
    clock.move(timedelta(hours=1))
    [task] = await leased(phone, Channel.PHONE)
    await phone.settle_notices([Settled(task.id, Outcome.RETRY, "busy")])
    clock.move(timedelta(hours=2))
    [again] = await leased(phone, Channel.PHONE)
    await phone.settle_notices([Settled(again.id, Outcome.RETRY, "no_answer")])
    clock.move(timedelta(hours=23))
    assert await leased(phone, Channel.PHONE) == []
    clock.move(timedelta(hours=1))
    [last] = await leased(phone, Channel.PHONE)
    await phone.settle_notices([Settled(last.id, Outcome.RETRY, "no_answer")])
    assert await rows(office, "SELECT state, error FROM notice WHERE fields ? 'asks'") == [
        ("failed", "no_answer")
    ]


async def test_whom_the_machine_did_not_reach_is_on_a_list_until_a_seat_has_asked_them(
    app: Application, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    number, task = await asked(app, phone, clock, Channel.PHONE)
    seat = await sign_in("acceptor1")
    assert await seat.get("/api/revisits/unreached") == []
    await phone.settle_notices([Settled(task.id, Outcome.FAILED, "unreachable")])
    [one] = await seat.get("/api/revisits/unreached")
    assert (one["number"], one["error"]) == (number, "unreachable")
    assert (await (await sign_in("water1")).ask("GET", "/api/revisits/unreached"))[0] == 403
    # Who does not want to be rung is nobody's to ask, as long as that is so.
    for ends in (False, True):
        await seat.post(f"/api/cases/{number}/do-not-call", {"reason": "本人要求", "ends": ends})
        assert len(await seat.get("/api/revisits/unreached")) == int(ends)
    path = f"/api/cases/{number}/revisits/{task.id}/answer"
    await seat.post(path, {"question": "is_solved", "value": "yes"})
    assert await seat.get("/api/revisits/unreached") == []


async def test_the_key_for_no_more_calls_keeps_the_office_from_ringing_of_its_own_accord(
    app: Application, office: AppContext, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    number, task = await asked(app, phone, clock, Channel.PHONE)
    told = await phone.revisit(said(task.id, NEVER, "", "n"))
    assert not told.follows
    await phone.settle_notices([Settled(task.id, Outcome.SENT)])
    acceptor = await sign_in("acceptor1")
    page = await acceptor.get(f"/api/cases/{number}/revisits")
    assert page["stop"]["reason"] == "by_themselves"
    await closed(app, key="2")  # its notices of the telephone are not rung either
    found = await phone.lease_notices([Channel.PHONE], 50)
    assert found == []
    dropped = await rows(office, "SELECT DISTINCT state, error FROM notice WHERE state = 'dropped'")
    assert dropped == [("dropped", "do_not_call")]
    assert len(await rows(office, "SELECT id FROM revisit")) == 1
    again = await acceptor.post(
        f"/api/cases/{number}/do-not-call", {"reason": "本人来电要求恢复", "ends": True}
    )
    assert again["stop"] is None
    kept = await rows(office, "SELECT what FROM audit WHERE what LIKE 'do_not%'")
    assert kept == [("do_not_call_ended",)]


async def test_a_seat_writes_down_do_not_call_and_what_is_answered_with_its_name(
    app: Application, office: AppContext, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    number, task = await asked(app, phone, clock, Channel.PHONE)
    seat = await sign_in("acceptor1")
    path = f"/api/cases/{number}/revisits/{task.id}/answer"
    page = await seat.post(path, {"question": "is_solved", "value": "no"})
    [answer] = page["asked"][0]["answers"]
    assert answer["person_name"]
    assert await stage_of(office, number) == "follow_up"
    stop = f"/api/cases/{number}/do-not-call"
    assert (await seat.ask("POST", stop, json={"reason": "  "}))[0] == 400
    told = await seat.post(stop, {"reason": "市民来电要求"})
    assert told["stop"]["made_by"]
    assert (await (await sign_in("water1")).ask("POST", stop, json={"reason": "x"}))[0] == 403


async def test_a_case_that_goes_on_asks_nobody_and_old_buttons_work_as_ever(
    app: Application, office: AppContext, bots: BackendClient, clock: FixedClock
) -> None:
    number = await closed(app, Channel.TELEGRAM)
    brief = await bots.newest_case(Channel.TELEGRAM, CHAT, number)
    assert brief is not None
    assert {one.id for one in brief.actions} >= {"say_solved", "reopen"}
    await bots.answer(number, "reopen", (Channel.TELEGRAM, CHAT), key="k", note="还没修好")
    assert await stage_of(office, number) == "reopened"
    clock.move(DAY + timedelta(hours=2))
    assert await leased(bots, Channel.TELEGRAM) == []
    assert await rows(office, "SELECT state, error FROM notice WHERE fields ? 'asks'") == [
        ("dropped", "not_asked")
    ]


async def test_who_withholds_their_number_is_asked_nothing(
    app: Application, office: AppContext, clock: FixedClock
) -> None:

    report = NewReport(
        *(Channel.PHONE, "w", Contact(Channel.PHONE, ""), clock.now()),
        text="中山东路井盖没了",
        point=POINT,
    )
    number = (await acceptance.record(office, report)).number
    await walk(app, number, *TO_CLOSE)
    assert await rows(office, "SELECT id FROM revisit") == []


async def test_who_asks_to_be_erased_is_told_of_their_answers_and_no_longer_known_by_them(
    app: Application, office: AppContext, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    _, task = await asked(app, phone, clock, Channel.PHONE)
    await phone.revisit(said(task.id, NEVER, "", "n"))
    first, second = await sign_in("chief1"), await sign_in("commander")
    who: dict[str, Any] = {"channel": "phone", "address": CITIZEN}
    counts = (await first.post("/api/privacy/person", who))["counts"]
    assert (counts["revisited"], counts["do_not_call"]) == (1, 1)
    await agreed(second, await first.post("/api/privacy/erasures", {**who, "reason": "本人要求"}))
    assert await rows(office, "SELECT contact_id FROM revisit") == [(None,)]
    assert await rows(office, "SELECT id FROM do_not_call") == []
