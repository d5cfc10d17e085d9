"""Taking back and giving to another, on real rows: who is told, who waits, what a page offers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.desks import acceptance, cards, casework, media, notices
from backend.desks.authorization import waiting_for
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.queries import casefile, city_meta, inbox
from backend.queries.case_records import CameBack, ListedCase
from backend.store import cases, chats
from backend.store.chats import Chat
from hotline.case.case import Case
from hotline.case.transition import record_system_step
from hotline.case.workflow import with_ways_out
from hotline.case.workflow_data import parse_workflow
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Invalid
from hotline.media import PHOTO_MIME, Attachment, MediaKind
from hotline.people import SYSTEM, Actor
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.cities import MONDAY, form, read, workflow
from tests.fakes.knowing import CELL
from tests.posts import Post

# In CELL, as the fake that knows places has it.
HERE = Point(121.5886, 29.8814)


def actor(office: AppContext, code: str) -> Actor:
    return office.city.organisation.person(code).actor()


def dispatcher(office: AppContext) -> Actor:
    first = office.city.organisation.first_of(Post.DISPATCHER)
    assert first is not None
    return first.actor()


async def bind(office: AppContext, *persons: str) -> None:
    async with office.store.begin() as connection:
        for number, person in enumerate(persons):
            chat = Chat(Channel.TELEGRAM, str(900 + number), person, "zh_CN")
            await chats.bind_chat(connection, chat, MONDAY)


async def told(office: AppContext, person: str) -> list[str]:
    tasks = await notices.lease(office, [Channel.TELEGRAM], None, 50)
    return [task.template for task in tasks if task.person == person]


async def opened(office: AppContext, key: str = "1") -> str:
    report = NewReport(Channel.CONSOLE, key, Contact(Channel.CONSOLE, ""), MONDAY, text="井盖没了")
    return (await acceptance.record(office, report)).number


async def stored(office: AppContext, number: str) -> Case:
    async with office.store.connect() as connection:
        return await cases.load(connection, number)


async def act(office: AppContext, number: str, action: str, who: Actor, **inputs: Any) -> Case:
    note = inputs.pop("note", "")
    return await casework.act(
        office, number, action, who, key=f"{number}:{action}", note=note, given=inputs
    )


async def dispatched(office: AppContext) -> str:
    number = await opened(office)
    filing = {"matter": "01001", "condition": "1", "cell": CELL}
    await act(office, number, "file", actor(office, "acceptor1"), **filing)
    await act(office, number, "dispatch", dispatcher(office))
    return number


async def test_row_3_a_recall_tells_the_department_it_was_with(office: AppContext) -> None:
    await bind(office, "water1")
    number = await dispatched(office)
    assert await told(office, "water1") == ["task.handle"]
    case = await act(office, number, "recall", dispatcher(office))
    assert (case.stage, case.org_of("handler")) == ("to_dispatch", None)
    assert await told(office, "water1") == ["task.withdrawn"]
    assert (await act(office, number, "recall", dispatcher(office))).version == case.version


async def test_row_3_the_page_after_a_dispatch_offers_its_undo(office: AppContext) -> None:
    number = await dispatched(office)
    who = dispatcher(office)
    assert (await casefile.after_move(office, await stored(office, number), who)).undo == "recall"
    await act(office, number, "accept", actor(office, "water1"))
    assert (await casefile.after_move(office, await stored(office, number), who)).undo is None


async def test_row_3_what_may_be_taken_back_is_nobodys_task(office: AppContext) -> None:
    number = await dispatched(office)
    assert "handling" not in waiting_for(office.city.workflow, dispatcher(office)).stages
    assert await cards.tasks(office, dispatcher(office)) == []
    waiting = [card.number for card in await cards.tasks(office, actor(office, "water1"))]
    assert waiting == [number]


async def returned(office: AppContext, note: str = "不属本单位") -> str:
    number = await dispatched(office)
    await gives_back(office, number, "water1", note)
    return number


async def gives_back(office: AppContext, number: str, person: str, note: str = "不是") -> Case:
    """A department says that a case is not theirs, and the centre agrees."""
    why = {"return_reason": "not_ours"}
    who = actor(office, person)
    await casework.act(office, number, "send_back", who, key=f"b{person}", note=note, given=why)
    by = dispatcher(office)
    return await casework.act(office, number, "approve_return", by, key=f"a{person}")


async def test_row_4_a_returned_case_says_who_gave_it_back_when_and_why(office: AppContext) -> None:
    number = await returned(office, "是燃气井盖")
    shown = (await casefile.detail(office, number, dispatcher(office))).case
    (back,) = shown.returns
    assert (back.department, back.note) == ("water", "是燃气井盖")
    assert back.person_name == office.city.organisation.person("water1").name
    assert back.at.startswith("2026-11-23T01:00")
    fresh = await opened(office, key="2")
    assert (await casefile.detail(office, fresh, dispatcher(office))).case.returns == []


async def test_row_4_who_gave_a_case_back_is_not_proposed_for_it_again(office: AppContext) -> None:
    number = await returned(office)
    who = dispatcher(office)
    shown = (await casefile.detail(office, number, who)).case
    # The next rule that fits stands in.
    assert shown.suggested_department is not None
    assert shown.suggested_department.id == "municipal"
    seen = [await cards.card(office, number, who), *await cards.tasks(office, who)]
    assert [one.asks["department"].choices[0].id for one in seen] == ["municipal"] * 2
    again = {"department": "municipal"}
    await casework.act(office, number, "dispatch", who, key="again", given=again)
    both = await gives_back(office, number, "municipal1")
    assert both.counts.get("return_count", 0) == 2
    shown = (await casefile.detail(office, number, who)).case
    assert [one.department for one in shown.returns] == ["water", "municipal"]
    # No rule is left that names a department: a person chooses.
    assert shown.suggested_department is None


async def test_row_4_a_dispatch_that_names_nobody_never_goes_back_to_who_returned_it(
    office: AppContext,
) -> None:
    """Without a department, the first rule sent a case back to who had just returned it."""
    number = await returned(office)
    who = dispatcher(office)
    second = await casework.act(office, number, "dispatch", who, key="second")
    assert (second.org_of("handler"), second.fields.get("routed_by")) == (
        "municipal",
        "道路、桥隧及其余市政部件归市政设施养护中心",
    )
    await gives_back(office, number, "municipal1")
    with pytest.raises(Invalid) as refusal:
        await casework.act(office, number, "dispatch", who, key="third")
    assert refusal.value.field == "department"
    # A person may name it all the same.
    third = await casework.act(
        office, number, "dispatch", who, key="named", given={"department": "water"}
    )
    assert third.org_of("handler") == "water"


async def test_row_3_a_recall_gives_the_row_its_old_deadline(office: AppContext) -> None:
    number = await opened(office)
    filing = {"matter": "01001", "condition": "1", "cell": CELL}
    filed = await act(office, number, "file", actor(office, "acceptor1"), **filing)
    await act(office, number, "dispatch", dispatcher(office))
    later = replace(office, clock=FixedClock(MONDAY + timedelta(minutes=9)))
    back = await act(later, number, "recall", dispatcher(office))
    assert back.stage_clock.due_at == filed.stage_clock.due_at


async def row(office: AppContext, number: str) -> ListedCase:
    page = await inbox.list_cases(office, actor(office, "leader"), CaseQuery())
    (found,) = [one for one in page.items if one.number == number]
    return found


async def test_row_2_a_rejected_closing_is_marked_in_the_list_with_who_and_why(
    office: AppContext,
) -> None:
    """A case that the duty chief did not close looked like an untouched one in the list."""
    number = await dispatched(office)
    for sha256 in ("ab" * 32, "cd" * 32):
        photo = Attachment(
            sha256, MediaKind.PHOTO, PHOTO_MIME, hint=HERE, taken_at=office.clock.now()
        )
        await media.stored(office, photo, 9, media.by_person("collector01"))
    assert (await row(office, number)).back is None
    await act(office, number, "report_done", actor(office, "water1"), note="已更换井盖")
    checker = actor(office, "collector01")
    await act(office, number, "ask_check", actor(office, "acceptor1"), collector=checker.person)
    await casework.act(office, number, "pass_check", checker, key="pass", media=("ab" * 32,))
    assert (await row(office, number)).back is None
    chief = office.city.organisation.first_of(Post.DUTY_CHIEF)
    assert chief is not None
    await act(office, number, "reject_close", chief.actor(), note="照片不是此处")
    listed = (await row(office, number)).back
    assert listed == CameBack(
        action="reject_close",
        person_name=chief.name,
        post="duty_chief",
        at="2026-11-23T01:00:00.000Z",
        note="照片不是此处",
    )
    # The page says the same, and whoever checks once more sees it on the way.
    await casework.act(
        office,
        number,
        "ask_check",
        actor(office, "acceptor1"),
        key="again",
        given={"collector": checker.person},
    )
    assert (await casefile.detail(office, number, checker)).case.back == listed
    assert (await row(office, number)).back == listed
    await casework.act(office, number, "pass_check", checker, key="p2", media=("cd" * 32,))
    await act(office, number, "close", chief.actor())
    assert (await row(office, number)).back is None


async def test_accepting_at_one_tap_is_offered_in_the_row_and_on_the_page(
    office: AppContext,
) -> None:
    number = await dispatched(office)
    who = actor(office, "water1")
    assert (await row(office, number)).direct == ["accept"]
    assert (await city_meta.meta(office, who, 12)).direct == ["accept"]
    assert (await city_meta.meta(office, dispatcher(office), 12)).direct == []
    buttons = (await casefile.detail(office, number, who)).buttons
    assert [one.action for one in buttons if one.direct] == ["accept"]
    await act(office, number, "accept", who)
    assert (await row(office, number)).direct == []


async def test_row_28_a_place_that_a_machine_only_heard_is_doubted_in_the_list_too(
    office: AppContext,
) -> None:
    number = await opened(office)
    assert not (await row(office, number)).place_unsure
    async with office.store.append(office.clock.now()) as writes:
        case = await cases.load(writes.connection, number)
        heard, step = record_system_step(
            case, "suggest", SYSTEM, MONDAY, {"place_text": "风吹到湖"}
        )
        cases.add_step(writes, case, heard, step, office.city.rules(case.release))
    assert (await row(office, number)).place_unsure
    assert (await casefile.detail(office, number, actor(office, "leader"))).case.place_unsure
    await act(office, number, "correct", actor(office, "acceptor1"), place_text="明湾公园")
    assert not (await row(office, number)).place_unsure


async def test_m8_both_collectors_are_told_of_another_one(office: AppContext) -> None:
    await bind(office, "collector01", "collector02")
    number = await opened(office)
    acceptor = actor(office, "acceptor1")
    await act(office, number, "ask_verify", acceptor, collector="collector01")
    await told(office, "collector01")
    await act(office, number, "reassign", acceptor, collector="collector02")
    tasks = await notices.lease(office, [Channel.TELEGRAM], None, 50)
    assert {(task.person, task.template) for task in tasks} == {
        ("collector01", "task.withdrawn"),
        ("collector02", "task.verify"),
    }


async def test_a_case_of_the_older_workflow_is_walked_on_by_it(office: AppContext) -> None:
    """Cases begun under demo-1 keep its rows, and are ended by them."""
    body = read("workflow.toml")
    new = {"recall", "reassign", "reject_close", "order_rework", "send_elsewhere"}
    new |= {"bundle_up"}
    new |= {"urge", "urge_late", "tell_chief", "urge_unanswered", "answer_urge"}
    rows = [
        {name: value for name, value in row.items() if name not in ("aside", "undo")}
        for row in body["move"]
        if row["action"] not in new
    ]
    old = parse_workflow(body | {"version": "demo-1", "move": rows, "timer": []}, form())
    before = replace(office, city=replace(office.city, workflow=old, release="demo-1"))
    number = await dispatched(before)
    kept = replace(
        office.city.pinned(office.city.release), workflow=with_ways_out(old, workflow(), form())
    )
    now = replace(office, city=replace(office.city, former={"demo-1": kept}))
    page = await casefile.detail(now, number, dispatcher(now))
    assert [one.action for one in page.buttons] == ["note"]
    assert (await act(now, number, "accept", actor(now, "water1"))).person_of("handler") == "water1"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"condition": None}, "condition"),
        ({"matter": None}, "matter"),
        ({"matter": "01002"}, "condition"),
        ({"point": None, "cell": None}, "cell"),
    ],
)
async def test_a_case_on_its_way_keeps_what_says_its_proof(
    office: AppContext, given: dict[str, Any], field: str
) -> None:
    """Without a class, a condition or a place anything would prove its closing."""
    number = await dispatched(office)
    with pytest.raises(Invalid) as refusal:
        await act(office, number, "correct", actor(office, "acceptor1"), **given)
    assert (refusal.value.field, refusal.value.code) == (field, "input_missing")


async def test_a_case_is_not_sent_to_whom_it_lies_with(office: AppContext) -> None:
    """Nothing would change but that nobody has accepted it any more."""
    number = await dispatched(office)
    await act(office, number, "accept", actor(office, "water1"))
    before = await stored(office, number)
    with pytest.raises(Invalid) as refusal:
        await act(office, number, "send_elsewhere", dispatcher(office), department="water")
    assert (refusal.value.field, refusal.value.code) == ("department", "has_it_already")
    assert await stored(office, number) == before
    after = await act(office, number, "send_elsewhere", dispatcher(office), department="gas")
    assert after.org_of("handler") == "gas"


async def test_of_a_pin_and_a_cell_that_contradict_each_other_the_pin_counts(
    office: AppContext,
) -> None:
    """Its place proves the closing, so that rights and limits go by it as well."""
    number, acceptor = await opened(office), actor(office, "acceptor1")
    pin, there = Point(121.57, 29.89), "330299002001001"
    case = await act(office, number, "correct", acceptor, point=pin, cell=there)
    assert (case.point, case.cell) == (pin, CELL)
    # A cell alone takes the pin away, as before.
    case = await act(office, number, "file", acceptor, matter="01001", condition="1", cell=there)
    assert (case.point, case.cell) == (None, there)
