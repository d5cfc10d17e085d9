"""What is asked for on a case, as its page tells it to who says yes or no."""

from datetime import timedelta

import pytest

from backend.desks import casework, inputs, media
from backend.desks.citizens import citizen_of
from backend.desks.context import AppContext
from backend.queries import casefile, city_meta
from hotline.clock import FixedClock, iso
from hotline.errors import Invalid, NotFound
from tests.backend.desks.test_casework import actor, load, open_case, photo, walk


async def _handled(office: AppContext) -> tuple[str, str]:
    """A case that lies with a department; gives its number and who is there."""
    number = await open_case(office)
    case = await walk(office, number, "file", "dispatch", "accept")
    return number, str(case.person_of("handler"))


async def _ask(office: AppContext, number: str, who: str, action: str, **given: object) -> None:
    by = actor(office, who)
    await casework.act(office, number, action, by, key=action, note="等配件", given=given)


async def test_the_page_tells_until_when_a_case_would_be_due_if_more_time_was_granted(
    office: AppContext,
) -> None:
    number, who = await _handled(office)
    dispatcher = actor(office, "dispatcher1")
    assert (await casefile.detail(office, number, dispatcher)).case.asked is None
    await _ask(office, number, who, "ask_extension", extension="1wd")
    told = (await casefile.detail(office, number, dispatcher)).case
    assert told.asked is not None
    assert (told.asked.action, told.asked.note) == ("ask_extension", "等配件")
    assert told.asked.fields == {"extension": "1wd"}
    granted = await casework.act(office, number, "approve_extension", dispatcher, key="yes")
    assert granted.due is not None
    after = (await casefile.detail(office, number, dispatcher)).case
    assert after.asked is None
    assert (after.due, told.asked.due == after.due, told.due != after.due) == (
        told.asked.due,
        True,
        True,
    )


@pytest.mark.parametrize("days", [-365, -1, 0, 731, 3000])
async def test_a_case_is_not_suspended_until_a_day_that_has_been_or_is_years_ahead(
    office: AppContext, days: int
) -> None:
    number, who = await _handled(office)
    today = office.clock.now().astimezone(office.city.zone).date()
    given = {"suspend_reason": "season", "resume_on": str(today + timedelta(days=days))}
    with pytest.raises(Invalid) as refused:
        await _ask(office, number, who, "ask_suspend", **given)
    assert (refused.value.field, refused.value.code) == ("resume_on", "not_ahead")
    assert (await load(office, number)).stage == "handling"


async def test_the_pool_is_counted_by_reason_until_a_case_leaves_it(office: AppContext) -> None:
    number, who = await _handled(office)
    until = office.clock.now().astimezone(office.city.zone).date() + timedelta(days=30)
    await _ask(*(office, number, who, "ask_suspend"), suspend_reason="season", resume_on=str(until))
    dispatcher = actor(office, "dispatcher1")
    suspended = await casework.act(office, number, "approve_suspend", dispatcher, key="yes")
    assert suspended.facets == {"suspend_reason": "season"}
    resumed = await casework.act(office, number, "take_up", dispatcher, key="up")
    assert (resumed.stage, resumed.facets) == ("handling", {})
    assert "resume_on" not in {name for name, one in resumed.fields.items() if one}


async def test_who_urges_stands_with_the_demand_until_it_is_answered(office: AppContext) -> None:
    number, who = await _handled(office)
    leader, handler = actor(office, "leader"), actor(office, who)
    given = {"urge_kind": "leader", "urge_limit": "2uh"}
    await casework.act(office, number, "urge", leader, key="urge", note="马上", given=given)
    (urge,) = [
        one
        for one in (await casefile.detail(office, number, handler)).case.clocks
        if one.kind == "urge"
    ]
    page = (await casefile.detail(office, number, handler)).case.clocks
    assert [one.note for one in page if one.kind == "safe"] == [""]
    assert (urge.action, urge.note, urge.stopped, urge.org) == ("urge", "马上", None, None)
    assert urge.due is not None
    await casework.act(office, number, "answer_urge", handler, key="answer", note="已到现场")
    told = (await casefile.detail(office, number, handler)).case.clocks
    assert [(one.stopped is not None, one.done) for one in told if one.kind == "urge"] == [
        (True, True)
    ]


async def test_the_console_knows_what_is_asked_anew_and_how_far_a_day_lies_ahead(
    office: AppContext,
) -> None:
    known = await city_meta.meta(office, actor(office, "dispatcher1"), 8)
    found = {one.id: (one.anew, one.ahead) for one in known.fields}
    assert found["resume_on"] == (True, 730)
    assert found["matter"] == (False, 0)


@pytest.mark.parametrize(
    ("ask", "yes", "field", "given"),
    [
        ("ask_suspend", "approve_suspend", "resume_on", {"suspend_reason": "season"}),
        ("ask_extension", "approve_extension", "extension", {}),
    ],
)
async def test_who_agrees_does_not_empty_what_they_agree_to(
    office: AppContext, ask: str, yes: str, field: str, given: dict[str, str]
) -> None:
    number, who = await _handled(office)
    today = office.clock.now().astimezone(office.city.zone).date()
    value = {"resume_on": str(today + timedelta(days=30)), "extension": "1wd"}[field]
    await _ask(office, number, who, ask, **given, **{field: value})
    dispatcher = actor(office, "dispatcher1")
    for nothing in (None, "", " "):
        with pytest.raises(Invalid) as refused:
            await casework.act(office, number, yes, dispatcher, key="no", given={field: nothing})
        assert (refused.value.field, refused.value.code) == (field, "input_missing")
    assert (await load(office, number)).fields[field] == value
    assert not (await load(office, number)).counts
    agreed = await casework.act(office, number, yes, dispatcher, key="yes")
    assert agreed.fields[field] == value


@pytest.mark.parametrize("no", ["refuse_return", "refuse_shirking", "withdraw_request"])
async def test_a_return_that_was_not_agreed_to_leaves_no_reason(
    office: AppContext, no: str
) -> None:
    number, who = await _handled(office)
    await _ask(office, number, who, "send_back", return_reason="not_ours")
    by = actor(office, who if no == "withdraw_request" else "dispatcher1")
    case = await casework.act(office, number, no, by, key=no, note="是你们的")
    assert (case.stage, case.fields.get("return_reason")) == ("handling", None)
    page = await casefile.detail(office, number, by)
    assert not page.case.fields.get("return_reason")
    assert page.case.returns == []


async def test_a_case_that_is_reopened_was_not_closed_by_force_any_more(
    office: AppContext,
) -> None:
    number, _ = await _handled(office)
    chief, leader = actor(office, "chief1"), actor(office, "leader")
    await casework.act(
        *(office, number, "ask_force", chief),
        key="ask",
        note="无主",
        given={"force_reason": "no_means"},
    )
    forced = await casework.act(office, number, "agree_force", leader, key="yes")
    assert (forced.fields["outcome"], forced.person_of("forcer")) == ("forced", "chief1")
    # Nobody made it safe, though the clock stands still with its case.
    page = (await casefile.detail(office, number, chief)).case.clocks
    assert [(one.stopped is not None, one.done) for one in page if one.kind == "safe"] == [
        (True, False)
    ]
    citizen = citizen_of(office.city)
    again = await casework.act(office, number, "reopen", citizen, key="again", note="还在")
    gone = [again.fields.get(name) for name in ("outcome", "force_reason")]
    assert (gone, again.person_of("forcer")) == ([None, None], None)
    closed = await casework.act(office, number, "close", chief, key="close", note="已办好")
    assert (closed.stage, closed.fields.get("outcome")) == ("closed", None)


async def test_a_signed_form_is_looked_at_like_any_photo_of_a_move(office: AppContext) -> None:
    """It is there, of who hands it in, used once, and the case's own from then on."""
    number, who = await _handled(office)
    dispatcher, commander = actor(office, "dispatcher1"), actor(office, "commander")
    await _ask(office, number, who, "ask_extension", extension="1wd")
    await casework.act(office, number, "approve_extension", dispatcher, key="yes")
    another, own = await photo(office, "collector01"), await photo(office, who)
    again = {"extension": "2wd"}
    for form, code in (("ab" * 32, "no_photo"), (another, "no_photo")):
        with pytest.raises(Invalid) as refused:
            await _ask(office, number, who, "ask_extension_again", **again, extension_form=[form])
        assert (refused.value.field, refused.value.code) == ("extension_form", code)
    with pytest.raises(NotFound):
        await media.check_may_open(office, commander, own)
    await _ask(office, number, who, "ask_extension_again", **again, extension_form=[own])
    await media.check_may_open(office, commander, own)
    await casework.act(office, number, "approve_extension", commander, key="yes again")
    by, given = actor(office, who), {**again, "extension_form": [own]}
    with pytest.raises(Invalid) as refused:
        await casework.act(
            office, number, "ask_extension_again", by, key="twice", note="n", given=given
        )
    assert (refused.value.field, refused.value.code) == ("extension_form", "photo_used")


async def test_a_signed_form_comes_with_the_move_as_consoles_and_chats_hand_it_in(
    office: AppContext,
) -> None:
    number, who = await _handled(office)
    dispatcher, commander = actor(office, "dispatcher1"), actor(office, "commander")
    await _ask(office, number, who, "ask_extension", extension="1wd")
    await casework.act(office, number, "approve_extension", dispatcher, key="yes")
    own, by = await photo(office, who), actor(office, who)
    given = {"extension": "2wd", "extension_form": [own]}
    asked = await casework.act(
        *(office, number, "ask_extension_again", by),
        key="again",
        note="配件缺货",
        media=(own,),
        given=given,
    )
    assert (asked.stage, asked.fields["extension_form"]) == ("extension_again", [own])
    await media.check_may_open(office, commander, own)


async def test_what_was_asked_until_a_day_that_has_passed_is_granted_until_another(
    office: AppContext, clock: FixedClock
) -> None:
    number, who = await _handled(office)
    dispatcher = actor(office, "dispatcher1")
    today = office.clock.now().astimezone(office.city.zone).date()
    tomorrow, later = str(today + timedelta(days=1)), str(today + timedelta(days=9))
    given = {"suspend_reason": "season", "resume_on": tomorrow}
    await _ask(office, number, who, "ask_suspend", **given)
    move = office.city.rules((await load(office, number)).release).workflow.find(
        "approve_suspend", "suspension_asked"
    )
    assert move is not None
    case = await load(office, number)
    assert inputs.still_needed(office, case, move, office.clock.now()) == ()
    clock.move(timedelta(days=1))
    assert inputs.still_needed(office, case, move, office.clock.now()) == ("resume_on",)
    with pytest.raises(Invalid) as refused:
        await casework.act(office, number, "approve_suspend", dispatcher, key="yes")
    assert (refused.value.field, refused.value.code) == ("resume_on", "not_ahead")
    given = {"resume_on": later}
    granted = await casework.act(
        office, number, "approve_suspend", dispatcher, key="yes", given=given
    )
    assert (granted.stage, granted.fields["resume_on"]) == ("suspended", later)


async def test_who_grants_more_time_is_told_where_it_would_go_beyond_the_whole_case(
    office: AppContext,
) -> None:
    number, who = await _handled(office)
    dispatcher, commander = actor(office, "dispatcher1"), actor(office, "commander")
    whole = (await load(office, number)).clocks["whole"].due_at
    assert whole is not None
    await _ask(office, number, who, "ask_extension", extension="1wd")
    asked = (await casefile.detail(office, number, dispatcher)).case.asked
    assert asked is not None
    assert (asked.due is not None, asked.whole) == (True, None)
    await casework.act(office, number, "approve_extension", dispatcher, key="yes")
    for turn in range(3):
        form = await photo(office, who)
        given = {"extension": "10wd", "extension_form": [form]}
        by = actor(office, who)
        await casework.act(
            office, number, "ask_extension_again", by, key=f"ask{turn}", note="n", given=given
        )
        asked = (await casefile.detail(office, number, commander)).case.asked
        await casework.act(office, number, "approve_extension", commander, key=f"yes{turn}")
    assert asked is not None
    assert asked.whole == iso(whole)
    assert asked.due is not None
    assert asked.due > asked.whole
