"""Fault 1: a report is taken, filed and dispatched whatever years the working calendar holds."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from backend.desks import acceptance, casework, timers
from backend.desks.context import AppContext, ContextSource
from backend.jobs.calendar import CalendarWatch
from backend.queries import casefile
from backend.store import cases
from hotline.case.calendar_data import parse_calendar
from hotline.case.case import Case
from hotline.case.light import Light
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.people import Actor
from hotline.report import Contact, NewReport
from tests.cities import make_actor, read
from tests.fakes.knowing import CELL
from tests.posts import Post

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
TIMES: dict[str, tuple[str, dict[str, object]]] = {
    "the last minute of the last year": ("2027-12-31 23:59", {}),
    "the last working minutes of it": ("2027-12-31 17:45", {}),
    "a year the shipped calendar has not": ("2028-02-29 10:00", {}),
    "a calendar of last year only": ("2026-11-25 10:00", {"years": [2025], "provisional": []}),
    "a calendar of no year": ("2026-11-25 10:00", {"years": [], "provisional": []}),
}


@pytest.fixture(params=TIMES, ids=str)
async def late(request: pytest.FixtureRequest, office: AppContext, clock: FixedClock) -> AppContext:
    """The demo office at an awkward time."""
    at, change = TIMES[request.param]
    clock.at = datetime.fromisoformat(at).replace(tzinfo=ZONE).astimezone(UTC)
    calendar = parse_calendar(read("calendar.toml") | change, ZONE.key)
    return replace(office, city=replace(office.city, calendar=calendar))


def dispatcher(office: AppContext) -> Actor:
    found = office.city.organisation.first_of(Post.DISPATCHER)
    assert found is not None
    return found.actor()


async def walked(office: AppContext) -> Case:
    contact = Contact(Channel.TELEGRAM, "4711")
    report = NewReport(Channel.TELEGRAM, "1", contact, office.clock.now(), text="路面破损")
    number = (await acceptance.record(office, report)).number
    acceptor = office.city.organisation.person("acceptor1").actor()
    filing = {"matter": "01001", "condition": "4", "cell": CELL}  # five working days
    await casework.act(office, number, "file", acceptor, key="file", given=filing)
    return await casework.act(office, number, "dispatch", dispatcher(office), key="dispatch")


async def test_d1_a_report_is_taken_filed_and_dispatched(
    late: AppContext, clock: FixedClock
) -> None:
    case = await walked(late)
    assert case.stage == "handling"
    assert case.due is not None
    assert case.due.astimezone(ZONE).weekday() < 5
    shown = await casefile.detail(late, case.number, dispatcher(late))
    assert shown.case.due_provisional is True
    clock.at = case.due
    # Yellow, red and more are due at once; who comes second to the case finds it changed and comes
    # again.
    while await timers.work_due(late):
        continue
    async with late.store.connect() as connection:
        assert (await cases.load(connection, case.number)).light is Light.RED


async def test_d1_a_deadline_that_no_year_can_change_is_not_provisional(office: AppContext) -> None:
    case = await walked(office)
    shown = await casefile.detail(office, case.number, make_actor(Post.LEADER))
    assert shown.case.due_provisional is False


async def test_d1_the_log_warns_once_a_year(
    late: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    watch = CalendarWatch(ContextSource(late))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert await watch.look() == 0
    told = [record.getMessage() for record in caplog.records]
    calendar, now = late.city.calendar, late.clock.now()
    unsettled = calendar.unsettled_years(now)
    assert len(told) == len(calendar.missing_years(now)) + len(unsettled)
    assert sum("has no year" in line for line in told) == len(calendar.missing_years(now)) >= 1
    assert all(
        any(f"the year {year} is provisional" in line for line in told) for year in unsettled
    )
