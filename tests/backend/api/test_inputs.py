"""M8 and L9: what is given to a move is one of its choices, and a key is good for one move."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy import update

from backend.api.connector_guard import CONNECTORS
from backend.city_files import read_sections, read_staff
from backend.client import BackendClient
from backend.desks import casework
from backend.desks.context import AppContext
from backend.office import make_office
from backend.store import cases, releases
from backend.store.rows import CaseRow
from hotline.case.case import Assignment, Case
from hotline.case.transition import available_actions
from hotline.channel import Channel
from hotline.errors import Invalid, NotFound, Refused
from hotline.release import Section
from hotline.wire import encode, plain
from tests.backend.api.conftest import SignIn, actor, keep_photo, make_case, walk
from tests.cities import FOLDER, MONDAY, demo_files

pytestmark = pytest.mark.slow

NONSENSE: dict[str, tuple[str, Any]] = {
    "collector unknown": ("ask_verify", {"collector": "nobody-at-all"}),
    "collector is a department's": ("ask_verify", {"collector": "gas1"}),
    "collector is an acceptor": ("ask_verify", {"collector": "acceptor1"}),
    "urgency": ("correct", {"urgency": "<b>boo</b>"}),
    "urgency is empty": ("correct", {"urgency": ""}),
    "cell": ("correct", {"cell": "no-such-cell"}),
    "condition before a class": ("correct", {"condition": "zz"}),
    "condition of another class": ("correct", {"matter": "01001", "condition": "zz"}),
    "class": ("correct", {"matter": "99999"}),
    "text": ("correct", {"text": "长" * 10_001}),
    "place": ("correct", {"place_text": "长" * 201}),
    "routed_by": ("dispatch", {"department": "water", "routed_by": "the mayor said so"}),
    "department": ("dispatch", {"department": "no-such"}),
    "handler": ("correct", {"handler": "water1"}),
}


def chat_of(person: str) -> tuple[Channel, str]:
    """The terminal of somebody."""
    return Channel.TERMINAL, f"terminal:{person}"


@pytest.mark.parametrize("name", NONSENSE)
async def test_m8_nonsense_is_refused_by_console_and_connector_and_changes_nothing(
    app: Application, office: AppContext, sign_in: SignIn, bots: BackendClient, name: str
) -> None:
    app[CONNECTORS].terminal = True
    number = await make_case(office)
    action, given = NONSENSE[name]
    if action == "dispatch":
        await walk(app, number, "file")
    who = "dispatcher1" if action == "dispatch" else "acceptor1"
    browser = await sign_in(who)
    before = (await browser.get(f"/api/cases/{number}"))["case"]
    status, body = await browser.act(number, action, **given)
    assert (status, body["field"]) == (400, next(reversed(given)))
    with pytest.raises(Invalid) as refusal:
        await bots.act(number, action, chat_of(who), key="by-the-connector", given=given)
    assert refusal.value.field == body["field"]
    assert (await browser.get(f"/api/cases/{number}"))["case"] == before


async def test_m8_what_is_well_is_taken(office: AppContext, sign_in: SignIn) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    given = {
        "text": "长" * 10_000,
        "place_text": "长" * 200,
        "matter": "01001",
        "condition": "1",
        "urgency": "urgent",
        "cell": "330299001001001",
    }
    status, body = await browser.act(number, "correct", **given)
    assert status == 200
    assert {name: body["case"][name] for name in given} == given


async def test_m8_another_class_takes_the_old_ones_condition_away(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    conditions = office.city.limits.conditions
    other = next(
        code for code, several in conditions.items() if len(several) > 1 and code != "01001"
    )
    await browser.act(number, "correct", matter="01001", condition="1")
    _, body = await browser.act(number, "correct", matter=other)
    assert (body["case"]["matter"], body["case"]["condition"]) == (other, None)


def test_m8_every_input_of_the_workflow_has_its_check(office: AppContext) -> None:
    named = {name for move in office.city.workflow.moves for name in (*move.needs, *move.takes)} - {
        "note",
        "photo",
    }
    known = {one.id for one in office.city.form.fields.values() if not one.inner}
    assert named - known == {"routed_by", "split_into"}


async def stuck(office: AppContext, stage: str, workflow: str) -> str:
    """A case of 0.1.0 that lies with nobody; gives its number."""
    number = await make_case(office)
    async with office.store.begin() as connection:
        case = await cases.load(connection, number)
        lost = replace(
            case,
            stage=stage,
            release=workflow,
            assignments={**case.assignments, "collector": Assignment(person="nobody-at-all")},
        )
        wrong = cases.case_row(lost)
        wrong |= {name: plain(wrong[name]) for name in ("assignments", "clocks", "suggestions")}
        await connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(wrong))
    return number


async def load(office: AppContext, number: str) -> Case:
    async with office.store.connect() as connection:
        return await cases.load(connection, number)


@pytest.mark.parametrize("stage", ["verifying", "checking"])
@pytest.mark.parametrize("version", ["now", "before"])
async def test_m8_a_case_that_lies_with_nobody_is_given_on_or_voided(
    office: AppContext, stage: str, version: str
) -> None:
    """Also one that walks by a workflow of before, which knew no way out."""
    body = dict(demo_files().tables["workflow"])
    body["version"] = "before"
    ways_out = {"reassign": {"verifying", "checking"}, "void": {"verifying", "checking"}}
    body["move"] = [
        move
        for move in body["move"]
        if not ways_out.get(move["action"], set()).intersection(move["from"])
    ]
    kept = Section("json", encode(body).decode())
    async with office.store.begin() as connection:
        made = ({"workflow": kept}, {"workflow": kept.hash}, office.clock.now())
        await releases.keep(connection, "before", *made)
    opened = await make_office(
        office.store,
        office.clock,
        read_sections(FOLDER),
        lambda _: office.knowing,
        lambda: read_staff(FOLDER),
    )
    office = opened.context
    walked = office.city.release if version == "now" else "before"
    number = await stuck(office, stage, walked)
    acceptor, chief = actor(office, "acceptor1"), actor(office, "chief1")
    workflow = office.city.rules(walked).workflow
    case = await load(office, number)
    assert "void" in {move.action for move in available_actions(case, chief, workflow, MONDAY)}
    given = {"collector": "collector01"}
    moved = await casework.act(office, number, "reassign", acceptor, key="on", given=given)
    assert (moved.stage, moved.person_of("collector")) == (stage, "collector01")
    ended = await casework.act(
        office, number, "void", chief, key="void", note="无人", given={"void_reason": "untrue"}
    )
    assert ended.stage == "void"


async def test_l9_a_key_is_good_for_one_case_action_and_person(
    office: AppContext, sign_in: SignIn
) -> None:
    one, two = await make_case(office, "1"), await make_case(office, "2")
    browser = await sign_in("acceptor1")
    assert (await browser.act(one, "note", note="x", key="pressed-once"))[0] == 200
    again = await browser.act(one, "note", note="x", key="pressed-once")
    assert (again[0], again[1]["case"]["version"]) == (200, 2)
    for number, action in ((two, "note"), (one, "decline")):
        status, body = await browser.act(number, action, note="x", key="pressed-once")
        assert (status, body["code"]) == (422, "key_used")
    assert (await load(office, two)).version == 1


async def test_l9_a_used_key_shows_no_connector_the_case_of_somebody_else(
    app: Application, office: AppContext, bots: BackendClient
) -> None:
    app[CONNECTORS].terminal = True
    one = await make_case(office)
    await walk(app, one, "file", "dispatch")
    mine = {"key": "tap-1", "note": "好", "media": (await keep_photo(app, "water1"),)}
    card = await bots.act(one, "report_done", chat_of("water1"), **mine)  # type: ignore[arg-type]
    assert card.stage == "to_check"
    again = await bots.act(one, "report_done", chat_of("water1"), **mine)  # type: ignore[arg-type]
    assert again.version == card.version
    # Who may not know of the case learns nothing of the key either.
    told = {"gas1": "no_case", "water2": "key_used", "collector01": "no_case"}
    for person, code in told.items():
        with pytest.raises((NotFound, Refused)) as refusal:
            await bots.act(one, "report_done", chat_of(person), **mine)  # type: ignore[arg-type]
        assert refusal.value.code == code


async def test_l9_one_key_sent_for_two_moves_at_once_makes_one_and_refuses_the_other(
    office: AppContext,
) -> None:
    numbers, who = [await make_case(office, key) for key in "ab"], actor(office, "acceptor1")
    ended = await asyncio.gather(
        *(
            casework.act(office, number, "note", who, key="once", note="x", version=1)
            for number in numbers
        ),
        return_exceptions=True,
    )
    assert [type(end) for end in ended].count(Refused) == 1
    assert sorted([(await load(office, number)).version for number in numbers]) == [1, 2]


async def test_l9_two_taps_of_one_press_are_one_move_at_the_connector_too(
    office: AppContext,
) -> None:
    number, who = await make_case(office), actor(office, "acceptor1")
    taps = [
        casework.act(office, number, "note", who, key="once", note="x", version=1) for _ in range(4)
    ]
    assert {case.version for case in await asyncio.gather(*taps)} == {2}


async def test_a_day_that_is_past_and_a_lead_that_assists_itself_are_told_by_their_fields(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await walk(app, number, "file")
    dispatcher, commander = await sign_in("dispatcher1"), await sign_in("commander")
    assert (await dispatcher.act(number, "call_hard", note="几家都不认"))[0] == 200
    given = {"department": "water", "note": "定了"}
    status, body = await commander.act(number, "lead_jointly", assisting=["gas", "water"], **given)
    assert (status, body["code"], body["field"]) == (400, "two_parts", "assisting")
    assert "主办与协办" in body["message"]
    assert (await commander.act(number, "lead_jointly", assisting=["gas"], **given))[0] == 200
    water = await sign_in("water1")
    given = {"suspend_reason": "season", "note": "下雪", "resume_on": "2026-11-23"}
    status, body = await water.act(number, "ask_suspend", **given)
    assert (status, body["code"], body["field"]) == (400, "not_ahead", "resume_on")
    assert "2026-11-24" in body["message"]


NAMED = {
    "a list": ("ask_verify", {"collector": "nobody"}, "监督员", "Collector"),
    "a choice": ("decline", {"decline_reason": "no"}, "不予立案原因", "Why it is declined"),
    "nothing chosen": ("decline", {}, "不予立案原因", "Why it is declined"),
    "a note": ("note", {}, "说明", "Note"),
}


@pytest.mark.parametrize("name", NAMED)
async def test_what_is_at_fault_is_named_as_people_know_it(
    office: AppContext, sign_in: SignIn, name: str
) -> None:
    action, given, zh, en = NAMED[name]
    number, browser = await make_case(office), await sign_in("acceptor1")
    for language, word in (("zh_CN", zh), ("en", en)):
        await browser.post("/api/me", {"language": language})
        status, told = await browser.act(number, action, key=f"{name}-{language}", **given)
        assert (status, word in told["message"]) == (400, True), told
        assert told["field"] not in told["message"]
