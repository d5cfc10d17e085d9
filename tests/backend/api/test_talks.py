"""What is said in a talk: to the seat that has it and who leads the room, and to nobody else."""

from dataclasses import replace
from datetime import timedelta

from aiohttp.web import Application
from sqlalchemy import text

from backend.client import BackendClient
from backend.desks import retention
from backend.desks.context import AppContext
from backend.store import about_person, person_erasing
from hotline.call import CallEventType
from hotline.channel import Channel
from hotline.clock import FixedClock, iso
from hotline.report import Contact
from hotline.room.spoken import Listening, NotWritten, Speaker, SpokenLine, TalkHeard
from tests.backend.api.conftest import Browser, SignIn, make_case, publish
from tests.backend.api.test_feed import heard, listening
from tests.backend.api.test_seat import CALLER, KEY, online, rung, tell
from tests.fakes.knowing import FakeTriageService

PATH = f"/api/seat/calls/{KEY}/talk"


async def talks(sign_in: SignIn, phone: BackendClient, clock: FixedClock) -> Browser:
    """Somebody who talks with a caller at their seat."""
    browser = await online(sign_in)
    await rung(phone, clock)
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))
    return browser


def line(clock: FixedClock, words: str, speaker: Speaker = Speaker.CALLER) -> SpokenLine:
    """Something that was said just now."""
    clock.move(timedelta(seconds=3))
    return SpokenLine(speaker, clock.now(), 2.0, words, 0.8)


async def test_a_seat_sees_what_is_said_and_what_it_suggests_while_it_goes_on(
    app: Application,
    office: AppContext,
    sign_in: SignIn,
    phone: BackendClient,
    clock: FixedClock,
) -> None:
    browser, other = await talks(sign_in, phone, clock), await online(sign_in, "acceptor2")
    assert await browser.get(PATH) == {"stands": None, "lines": [], "suggested": None}
    await publish(app)
    first = line(clock, "请问是什么事", Speaker.SEAT)
    seen = (await browser.get("/api/meta"))["feed"]
    async with listening(browser, seen) as (mine, _), listening(other, seen) as (theirs, _):
        await phone.talk_heard(TalkHeard(KEY, Listening.LISTENS, (first,)))
        said, lost = line(clock, "人民路井盖不见了"), line(clock, "")
        await phone.talk_heard(TalkHeard(KEY, None, (replace(lost, lost=NotWritten.LAGS), said)))
        await publish(app)
        news = await heard(mine)
        assert (news["kind"], news["seat"]) == ("talk", "seat001")
        await make_case(office)
        await publish(app)
        assert (await heard(theirs))["kind"] == "case"
    shown = await browser.get(PATH)
    assert shown["stands"] == "listens"
    assert [(one["speaker"], one["text"], one["lost"]) for one in shown["lines"]] == [
        ("seat", "请问是什么事", None), ("caller", "人民路井盖不见了", None),
        ("caller", "", "lags"),
    ]  # fmt: skip
    assert shown["lines"][1]["at"] == iso(said.at)
    assert shown["suggested"]["classes"][0]["code"] == "01001"
    assert shown["suggested"]["classes"][0]["words"] == ["井盖"]
    assert shown["suggested"]["in_scope"] is True


async def test_only_the_callers_words_suggest_and_few_say_nothing(
    office: AppContext, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talks(sign_in, phone, clock)
    asked = line(clock, "请问是不是井盖不见了", Speaker.SEAT)
    await phone.talk_heard(TalkHeard(KEY, Listening.LISTENS, (asked, line(clock, "嗯"))))
    assert (await browser.get(PATH))["suggested"] is None
    await phone.talk_heard(TalkHeard(KEY, None, (line(clock, "对，就在人民路"),)))
    assert (await browser.get(PATH))["suggested"]
    knowing = office.knowing
    assert isinstance(knowing, FakeTriageService)
    assert knowing.asked == ["嗯 对，就在人民路"]


async def test_who_leads_the_room_sees_it_and_nobody_else_does(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await talks(sign_in, phone, clock)
    await phone.talk_heard(TalkHeard(KEY, Listening.OVER, (line(clock, "井盖不见了"),)))
    chief = await sign_in("chief1")
    shown = await chief.get(f"/api/room/calls/{KEY}/talk")
    assert [one["text"] for one in shown["lines"]] == ["井盖不见了"]
    other = await online(sign_in, "acceptor2")
    assert (await other.ask("GET", f"/api/room/calls/{KEY}/talk"))[0] == 403
    assert (await other.ask("GET", PATH))[0] == 403
    assert (await other.ask("GET", "/api/seat/calls/none/talk"))[0] == 403
    assert (await (await sign_in("collector01")).ask("GET", PATH))[0] == 403


async def test_what_was_said_goes_with_drafts_and_with_who_said_it(
    office: AppContext, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await talks(sign_in, phone, clock)
    await phone.talk_heard(TalkHeard(KEY, Listening.OVER, (line(clock, "井盖不见了"),)))
    there = "SELECT count(*) FROM draft WHERE channel = 'talk'"
    async with office.store.connect() as connection:
        assert (await connection.execute(text(there))).scalar_one() == 1
        contact = Contact(Channel.PHONE, CALLER)
        ident = office.contacts.of(contact.channel, contact.address)
        told = await about_person.all_of(connection, ident, contact.channel, contact.address)
        assert "井盖不见了" in str(told["talks"])
        going = await person_erasing.going_of(connection, office.contacts, contact, [])
        assert going["talks"] == 1
    clock.move(timedelta(days=31))
    assert ("draft", 2) in [(one.kind, one.gone) async for one in retention.would_go(office)]
