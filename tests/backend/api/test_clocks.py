"""How the time of a case was counted, as the console asks for it, in both languages."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api.office_keys import OFFICE
from backend.desks.context import AppContext
from backend.queries.clock_account import accounts_of
from backend.queries.clock_records import CaseClocks
from hotline.case.case import Case, apply
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clock_time import timed
from hotline.case.counting import midnight
from hotline.clock import FixedClock, iso
from hotline.words import LANGUAGES
from tests.backend.api.conftest import SignIn, make_case, walk
from tests.cities import MONDAY, calendar, make_step, organisation, rules
from tests.cities import make_case as case_in
from tests.hotline.case.test_clock_time import ODD

FRIDAY = MONDAY + timedelta(days=4, hours=8)  # 17:00 in the city


def clocked(**clock: object) -> Case:
    """A case under way whose stage has four working hours from Friday evening on."""
    kept = {"started": FRIDAY, "limit": "4wh", "calendar": calendar().version}
    told = {"due_at": MONDAY + timedelta(days=7, hours=2), **kept, **clock}
    case = replace(case_in("to_close"), version=0)
    return apply(case, replace(make_step(case), changes={"clocks": {"stage": told}}))


def accounts(case: Case, language: str = "en") -> CaseClocks:
    return accounts_of(case, rules(), language)


async def test_a_case_says_how_its_time_was_counted(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    clock.at = FRIDAY
    number = await make_case(office)
    await walk(app, number, "file")
    browser = await sign_in("dispatcher1")
    told = await browser.get(f"/api/cases/{number}/clocks")
    stage, whole = told["clocks"]
    assert (whole["kind"], whole["limit"], whole["name"]) == ("whole", "30ud", "全案时限")
    assert (stage["kind"], stage["limit"], stage["minutes"]) == ("stage", "30wm", 30)
    assert stage["name"] == "“待派遣”阶段时限"
    assert stage["counted_from"] == stage["started"] == "2026-11-27T09:00:00.000Z"
    [day] = stage["first"]
    assert day["counted"] == [
        {
            "start": "2026-11-27T09:00:00.000Z",
            "end": "2026-11-27T09:30:00.000Z",
            "minutes": 30,
        }
    ]
    assert day["text"] == "2026年11月27日周五：17:00–17:30，计 30 分钟"
    assert told["version"] == (await browser.get(f"/api/cases/{number}"))["case"]["version"]


async def test_whoever_may_not_know_of_a_case_learns_nothing_of_its_time(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    for person, path in (("water1", number), ("acceptor1", "00000000")):
        browser = await sign_in(person)
        status, said = await browser.ask("GET", f"/api/cases/{path}/clocks")
        assert (status, said["code"]) == (404, "no_case")


async def test_the_clock_of_handling_is_told_once_and_not_as_the_stages_too(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    case = await walk(app, number, "file", "dispatch")
    assert accounts_of(case, app[OFFICE].now.city.rules(case.release), "en").clocks[0].name == (
        "Time for handling"
    )
    browser = await sign_in("dispatcher1")
    told = await browser.get(f"/api/cases/{number}/clocks")
    assert [one["kind"] for one in told["clocks"]] == ["handling", "safe", "whole"]
    case = await walk(app, number, "accept", "report_done")
    told = accounts_of(case, app[OFFICE].now.city.rules(case.release), "zh_CN")
    assert [one.kind for one in told.clocks] == ["handling", "stage", "safe", "whole"]
    assert any("停止计时" in note for note in told.clocks[0].notes)


def test_each_day_says_in_words_what_counted_and_why_not() -> None:
    [stage] = accounts(clocked()).clocks
    assert stage.text == (
        "4 working h, that is 240 minutes of working time, counted from Fri 2026-11-27 17:00: "
        "due Mon 2026-11-30 11:00."
    )
    assert [day.text for day in stage.first] == [
        "Fri 2026-11-27: 17:00–18:00, 60 min; outside working hours: 18:00–24:00",
        "Sat 2026-11-28: weekend, does not count",
        "Sun 2026-11-29: weekend, does not count",
        "Mon 2026-11-30: 08:00–11:00, 180 min; outside working hours: 00:00–08:00",
    ]
    assert stage.notes == []


def test_a_clock_of_a_calendar_that_is_gone_says_by_which_it_is_counted() -> None:
    [stage] = accounts(clocked(calendar="old-1")).clocks
    [note] = stage.notes
    assert "old-1" in note
    assert calendar().version in note
    assert (stage.calendar, stage.counted_by) == ("old-1", calendar().mark)


def test_a_deadline_that_the_days_do_not_lead_to_is_told() -> None:
    [stage] = accounts(clocked(due_at=MONDAY + timedelta(days=7))).clocks
    assert stage.notes == [
        "By the days that are counted here it would be due Mon 2026-11-30 11:00; "
        "the deadline stands."
    ]


def test_a_clock_that_was_kept_is_counted_from_its_beginning_and_says_so() -> None:
    [stage] = accounts(clocked(started=FRIDAY + timedelta(hours=70), counted_from=FRIDAY)).clocks
    assert stage.counted_from == "2026-11-27T09:00:00.000Z"
    [note] = stage.notes
    assert "Fri 2026-11-27 17:00" in note
    assert sum(day.minutes for day in stage.first) == 240


def test_a_clock_that_was_stopped_says_since_when() -> None:
    [stage] = accounts(clocked(stopped=FRIDAY + timedelta(minutes=5))).clocks
    assert stage.notes == ["It has stood still since Fri 2026-11-27 17:05."]


@pytest.mark.parametrize("limit", [None, "soon"])
def test_a_clock_of_0_1_0_without_a_limit_has_no_days(limit: str | None) -> None:
    [stage] = accounts(clocked(limit=limit, calendar="")).clocks
    assert (stage.minutes, stage.first, stage.between, stage.notes) == (None, [], None, [])
    assert "not on record" in stage.text


def test_a_clock_that_is_never_due_is_none() -> None:
    assert accounts(clocked(due_at=None)).clocks == []


def test_a_deadline_over_a_year_without_its_notice_is_provisional() -> None:
    late = calendar().after(FRIDAY, timedelta(minutes=40 * 480))
    [stage] = accounts(clocked(limit="40wd", due_at=late)).clocks
    assert stage.provisional
    assert stage.between is not None
    assert len(stage.first) == len(stage.last) == 7
    assert f"{stage.between.working} more working days" in stage.between.text
    assert stage.notes == ["Provisional: holidays of a year that it runs in are not out."]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("limit", ["30um", "24uh", "20ud", "45wm", "9wh", "60wd"])
def test_every_limit_over_every_kind_of_day_has_its_words(language: str, limit: str) -> None:
    """National Day: holidays, weekends and a weekend that is worked, begun late in the evening."""
    start = FRIDAY.replace(month=9, day=30, hour=15)
    [stage] = accounts(clocked(limit=limit, started=start), language).clocks
    lines = [stage.text, *(day.text for day in (*stage.first, *stage.last))]
    assert all(lines)
    assert {day.day for day in stage.first} >= {date(2026, 9, 30).isoformat()}


HOUR = timedelta(hours=1)
WEDNESDAY = MONDAY + timedelta(days=9)  # 09:00 in the city, five days after Friday


def shorts(language: str = "en", **clock: object) -> str:
    [stage] = accounts(clocked(**clock), language).clocks
    return stage.short


def timed_clock(**clock: Any) -> dict[str, Any]:
    """Attributes of the clock of `clocked` with the instants that they make."""
    found = timed(CaseClock(FRIDAY, limit="4wh", **clock), calendar(), rules().limits.yellow_share)
    return {**clock, "due_at": found.due_at, "warn_at": found.warn_at, "calendar": found.calendar}


def test_a_clock_is_told_in_one_line() -> None:
    assert shorts() == "4 working h, counted 17:00–18:00 and 08:00–11:00"
    assert shorts("zh_CN") == "4 个工作小时，计时 17:00–18:00 和 08:00–11:00"
    assert shorts(limit="2uh") == "2 h, counted 17:00–19:00"
    assert shorts(limit="7uh") == "7 h, counted 17:00–24:00"
    assert shorts(limit="3ud") == (
        "3 d, counted by day and night from Fri 11-27 17:00 to Mon 11-30 17:00"
    )
    assert shorts(limit="5wd") == (
        "5 working d, counted on 6 days from Fri 11-27 17:00 to Fri 12-04 17:00"
    )


def test_a_paused_clock_says_how_long_it_stood_still_and_by_which_stage() -> None:
    pause = Pause(FRIDAY + HOUR / 2, WEDNESDAY, "to_close")
    given = timed_clock(pauses=(pause,))
    [stage] = accounts(clocked(**given)).clocks
    assert stage.short == (
        "4 working h, counted 17:00–17:30, 09:00–12:00 and 14:00–14:30; "
        "paused 4 d 15 h by “To close”"
    )
    assert "It was paused from Fri 2026-11-27 17:30 to Wed 2026-12-02 09:00 by “To close”." in (
        stage.notes
    )
    assert [day.text for day in stage.first][:2] == [
        "Fri 2026-11-27: 17:00–17:30, 30 min; paused: 17:30–24:00",
        "Sat 2026-11-28: paused 00:00–24:00",
    ]
    [shown] = stage.pauses
    assert (shown.stage, shown.by, shown.end) == ("to_close", "To close", iso(WEDNESDAY))
    assert shorts("zh_CN", **given).endswith("；因“待结案”暂停 4 天 15 小时")


def test_a_clock_that_stands_still_now_says_since_when_and_what_is_left() -> None:
    given = timed_clock(paused=FRIDAY + HOUR / 2)
    [stage] = accounts(clocked(**given)).clocks
    assert stage.short == (
        "4 working h, counted 17:00–17:30; paused since Fri 11-27 17:30 by “To close”; "
        "210 working min left"
    )
    assert (stage.due_at, stage.warn_at, stage.provisional) == (None, None, False)
    assert stage.text.endswith("not due while the clock is paused.")
    [shown] = stage.pauses
    assert (shown.end, shown.by) == (None, "To close")
    assert "剩余 210 个工作分钟" in shorts("zh_CN", **given)
    # It is told where nothing is on record of its limit, too.
    [bare] = accounts(clocked(limit=None, paused=FRIDAY, due_at=None)).clocks
    assert "Not due" in bare.text == bare.short


def test_an_extended_clock_says_by_how_much_and_from_when() -> None:
    given = timed_clock(added=("1wd", "2uh"))
    [stage] = accounts(clocked(**given)).clocks
    assert stage.short == (
        "4 working h, extended by 1 working d + 2 h, counted on 3 days from "
        "Fri 11-27 17:00 to Tue 12-01 13:00"
    )
    assert stage.text == (
        "4 working h + 1 working d + 2 h, counted from Fri 2026-11-27 17:00: "
        "due Tue 2026-12-01 13:00."
    )
    assert "1 working d were granted on top, counted on from Mon 2026-11-30 11:00." in stage.notes
    assert (stage.limit, stage.added, stage.minutes) == ("4wh", ["1wd", "2uh"], 240 + 480 + 120)
    assert "延期 1 个工作日 + 2 小时" in shorts("zh_CN", **given)


def test_many_pauses_are_told_by_their_sum() -> None:
    starts = [FRIDAY + timedelta(minutes=10 * n) for n in range(1, 6)]
    pauses = tuple(Pause(at, at + timedelta(minutes=5), "to_close") for at in starts)
    [stage] = accounts(clocked(**timed_clock(pauses=pauses))).clocks
    assert stage.short.endswith("; paused 25 min by “To close”")
    assert "… and 2 more times." in stage.notes
    odd = (Pause(starts[0], starts[1], "gone"), Pause(starts[2], starts[3]))
    told = shorts(**timed_clock(pauses=odd))
    assert told.endswith("; paused 10 min; paused 10 min by “gone”")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ODD)
def test_kind_1_an_odd_clock_is_told_all_the_same(name: str, language: str) -> None:
    for clock in (ODD[name], replace(ODD[name], paused=FRIDAY)):
        case = replace(case_in("to_close"), clocks={"stage": clock, "x": clock})
        assert all(one.short and one.text for one in accounts(case, language).clocks)


def test_a_clock_of_one_of_several_says_whose_it_is() -> None:
    clock = CaseClock(FRIDAY, due_at=FRIDAY + HOUR, limit="1wh")
    kinds = ("assisting:gas", "assisting:gone", "urge", "whole", "own", "own:x")
    case = replace(case_in("to_close"), clocks=dict.fromkeys(kinds, clock))
    told = accounts_of(case, rules(), "zh_CN", organisation())
    gas = organisation().departments["gas"].name
    assert {one.kind: one.name for one in told.clocks} == {
        "assisting:gas": f"协办时限（{gas}）",
        "assisting:gone": "协办时限（gone）",
        "urge": "督办答复时限",
        "whole": accounts_of(case, rules(), "zh_CN").clocks[-1].name,
        "own": "时限“own”",
        "own:x": "时限“own”（x）",
    }
    named = {one.name for one in accounts_of(case, rules(), "en", organisation()).clocks}
    assert "Time for assisting: gone" in named


def test_the_days_that_are_left_out_of_a_natural_clock_are_days_whatever_they_are() -> None:
    [stage] = accounts(clocked(**{**timed_clock(), "limit": "60ud"})).clocks
    assert stage.between is not None
    assert stage.between.text == "… and 47 more days, 47 d …"


def test_a_pause_of_seconds_is_no_paused_day() -> None:
    start = midnight(FRIDAY.date() + timedelta(days=1), calendar())
    pause = Pause(start, start + timedelta(seconds=20), "to_close")
    given = timed_clock(pauses=(pause,))
    texts = [day.text for day in accounts(clocked(**given)).clocks[0].first]
    assert not any("paused" in text for text in texts), texts
