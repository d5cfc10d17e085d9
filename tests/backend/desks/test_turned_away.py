"""A report that the office turns away or takes back: by whom, why, and what the citizen hears."""

import pytest

from backend.desks import acceptance, casework, notices
from backend.desks.context import AppContext
from backend.queries import casefile
from hotline.channel import Channel
from hotline.errors import Forbidden, Invalid
from hotline.report import Contact, NewReport
from tests.backend.desks.test_casework import POINT, actor, load, open_case, photo
from tests.cities import MONDAY


async def test_the_office_takes_a_report_back_with_words_and_says_that_it_did(
    office: AppContext,
) -> None:
    number, acceptor = await open_case(office), actor(office, "acceptor1")
    with pytest.raises(Invalid) as refused:
        await casework.act(office, number, "withdraw_for", acceptor, key="1")
    assert (refused.value.field, refused.value.code) == ("note", "input_missing")
    with pytest.raises(Forbidden):
        await casework.act(office, number, "withdraw", acceptor, key="2", note="x")
    case = await casework.act(office, number, "withdraw_for", acceptor, key="3", note="来电说已好")
    assert case.stage in office.city.ends
    (told,) = [
        one
        for one in await notices.lease(office, [Channel.TELEGRAM], None, 9)
        if one.number == number
    ]
    assert (told.template, told.values["note"]) == ("told.withdrawn_for", "来电说已好")


async def test_who_took_a_report_down_does_not_turn_it_away(office: AppContext) -> None:
    contact = Contact(Channel.CONSOLE, "")
    report = NewReport(Channel.CONSOLE, "1", contact, MONDAY, text="井盖没了")
    number = (await acceptance.record(office, report, clerk=actor(office, "chief2"))).number
    for action, given in (("decline", {"decline_reason": "out_of_scope"}), ("withdraw_for", {})):
        buttons = (await casefile.detail(office, number, actor(office, "chief2"))).buttons
        assert action not in {one.action for one in buttons}
        by = actor(office, "chief2")
        with pytest.raises(Forbidden) as refused:
            await casework.act(office, number, action, by, key=action, note="x", given=given)
        assert refused.value.code == "duties_separated"
    given = {"decline_reason": "out_of_scope"}
    await casework.act(office, number, "decline", actor(office, "chief1"), key="n", given=given)
    assert (await load(office, number)).stage == "declined"


async def test_what_was_solved_on_the_spot_is_closed_with_its_class(office: AppContext) -> None:
    number, collector = await self_handled(office)
    acceptor = actor(office, "acceptor1")
    assert (await load(office, number)).matter is None
    with pytest.raises(Invalid) as refused:
        await casework.act(office, number, "self_valid", acceptor, key="1")
    assert (refused.value.field, refused.value.code) == ("matter", "input_missing")
    named = {"matter": "01001"}
    await casework.act(office, number, "correct", acceptor, key="2", given={"text": "井盖已盖好"})
    closed = await casework.act(office, number, "self_valid", acceptor, key="3", given=named)
    assert (closed.stage, closed.matter) == ("closed", "01001")
    assert collector in {one.person for one in closed.having("reporter")}


async def self_handled(office: AppContext) -> tuple[str, str]:
    """A case that a collector solved on the spot; gives its number and who that was."""
    who = "collector01"
    before, after = await photo(office, who), await photo(office, who)
    report = NewReport(
        *(Channel.TELEGRAM, "self", Contact(Channel.TELEGRAM, ""), MONDAY),
        text="井盖没了",
        point=POINT,
        media=(before,),
        reporter=who,
    )
    number = (await acceptance.record(office, report)).number
    by, shown = actor(office, who), (after,)
    await casework.act(office, number, "solve", by, key="s", note="已盖好", media=shown)
    return number, who
