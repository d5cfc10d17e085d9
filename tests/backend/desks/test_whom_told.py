"""Who is told of what: the outcome of a closing in its own words, an urging where the case lies."""

import pytest

from backend.desks import casework
from backend.desks.context import AppContext
from backend.queries import casefile
from backend.store.chats import Chat, bind_chat
from hotline.channel import Channel
from hotline.errors import Forbidden, Invalid
from hotline.words import catalogue
from tests.backend.desks.test_casework import actor, leased, load, open_case, walk

TO_CHECK = ("file", "dispatch", "accept", "report_done")
FAR = "330298002001049"
URGED = {"urge_kind": "important", "urge_limit": "2uh"}
CLOSED = {
    "": ("told.closed", "✅ 您上报的 {number} 已处理完毕并结案，谢谢您的反映。"),
    "solved": ("told.closed", "✅ 您上报的 {number} 已处理完毕并结案，谢谢您的反映。"),
    "partly": ("told.closed_partly", "您上报的 {number} 已部分解决，现予结案。{note}"),
    "explained": ("told.closed_explained", "您上报的 {number} 已作解释说明，现予结案。{note}"),
}


async def seat(office: AppContext, *people: str) -> None:
    """Bind a chat to each of some people."""
    async with office.store.begin() as connection:
        for one in people:
            chat = Chat(Channel.TELEGRAM, f"chat-{one}", one, "zh_CN")
            await bind_chat(connection, chat, office.clock.now())


@pytest.mark.parametrize("outcome", CLOSED)
async def test_a_closing_tells_its_outcome(office: AppContext, outcome: str) -> None:
    number = await open_case(office)
    await walk(office, number, *TO_CHECK, "ask_check", "pass_check")
    chief, given = actor(office, "chief1"), {"outcome": outcome} if outcome else {}
    await casework.act(office, number, "close", chief, key="close", given=given)
    template, words = CLOSED[outcome]
    told = [one.template for one in await leased(office, Channel.TELEGRAM)]
    assert [one for one in told if one.startswith("told.closed")] == [template]
    assert catalogue("zh_CN")[template] == words


@pytest.mark.parametrize(
    ("way", "whom", "others"),
    [
        ((), ["acceptor1"], "dispatcher1"),
        (("ask_check",), ["collector"], "acceptor1"),
        (("ask_check", "pass_check"), ["chief1"], "acceptor1"),
    ],
    ids=["to_check", "checking", "to_close"],
)
async def test_an_urging_goes_to_whom_the_case_lies_with_and_they_answer_it(
    office: AppContext, way: tuple[str, ...], whom: list[str], others: str
) -> None:
    number = await open_case(office)
    await walk(office, number, *TO_CHECK, *way)
    case = await load(office, number)
    handler, collector = str(case.person_of("handler")), str(case.person_of("collector"))
    whom = [collector if one == "collector" else one for one in whom]
    await seat(office, handler, "acceptor1", "chief1", "dispatcher1", *whom)
    leader = actor(office, "leader")
    await casework.act(office, number, "urge", leader, key="urge", note="今天", given=URGED)
    told = await leased(office, Channel.TELEGRAM)
    assert [one.person for one in told if one.template == "task.urged"] == whom
    for stranger in (handler, others):
        with pytest.raises(Forbidden):
            await casework.act(
                *(office, number, "answer_urge", actor(office, stranger)), key="no", note="不"
            )
    (answerer,) = whom
    await casework.act(
        *(office, number, "answer_urge", actor(office, answerer)), key="yes", note="好"
    )
    assert "urged_at" not in (await load(office, number)).times


async def test_a_place_moved_in_handling_is_told_and_another_centre_proposed(
    office: AppContext,
) -> None:
    number = await open_case(office)
    await walk(office, number, "file")
    city, district = actor(office, "dispatcher1"), actor(office, "dispatcher_mw")
    await casework.act(office, number, "send_down", city, key="down")
    await casework.act(office, number, "dispatch", district, key="dispatch")
    handler = str((await load(office, number)).org_of("handler"))
    who = office.city.organisation.handlers_of(handler)[0].code
    await seat(office, who, "dispatcher_mw", "dispatcher_dp")
    await leased(office, Channel.TELEGRAM)
    acceptor, there = actor(office, "acceptor1"), {"place_text": "岱屏公园", "cell": FAR}
    await casework.act(office, number, "correct", acceptor, key="moved", given=there)
    assert sorted(
        (str(one.person), one.template) for one in await leased(office, Channel.TELEGRAM)
    ) == sorted([(who, "task.corrected"), ("dispatcher_mw", "task.corrected_centre")])
    page = (await casefile.detail(office, number, district)).case
    assert page.suggested["centre_beside"] == "daiping_centre"
    assert (await load(office, number)).org_of("centre") == "mingwan_centre", "only proposed"

    given = {"department": handler, "centre_beside": "daiping_centre"}
    await casework.act(office, number, "send_elsewhere", district, key="elsewhere", given=given)
    assert (await load(office, number)).org_of("centre") == "daiping_centre"
    told = {(one.person, one.template) for one in await leased(office, Channel.TELEGRAM)}
    # Who has it still is told of the case as it is, not that it is theirs no more.
    assert told == {(who, "task.handle"), ("dispatcher_dp", "task.directs")}
    page = (await casefile.detail(office, number, actor(office, "dispatcher_dp"))).case
    assert "centre_beside" not in page.suggested


async def test_a_case_that_the_city_directs_goes_to_no_district_by_the_way(
    office: AppContext,
) -> None:
    number = await open_case(office)
    await walk(office, number, "file", "dispatch")
    city = actor(office, "dispatcher1")
    page = (await casefile.detail(office, number, city)).case
    assert "centre_beside" not in page.suggested
    given = {"department": "water", "centre_beside": "daiping_centre"}
    with pytest.raises(Invalid) as refused:
        await casework.act(office, number, "send_elsewhere", city, key="no", given=given)
    assert (refused.value.field, refused.value.code) == ("centre_beside", "not_listed")
