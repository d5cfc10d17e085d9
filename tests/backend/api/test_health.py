"""The page of all parts: each with its state, what it means and what to do, and one act."""

from argparse import Namespace
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from backend import health
from backend.cli import retry
from backend.cli.check import item_line, line_of
from backend.cli.command import CommandContext
from backend.desks import aside, casework, notices, retention, telephone
from backend.desks.context import AppContext
from backend.desks.queues import TIMERS, TRANSCRIPTS, UNDERSTANDING, Queue
from backend.health import Base, Ground
from backend.operations.preflight import NotPossible
from backend.store import cases, jobs
from backend.store.jobs import JobState, job_row
from config.sections import HomeSettings, TelegramSettings, WebSettings
from config.settings import Settings
from hotline.call import CallRing
from hotline.case.workflow import Stage
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import NotFound
from hotline.health import Beat, Finding, Ref, State
from hotline.notice import Outcome, Settled
from hotline.number import printed
from hotline.queue import Aside
from hotline.words import LANGUAGES, say
from ivr.spool import Spool
from ivr.spool_records import SpokenReport
from tests.backend.api.conftest import SignIn, actor, make_case
from tests.cities import MONDAY
from tests.fakes.quick import quick_knowing
from tests.ivr.spooled import reports_in

pytestmark = pytest.mark.slow

CHECKS = [
    *("city", "calendar", "database", "ports", "exchange", "spoken", "console", "https", "disk"),
    "backup",
    *("clock", "worker", "connectors", "recogniser", "spool", "transcripts", "work", "parts"),
    *("record", "notices"),
]


@pytest.fixture
def bare(settings: Settings) -> Settings:
    """Settings with a chat connector and no exchange."""
    phone = replace(settings.phone, asterisk_root=settings.home.data_dir / "none")
    return replace(settings, phone=phone, telegram=TelegramSettings(token="1:a"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a city knows is not built anew for every look."""
    monkeypatch.setattr(health, "load_knowing", quick_knowing)


async def bury(office: AppContext, queue: Queue, ref: str, reason: str, case: str = "") -> None:
    """Leave a dead letter."""
    async with office.store.append(MONDAY) as writes:
        of = (await cases.load(writes.connection, case)).id if case else None
        row = job_row(queue.name, ref, MONDAY, MONDAY, {}, case=of)
        writes.add("job", {**row, "state": JobState.DEAD, "reason": reason})


async def look(office: AppContext, settings: Settings) -> dict[str, Finding]:
    found = await health.look(
        Ground(settings, office.clock, Base(office.store), is_up=False, city=office.city)
    )
    return {one.check: one for one in found}


async def test_the_duty_chief_sees_every_part_with_its_words(sign_in: SignIn) -> None:
    chief = await sign_in("chief1")
    checks = (await chief.get("/api/health"))["checks"]
    assert [one["check"] for one in checks] == CHECKS
    for one in checks:
        assert all(one[words] for words in ("title", "found", "means")), one
        assert bool(one["todo"]) == (one["state"] in ("warn", "wrong")), one


@pytest.mark.parametrize("person", ["acceptor1", "dispatcher1", "collector01", "water1"])
async def test_nobody_else_looks_or_tries_again(sign_in: SignIn, person: str) -> None:
    browser = await sign_in(person)
    assert (await browser.ask("GET", "/api/health"))[0] == 403
    body = {"queue": "timers", "ref": "1"}
    assert (await browser.ask("POST", "/api/health/again", json=body))[0] == 403


async def test_what_lies_aside_is_listed_with_its_reason_and_comes_back(
    office: AppContext, sign_in: SignIn
) -> None:
    await bury(office, TIMERS, "x/1", "the mast is gone")
    await bury(office, TRANSCRIPTS, "x/1", "the mast is gone")
    chief = await sign_in("chief1")
    checks = {one["check"]: one for one in (await chief.get("/api/health"))["checks"]}
    assert checks["work"]["state"] == "wrong"
    assert checks["transcripts"]["state"] == "warn"
    (item,) = checks["work"]["items"]
    assert (item["queue"], item["ref"], item["reason"]) == ("timers", "x/1", "the mast is gone")
    answer = await chief.post("/api/health/again", {"queue": "timers", "ref": "x/1"})
    assert answer == {"many": 1}
    answer = await chief.post("/api/health/again", {"queue": "transcripts", "ref": ""})
    assert answer == {"many": 1}
    checks = {one["check"]: one for one in (await chief.get("/api/health"))["checks"]}
    assert {checks[name]["state"] for name in ("work", "transcripts")} == {"right"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"queue": "timers", "ref": "gone"}, 404),
        ({"queue": "nothing_like_it", "ref": "1"}, 404),
        ({"queue": "notices", "ref": "no id"}, 404),
        ({"queue": "notices"}, 400),
        ({"queue": "reports", "ref": "0f" * 3_000}, 400),
        ([], 400),
    ],
)
async def test_what_does_not_lie_aside_is_told_so(sign_in: SignIn, body: Any, status: int) -> None:
    chief = await sign_in("chief1")
    assert (await chief.ask("POST", "/api/health/again", json=body))[0] == status


async def test_a_spoken_report_set_aside_at_the_connector_comes_back_once(
    office: AppContext, tmp_path: Any, settings: Settings
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.keep_report(SpokenReport("h1-100-0", "138", "zh_CN", MONDAY, "20260418"))
    spool.set_aside("reports", "h1-100-0", "calendar: has no year")

    async def beat() -> list[Ref]:
        told = tuple(spool.aside())
        return await aside.beat(office, Beat("ivr", MONDAY, spool.waiting(MONDAY), told))

    assert await beat() == []
    found = (await look(office, settings))["spool"]
    assert (found.state, found.items[0].reason) == (State.WRONG, "calendar: has no year")
    await aside.bring_back(office, Ref("reports", "h1-100-0"))
    (ref,) = await beat()
    assert spool.bring_back(ref.queue, ref.ref)
    assert await beat() == []
    assert [report.key for report in reports_in(spool)] == ["h1-100-0"]
    assert (await look(office, settings))["spool"].state is State.RIGHT
    spool.set_aside("reports", "h1-100-0", "refused anew")
    assert await beat() == []
    assert (await look(office, settings))["spool"].items[0].reason == "refused anew"


async def test_a_report_that_lies_aside_from_before_is_found_without_the_connector(
    office: AppContext, settings: Settings
) -> None:
    stuck = settings.home.data_dir / "spool" / "stuck"
    stuck.mkdir(parents=True)
    (stuck / "h1-100-0.json").write_text("{}")
    found = (await look(office, settings))["spool"]
    assert [(one.queue, one.ref) for one in found.items] == [("reports", "h1-100-0")]
    await aside.bring_back(office, Ref("reports", "h1-100-0"))
    there = (Aside("reports", "h1-100-0", "", MONDAY),)
    assert await aside.beat(office, Beat("ivr", MONDAY, {}, there)) == [Ref("reports", "h1-100-0")]


async def test_a_silent_connector_is_told_while_the_backend_lives(
    office: AppContext, clock: FixedClock, bare: Settings
) -> None:
    assert (await look(office, bare))["connectors"].state is State.OFF
    for part in ("backend", "bots"):
        await aside.beat(office, Beat(part, clock.now()))
    assert (await look(office, bare))["connectors"].state is State.RIGHT
    clock.move(timedelta(seconds=bare.health.silent_s + 1))
    await aside.beat(office, Beat("backend", clock.now()))
    found = (await look(office, bare))["connectors"]
    assert (found.state, found.values["parts"]) == (State.WRONG, "bots")


async def test_reports_that_wait_for_long_are_told(
    office: AppContext, clock: FixedClock, settings: Settings
) -> None:
    waits = round(settings.health.waiting_s) + 1
    await aside.beat(office, Beat("ivr", clock.now(), {"reports": 3, "oldest_s": waits}))
    found = (await look(office, settings))["spool"]
    assert (found.state, found.values["many"]) == (State.WARN, 3)


async def test_notices_whose_channel_is_away_wait_visibly_and_use_up_no_try(
    office: AppContext, clock: FixedClock, settings: Settings
) -> None:
    """After six tries, some twenty minutes, every notice had failed for good."""
    await decline(office, await make_case(office, channel=Channel.PHONE))

    async def ring(*outcomes: Outcome) -> str:
        for outcome in outcomes:
            (task,) = await notices.lease(office, [Channel.PHONE], None, 5)
            await notices.settle(office, Settled(task.id, outcome, "unreachable"))
            clock.move(timedelta(hours=1))
        return (await look(office, settings))["notices"].what

    assert await ring(*[Outcome.AWAY] * 5) == "waiting"
    assert await ring(Outcome.RETRY) == "waiting", "nobody came for it in the hour since"
    assert await ring(Outcome.AWAY, Outcome.RETRY) == "waiting"
    assert await ring(Outcome.RETRY) == "aside"


async def test_one_that_cannot_be_brought_back_holds_up_no_other_of_hotline_retry(
    office: AppContext, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """`hotline retry` ended at the first: what stood behind it was never tried again."""
    await bury(office, replace(UNDERSTANDING, name="gone"), "x/1", "no")
    await bury(office, TIMERS, "x/1", "no")
    given = CommandContext(settings, [], "en", Namespace(queue="", ref=""))
    await retry.bring_back(given, office)
    said = capsys.readouterr().out
    assert "not tried again: gone x/1: there is no queue" in said
    assert "\ntried again: timers x/1" in "\n" + said


async def test_a_notice_that_lies_aside_is_named_by_its_case_and_its_reason_in_words(
    office: AppContext, sign_in: SignIn, settings: Settings
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    await decline(office, number)
    (task,) = await notices.lease(office, [Channel.PHONE], None, 5)
    await notices.settle(office, Settled(task.id, Outcome.FAILED, "may_not_ring"))
    chief = await sign_in("chief1")
    checks = {one["check"]: one for one in (await chief.get("/api/health"))["checks"]}
    (item,) = checks["notices"]["items"]
    assert (item["ref"], item["name"]) == (str(task.id), printed(number))
    assert item["reason"] == "城市规定不打这类号码"
    (lying,) = (await look(office, settings))["notices"].items
    line = item_line(lying, "en")
    assert f"{task.id} (case {printed(number)}): the city does not ring such numbers" in line


async def test_hotline_retry_says_that_there_is_no_such_queue(
    office: AppContext, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    def given(queue: str) -> CommandContext:
        return CommandContext(settings, [], "en", Namespace(queue=queue, ref=""))

    with pytest.raises(NotPossible, match=r"no queue lamps; there are .*timers"):
        await retry.bring_back(given("lamps"), office)
    await retry.bring_back(given("timers"), office)
    assert "Nothing lies aside" in capsys.readouterr().out


async def decline(office: AppContext, number: str) -> None:
    """Leave a notice to the citizen in the outbox."""
    chief = actor(office, "acceptor1")
    await casework.act(
        office,
        number,
        "decline",
        chief,
        key="decline-1",
        note="不归这里",
        given={"decline_reason": "out_of_scope"},
    )


async def test_notices_that_no_connector_comes_for_are_told(
    office: AppContext, clock: FixedClock, settings: Settings
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    await decline(office, number)
    assert (await look(office, settings))["notices"].what == "right"
    clock.move(timedelta(days=1))
    assert (await look(office, settings))["notices"].what == "waiting"


async def test_a_clock_that_leapt_ahead_is_told(
    office: AppContext, clock: FixedClock, settings: Settings
) -> None:
    await retention.look_at_clock(office, timedelta(days=30))
    clock.move(timedelta(days=400))
    await retention.look_at_clock(office, timedelta(days=30))
    found = (await look(office, settings))["clock"]
    assert (found.state, found.what, found.values["days"]) == (State.WRONG, "ahead", 400)


async def test_clocks_that_are_apart_are_told(
    office: AppContext, clock: FixedClock, settings: Settings
) -> None:
    await aside.beat(office, Beat("ivr", clock.now() - timedelta(minutes=3)))
    found = (await look(office, settings))["clock"]
    assert (found.state, found.values["seconds"]) == (State.WRONG, 180)


@pytest.mark.parametrize(
    ("years", "now", "state"),
    [
        ({2025, 2026, 2027}, "2026-11-25", State.RIGHT),
        ({2025}, "2026-11-25", State.WRONG),
        ({2025, 2026}, "2026-11-25", State.WARN),
        ({2025, 2026}, "2026-10-25", State.RIGHT),
        ({2027}, "2027-12-31", State.WARN),
        ({2027}, "2028-01-01", State.WRONG),
    ],
)
async def test_f1_the_check_tells_ahead_that_the_calendar_runs_out(
    office: AppContext,
    settings: Settings,
    clock: FixedClock,
    years: set[int],
    now: str,
    state: State,
) -> None:
    clock.at = clock.at.fromisoformat(f"{now}T09:00:00+08:00")
    kept = replace(office.city.calendar, years=frozenset(years), provisional=frozenset())
    city = replace(office.city, calendar=kept)
    assert (await look(replace(office, city=city), settings))["calendar"].state is state


@pytest.mark.parametrize(
    ("now", "state", "days"),
    [
        ("2026-11-01", State.RIGHT, None),
        ("2026-11-02", State.WARN, 60),
        ("2026-12-31", State.WARN, 1),
        ("2027-01-01", State.WRONG, 0),
    ],
)
async def test_a_year_whose_notice_has_not_come_is_told_before_it_begins(
    office: AppContext,
    settings: Settings,
    clock: FixedClock,
    now: str,
    state: State,
    days: int | None,
) -> None:
    clock.at = clock.at.fromisoformat(f"{now}T09:00:00+08:00")
    assert office.city.calendar.provisional == {2027}
    found = (await look(office, settings))["calendar"]
    assert found.state is state
    assert (found.what, found.values.get("days")) == (
        "right" if days is None else "provisional",
        days,
    )
    for language in LANGUAGES:
        assert "calendar year" in line_of(found, language) or state is State.RIGHT


async def test_too_little_room_on_the_disk_is_told(office: AppContext, tmp_path: Any) -> None:
    settings = Settings(home=HomeSettings(data_dir=tmp_path / "not" / "there"))
    assert (await look(office, settings))["disk"].values["free"] > 0  # type: ignore[operator]
    greedy = replace(settings, health=replace(settings.health, disk_free_mb=1 << 40))
    assert (await look(office, greedy))["disk"].state is State.WRONG


async def test_a_lost_database_is_a_finding(settings: Settings, clock: FixedClock) -> None:
    found = await health.look(Ground(settings, clock, Base(None, "wrong", "gone"), is_up=False))
    states = {one.check: one.state for one in found}
    assert states["database"] is State.WRONG
    assert states["work"] is State.OFF


def test_every_finding_has_its_words() -> None:
    for language in LANGUAGES:
        for queue in ("reports", "rings", "notes", "live", "notices", "timers"):
            assert say(f"health.queue_{queue}", language)
        for name in CHECKS:
            assert say(f"health.{name}_todo", language)


async def test_f22_a_recording_that_was_given_up_is_told_on_the_case_page(
    office: AppContext, sign_in: SignIn
) -> None:
    await telephone.ring(office, CallRing("h1-100-0", "13800138000", MONDAY))
    number = await make_case(office, "h1-100-0", Channel.PHONE, call="h1-100-0")
    chief = await sign_in("chief1")

    async def call() -> Any:
        page = await chief.get(f"/api/cases/{number}")
        return next(one["call"] for one in page["timeline"] if one["kind"] == "call")

    assert (await call())["given_up"] is None
    ref = f"{number}/{'a' * 64}"
    await bury(office, TRANSCRIPTS, ref, "no such file", number)
    assert (await call())["given_up"] == "no such file"
    await aside.bring_back(office, Ref(TRANSCRIPTS.name, ref))
    assert (await call())["given_up"] is None


@pytest.mark.parametrize(
    ("web", "state", "what"),
    [
        (WebSettings(), State.RIGHT, "here"),
        (WebSettings(host="localhost", public_url="http://localhost:8080"), State.RIGHT, "here"),
        (WebSettings(host="0.0.0.0", public_url="HTTPS://12345.example"), State.RIGHT, "right"),
        (WebSettings(host="0.0.0.0"), State.WARN, "open"),
        (WebSettings(host="0.0.0.0", public_url="http://127.0.0.1:8080"), State.WARN, "open"),
        (WebSettings(public_url="http://12345.example"), State.WARN, "open"),
        (WebSettings(public_url="http://10.0.0.1:8080"), State.WARN, "open"),
        (WebSettings(host="::", public_url="http://[2001:db8::1]"), State.WARN, "open"),
        (WebSettings(public_url="http://12345.example", secure_cookies=True), State.WARN, "shut"),
    ],
)
async def test_l11_a_console_that_others_reach_without_https_is_told(
    office: AppContext, settings: Settings, web: WebSettings, state: State, what: str
) -> None:
    found = (await look(office, replace(settings, web=web)))["https"]
    assert (found.state, found.what) == (state, what)
    for language in LANGUAGES:
        assert "web.public_url" in line_of(found, language) or state is State.RIGHT


async def test_one_that_cannot_be_brought_back_holds_up_no_other_of_its_queue(
    office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [f"{number}/{'a' * 64}" for number in ("1", "2", "3")]
    for ref in refs:
        await bury(office, TRANSCRIPTS, ref, "broken")
    bring = aside.bring_back

    async def first_is_gone(office: AppContext, ref: Ref) -> None:
        if ref.ref == refs[0]:
            raise NotFound("somebody else was faster", code="not_aside")
        await bring(office, ref)

    monkeypatch.setattr(aside, "bring_back", first_is_gone)
    chief = await sign_in("chief1")
    body = {"queue": TRANSCRIPTS.name, "ref": ""}
    assert await chief.post("/api/health/again", body) == {"many": 2}
    async with office.store.connect() as connection:
        assert [one.ref for one, _ in await jobs.dead(connection)] == refs[:1]


async def test_d8_a_stage_that_the_phone_cannot_say_is_told(
    office: AppContext, settings: Settings
) -> None:
    assert (await look(office, settings))["spoken"].what == "right"
    known = office.city.workflow
    weighed = Stage("weighed", "过磅", "Weighed", prompt="stage_weighed")
    longer = replace(known, stages={**known.stages, weighed.id: weighed})
    office = replace(office, city=replace(office.city, workflow=longer))
    found = (await look(office, settings))["spoken"]
    assert (found.state, found.what) == (State.WARN, "missing")
    for language in LANGUAGES:
        assert f"{language}/stage_weighed" in line_of(found, language)


async def test_d8_a_city_that_is_not_at_work_is_looked_at_too(
    office: AppContext, settings: Settings, tmp_path: Path
) -> None:
    """`hotline check` runs before a start, and without a database."""
    folder = copytree(settings.city_folder, tmp_path / "city")
    path = folder / "workflow.toml"
    said = path.read_text("utf-8")
    path.write_text(said.replace('"stage_to_close"', '"stage_weighed"'), "utf-8")
    ground = Ground(
        replace(settings, home=replace(settings.home, city=str(folder))),
        office.clock,
        Base(None, "none"),
        is_up=False,
    )
    found = {one.check: one for one in await health.look(ground)}["spoken"]
    assert "zh_CN/stage_weighed" in line_of(found, "zh_CN")
