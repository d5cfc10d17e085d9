"""Branches of a case's way by chat: Bot API over HTTP, connector, backend and PostgreSQL."""

import pytest

from hotline.case.case import Case, replay
from hotline.channel import Channel
from hotline.media import MediaKind
from hotline.number import printed
from tests.bots.desk import Desk
from tests.bots.stage import CITIZEN, COLLECTOR, picture
from tests.real.chatting import Hotline, reported, stands_there, until

pytestmark = pytest.mark.real
WALKER = "collector01"
FOLLOWERS = (511, 512, 513)


async def tells(hotline: Hotline, chat: int, words: str, colour: str = "red") -> Case:
    """Somebody reports with a photo and a position; gives their case."""
    api = hotline.api
    api.photo(chat, picture(colour), caption=words)
    await hotline.said(chat, "还缺位置")
    api.place(chat, 121.5886, 29.8814)
    await hotline.said(chat, "请确认")
    api.tap(chat, "提交")
    await until(lambda: "已登记" in api.last(chat).text)
    brief = await hotline.backend.newest_case(Channel.TELEGRAM, str(chat))
    assert brief is not None
    return await hotline.understood(brief.number)


async def sent_to_verify(hotline: Hotline, case: Case) -> None:
    """The acceptor has it verified by the collector of the place."""
    collector = hotline.office.city.suggested_collector(case.cell, hotline.office.clock.now())
    assert collector is not None
    await hotline.seat(COLLECTOR, collector)
    acceptor = await hotline.open_desk("acceptor")
    await acceptor.press("下发核实")
    await hotline.said(COLLECTOR, "核实任务")


async def looked_up(hotline: Hotline, person: str, number: str) -> Desk:
    """Somebody at a terminal with the card of a case open, whichever else waits for them."""
    desk = hotline.desk(person)
    await desk.type(f"/status {number}")
    return desk


async def test_a_citizen_takes_a_report_back_by_chat(hotline: Hotline) -> None:
    case = await reported(hotline)
    await sent_to_verify(hotline, case)
    api = hotline.api
    api.write(CITIZEN, "路灯也不亮")
    await hotline.said(CITIZEN, "还缺位置")
    api.write(CITIZEN, printed(case.number))  # the number of their own case is no place
    await hotline.said(CITIZEN, "之前填写的内容还在")
    api.write(CITIZEN, f"/status {case.number}")
    await until(lambda: "↩️ 撤回上报" in api.last(CITIZEN).buttons)
    api.tap(CITIZEN, "↩️ 撤回上报")
    await until(lambda: "确定" in api.last(CITIZEN).text)
    assert (await hotline.case()).stage == "verifying", "it is asked first whether they are sure"
    api.tap(CITIZEN, "确定")
    case = await hotline.in_stage("withdrawn")
    await hotline.said(COLLECTOR, "市民已撤诉，不必再核实")
    steps = await hotline.steps(case)
    assert (steps[-1].action, steps[-1].post, replay(steps)) == ("withdraw", "citizen", case)


async def test_what_is_found_untrue_is_declined_and_the_citizen_hears_why(hotline: Hotline) -> None:
    case = await reported(hotline)
    await sent_to_verify(hotline, case)
    hotline.api.tap(COLLECTOR, "不属实")
    assert (await hotline.in_stage("reported")).fields["verified"] == "untrue"
    acceptor = await hotline.open_desk("acceptor")
    assert "不予立案原因" in await acceptor.press("不予立案")
    refused = await acceptor.type("已安排")
    assert "“已安排”不能用" in refused, "words that are no choice are refused at once"
    assert "经核实不属实" in refused
    await acceptor.press("经核实不属实")
    await hotline.in_stage("declined")
    await hotline.said(CITIZEN, "不予立案，原因：经核实不属实")


async def test_what_nobody_can_verify_is_made_void_and_the_citizen_hears_why(
    hotline: Hotline,
) -> None:
    case = await reported(hotline)
    await sent_to_verify(hotline, case)
    hotline.api.tap(COLLECTOR, "无法核实")
    assert (await hotline.in_stage("reported")).fields["verified"] == "unclear"
    await sent_to_verify(hotline, case)
    await hotline.in_stage("verifying")
    chief = await looked_up(hotline, "duty_chief", case.number)
    await chief.press("作废")
    await chief.press("现场已无此问题")
    await chief.type("两次到场均未见")
    await hotline.in_stage("void")
    await hotline.said(CITIZEN, "已作废，原因：现场已无此问题。两次到场均未见")
    await hotline.said(COLLECTOR, "已作废，不必再处理")


async def solved_on_the_spot(hotline: Hotline) -> Case:
    """A collector reports and solves it at once, with a photo from behind."""
    api = hotline.api
    await hotline.seat(COLLECTOR, WALKER)
    case = await tells(hotline, COLLECTOR, "路边有一堆纸箱")
    api.write(COLLECTOR, f"/status {case.number}")
    await until(lambda: "🧹 自行处置" in api.last(COLLECTOR).buttons)
    api.tap(COLLECTOR, "🧹 自行处置")
    await hotline.said(COLLECTOR, "请回复一张处理后的照片")
    api.photo(COLLECTOR, picture("green"), caption="已清走")
    await stands_there(hotline, case)
    return case


async def test_a_collector_solves_it_on_the_spot_and_it_is_audited(hotline: Hotline) -> None:
    case = await solved_on_the_spot(hotline)
    number = case.number
    await hotline.gets("self_audit", number)
    card = await hotline.backend.card(number, (Channel.TERMINAL, "terminal:acceptor1"))
    assert [one.kind for one in card.photos] == [MediaKind.PHOTO, MediaKind.PHOTO_DONE]
    acceptor = await looked_up(hotline, "acceptor", number)
    await acceptor.press("自处置无效")
    await acceptor.type("照片看不清")
    await hotline.gets("reported", number)
    await hotline.said(COLLECTOR, "审核无效，按一般案件办理。照片看不清")
    hotline.api.write(COLLECTOR, f"/status {number}")
    await until(lambda: "🧹 自行处置" in hotline.api.last(COLLECTOR).buttons)
    hotline.api.tap(COLLECTOR, "🧹 自行处置")
    await until(lambda: "处理后的照片" in hotline.api.last(COLLECTOR).text)
    hotline.api.photo(COLLECTOR, picture("olive"), caption="已清走")
    await until(lambda: "发送您的位置" in hotline.api.last(COLLECTOR).text)
    await stands_there(hotline, case)
    await hotline.gets("self_audit", number)
    acceptor = await looked_up(hotline, "acceptor", number)
    assert "类别" in await acceptor.press("自处置有效")
    await acceptor.type("01001")
    await hotline.gets("closed", number)
    await hotline.said(COLLECTOR, "审核有效")


async def test_who_told_of_the_same_is_told_along_and_many_make_it_urgent(hotline: Hotline) -> None:
    leader = await tells(hotline, CITIZEN, "路灯不亮")
    assert leader.urgency == "normal"
    for which, chat in enumerate(FOLLOWERS):
        case = await tells(hotline, chat, f"路灯坏了{which}", ("navy", "gold", "teal")[which])
        acceptor = await looked_up(hotline, "acceptor", case.number)
        await acceptor.press("并案")
        await acceptor.type(leader.number)
        await hotline.gets("merged", case.number)
        await hotline.said(chat, f"与 {printed(leader.number)} 是同一问题")
    after = await hotline.numbered(leader.number)
    assert (after.counts["follower_count"], after.urgency) == (3, "urgent")
    acceptor = await looked_up(hotline, "acceptor", leader.number)
    await acceptor.press("不予立案")
    await acceptor.press("不属受理范围")
    for chat in (CITIZEN, *FOLLOWERS):
        await hotline.said(chat, "不予立案，原因：不属受理范围")
