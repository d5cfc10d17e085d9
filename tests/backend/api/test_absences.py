"""Leave on the console: who sets it for whom, what is refused, and what a proxy may do."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy import select

from backend.api.office_keys import OFFICE
from backend.desks import binding, chat, notices
from backend.desks.casework import act
from backend.desks.context import AppContext, ContextSource
from backend.following import ReleaseFollower
from backend.office import make_office
from backend.store.audit import AuditRow
from backend.store.rows import StepRow
from hotline.channel import Channel
from hotline.clock import FixedClock
from tests.backend.api.conftest import Browser, SignIn, make_case
from tests.backend.api.test_feed import listening
from tests.backend.desks.test_staffing import SECTIONS, TOLD

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Now = Callable[[], AppContext]


@pytest.fixture
async def now(app: Application, office: AppContext) -> Now:
    """The office as it goes on by what is written down: a release counts, and is followed."""
    opened = await make_office(
        office.store, office.clock, SECTIONS, lambda _: office.knowing, lambda: TOLD
    )
    source = app[OFFICE]
    source.now = opened.context
    source.look = ReleaseFollower(opened.release, lambda _: office.knowing, source).look
    return lambda: source.now


def plan(clock: FixedClock, begins: timedelta, ends: timedelta | None, proxy: str) -> Any:
    at = clock.now()
    until = "" if ends is None else (at + ends).isoformat()
    return {
        "since": (at + begins).isoformat(),
        "until": until,
        "proxy": proxy,
        "reason": "病假",
    }


async def put(browser: Browser, person: str, given: Any) -> tuple[int, Any]:
    return await browser.ask("POST", f"/api/people/{person}/leave", json=given)


async def test_a_proxy_acts_for_who_is_away_and_it_ends_by_itself(
    sign_in: SignIn, now: Now, clock: FixedClock
) -> None:
    absent, proxy = await sign_in("collector01"), await sign_in("collector02")
    number = await make_case(now())
    acceptor = now().city.organisation.actor("acceptor1", clock.now())
    assert acceptor is not None
    given = {"collector": "collector01"}
    await act(now(), number, "ask_verify", acceptor, key="k", given=given)
    form = await absent.get("/api/people/collector01/leave")
    assert [one["number"] for one in form["tasks"]] == [number]
    assert "collector02" in [one["id"] for one in form["proxies"]]
    assert "water1" not in [one["id"] for one in form["proxies"]]
    assert (await proxy.ask("GET", f"/api/cases/{number}"))[0] == 404

    status, made = await put(absent, "collector01", plan(clock, DAY * 0, HOUR, "collector02"))
    assert (status, made["state"], made["proxy"]["id"]) == (200, "running", "collector02")
    me = await proxy.get("/api/me")
    assert [one["person"] for one in me["acts_for"]] == ["collector01"]
    assert (await absent.get("/api/me"))["away_until"]
    page = await proxy.get(f"/api/cases/{number}")
    assert [one["number"] for one in (await proxy.get("/api/cases?mine=1"))["items"]] == [number]
    move = {"action": "verify_unclear", "version": page["case"]["version"], "key": "press-once"}
    wanted = move | {"note": "找不到", "given": {}}
    status, told = await proxy.ask("POST", f"/api/cases/{number}/act", json=wanted)
    assert status == 200, told
    last = [one for one in told["timeline"] if one["kind"] == "step"][-1]
    assert (last["person_name"], last["via_name"]) == ("钱佳怡", "洪立军")
    assert "钱佳怡" in last["text"]
    assert "洪立军" in last["text"]
    async with now().store.connect() as connection:
        kept = select(StepRow.person, StepRow.via).where(StepRow.action == "verify_unclear")
        assert [tuple(one) for one in await connection.execute(kept)] == [
            ("collector02", "collector01")
        ]

    clock.move(HOUR)
    assert (await proxy.get("/api/me"))["acts_for"] == []
    assert (await absent.get("/api/me"))["away_until"] is None
    (over,) = (await absent.get("/api/leaves"))["leaves"]
    assert (over["state"], over["reason"], over["ended_by"]) == ("over", "病假", None)


async def test_a_collectors_tasks_and_notices_go_to_their_proxy(
    sign_in: SignIn, now: Now, clock: FixedClock
) -> None:
    absent = await sign_in("collector01")
    for person, address in (("collector01", "11"), ("collector02", "22")):
        by = now().city.organisation.person(person).actor()
        code, _ = await binding.make_code(now(), 5, person, by)
        await binding.bind(now(), code, Channel.TELEGRAM, address, "zh_CN")
    await put(absent, "collector01", plan(clock, DAY * 0, DAY, "collector02"))
    told = await notices.lease(now(), [Channel.TELEGRAM], None, 10)
    assert [(one.address, one.template) for one in told] == [("22", "leave.proxy")]
    assert told[0].values["name"] == "洪立军"
    number = await make_case(now())
    acceptor = now().city.organisation.actor("acceptor1", clock.now())
    assert acceptor is not None
    given = {"collector": "collector01"}
    await act(now(), number, "ask_verify", acceptor, key="k", given=given)
    told = await notices.lease(now(), [Channel.TELEGRAM], None, 10)
    assert [one.address for one in told if one.number == number] == ["22"]
    acting = await chat.actor_of(now(), Channel.TELEGRAM, "22")
    assert acting is not None
    assert acting.proxy_for == ("collector01",)


@pytest.mark.parametrize(
    ("begins", "ends", "proxy", "code", "field"),
    [
        (DAY * 0, DAY, "collector01", "leave_self", "proxy"),
        (DAY * 0, DAY, "nobody", "not_listed", "proxy"),
        (DAY * 0, DAY, "x" * 9_000, "not_listed", "proxy"),
        (DAY * 0, DAY, "water1", "leave_apart", "proxy"),
        (DAY, DAY / 2, "collector02", "leave_span", "until"),
        (DAY, DAY, "collector02", "leave_span", "until"),
        (-DAY, DAY, "collector02", "leave_past", "since"),
        (DAY * 800, None, "collector02", "leave_far", "since"),
        (DAY * 0, DAY * 800, "collector02", "leave_far", "until"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    sign_in: SignIn,
    now: Now,
    clock: FixedClock,
    begins: timedelta,
    ends: timedelta | None,
    proxy: str,
    code: str,
    field: str,
) -> None:
    absent = await sign_in("collector01")
    status, told = await put(absent, "collector01", plan(clock, begins, ends, proxy))
    assert (status, told["code"], told["field"]) == (400, code, field)
    assert (await absent.get("/api/leaves"))["leaves"] == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reason": "  "}, "input_missing"),
        ({"reason": "x" * 201}, "too_long"),
        ({"since": "tomorrow"}, "leave_time"),
        ({"since": "2026-11-24T08:00:00"}, "leave_time"),
        ({"until": "9999-12-31T23:59:59.999999-12:00"}, "leave_far"),
        ({"until": "0001-01-01T00:00:00+14:00"}, "leave_span"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    sign_in: SignIn, now: Now, clock: FixedClock, changed: dict[str, str], code: str
) -> None:
    absent = await sign_in("collector01")
    given = plan(clock, DAY * 0, None, "collector02") | changed
    status, told = await put(absent, "collector01", given)
    assert (status, told["code"]) == (400, code), told


async def test_leaves_do_not_overlap_and_no_proxy_is_away_themselves(
    sign_in: SignIn, now: Now, clock: FixedClock
) -> None:
    first, second, third = [await sign_in(f"collector0{n}") for n in (1, 2, 3)]
    assert (await put(first, "collector01", plan(clock, DAY, DAY * 3, "collector02")))[0] == 200
    for browser, person, given, code in [
        (first, "collector01", plan(clock, DAY * 2, None, "collector03"), "leave_overlap"),
        (second, "collector02", plan(clock, DAY * 2, DAY * 5, "collector03"), "leave_is_proxy"),
        (third, "collector03", plan(clock, DAY / 2, DAY * 2, "collector01"), "leave_proxy_away"),
    ]:
        status, told = await put(browser, person, given)
        assert (status, told["code"]) == (400, code), told
    # Beside one another is not over one another.
    after = plan(clock, DAY * 3, DAY * 4, "collector03")
    assert (await put(first, "collector01", after))[0] == 200
    assert (await put(second, "collector02", plan(clock, DAY * 3, None, "collector03")))[0] == 200


async def test_a_proxy_of_two_is_no_proxy_of_both_halves(
    sign_in: SignIn, now: Now, clock: FixedClock
) -> None:
    water, collector = await sign_in("water1"), await sign_in("collector01")
    assert (await put(water, "water1", plan(clock, DAY * 0, DAY * 2, "auditor")))[0] == 200
    status, told = await put(collector, "collector01", plan(clock, DAY, DAY * 3, "auditor"))
    assert (status, told["code"]) == (400, "leave_apart")
    later = plan(clock, DAY * 2, DAY * 3, "auditor")
    assert (await put(collector, "collector01", later))[0] == 200


async def test_who_lets_whom_go(sign_in: SignIn, now: Now, clock: FixedClock) -> None:
    given = plan(clock, DAY * 0, DAY, "collector03")
    for by, person, status in [
        ("collector02", "collector01", 404),
        ("dispatcher1", "collector01", 404),
        ("chief1", "admin", 404),
        ("chief1", "chief2", 404),
        ("chief1", "nobody", 404),
        ("chief1", "collector01", 200),
        ("admin", "collector02", 200),
    ]:
        found, told = await put(await sign_in(by), person, given)
        assert found == status, (by, person, told)
        if status == 404:
            assert told["code"] == "no_person"
    chief = await sign_in("chief1")
    status, told = await put(chief, "collector05", plan(clock, DAY * 0, DAY, "chief1"))
    assert (status, told["code"]) == (400, "leave_by_proxy")
    seen = await chief.get("/api/leaves")
    assert seen["people"][0]["id"] == "chief1"
    assert {one["person"]["id"] for one in seen["leaves"]} == {"collector01", "collector02"}
    assert [
        one["id"] for one in (await (await sign_in("leader")).get("/api/leaves"))["people"]
    ] == ["leader"]
    assert (await chief.ask("GET", "/api/people/admin/leave"))[0] == 404


@pytest.mark.parametrize("person", ["leader", "auditor", "commander"])
async def test_a_chief_gives_nobody_the_rights_of_who_stands_above(
    sign_in: SignIn, now: Now, clock: FixedClock, person: str
) -> None:
    chief, given = await sign_in("chief1"), plan(clock, DAY * 0, DAY, "chief2")
    status, told = await put(chief, person, given)
    assert (status, told["code"]) == (404, "no_person")
    assert (await chief.ask("GET", f"/api/people/{person}/leave"))[0] == 404
    assert person not in [one["id"] for one in (await chief.get("/api/leaves"))["people"]]
    # Who manages people may, and the audit says so.
    assert (await put(await sign_in("admin"), person, given))[0] == 200
    async with now().store.connect() as connection:
        kept = select(AuditRow.person, AuditRow.subject).where(AuditRow.what == "leave_set")
        assert [tuple(one) for one in await connection.execute(kept)] == [
            ("admin", f"{person} → chief2")
        ]


@pytest.mark.parametrize(
    ("person", "proxy", "status"),
    [
        ("acceptor1", "acceptor2", 200),
        ("acceptor1", "chief2", 200),
        ("acceptor1", "seat1", 400),
        ("acceptor1", "leader", 400),
        ("dispatcher1", "dispatcher2", 200),
        ("dispatcher1", "acceptor1", 400),
        ("collector01", "acceptor1", 400),
        ("deputy", "acceptor1", 400),
        ("water1", "gas1", 400),
    ],
)
async def test_whom_a_chief_names_for_another(
    sign_in: SignIn, now: Now, clock: FixedClock, person: str, proxy: str, status: int
) -> None:
    chief = await sign_in("chief1")
    found, told = await put(chief, person, plan(clock, DAY * 0, DAY, proxy))
    assert found == status, told
    if status == 400:
        assert (told["code"], told["field"]) == ("leave_beyond", "proxy")
    form = await chief.get(f"/api/people/{person}/leave")
    assert (proxy in [one["id"] for one in form["proxies"]]) is (status == 200)


async def test_a_leave_is_ended_early_once_by_whom_it_concerns(
    sign_in: SignIn, now: Now, clock: FixedClock
) -> None:
    absent, proxy = await sign_in("collector01"), await sign_in("collector02")
    _, made = await put(absent, "collector01", plan(clock, DAY * 0, None, "collector02"))
    way = f"/api/leaves/{made['id']}/end"
    assert (await proxy.ask("POST", way))[0] == 404
    clock.move(HOUR)
    async with listening(proxy) as (socket, _):
        status, told = await absent.ask("POST", way)
        assert (status, told["state"], told["ended_by"]["id"]) == (200, "over", "collector01")
        assert (await socket.receive_json(timeout=5))["kind"] == "reload"
    assert (await proxy.get("/api/me"))["acts_for"] == []
    status, told = await absent.ask("POST", way)
    assert (status, told["code"]) == (422, "leave_over")
    for wrong in ("0", "x", "9" * 40, "-1", "٣"):
        assert (await absent.ask("POST", f"/api/leaves/{wrong}/end"))[0] == 404
    async with now().store.connect() as connection:
        whole = select(AuditRow.what, AuditRow.person, AuditRow.subject).order_by(AuditRow.at)
        told = [tuple(one) for one in await connection.execute(whole) if "leave" in one.what]
    assert told == [
        ("leave_set", "collector01", "collector01 → collector02"),
        ("leave_ended", "collector01", "collector01"),
    ]


async def test_of_two_set_at_once_one_counts(sign_in: SignIn, now: Now, clock: FixedClock) -> None:
    here, there = await sign_in("collector01"), await sign_in("collector01")
    given = plan(clock, DAY, DAY * 2, "collector02")
    told = await asyncio.gather(*(put(one, "collector01", given) for one in (here, there)))
    assert sorted(status for status, _ in told) == [200, 400]
    # Nor does each become the other's proxy.
    first, second = await sign_in("collector03"), await sign_in("collector04")
    others = await asyncio.gather(
        put(first, "collector03", plan(clock, DAY, DAY * 2, "collector04")),
        put(second, "collector04", plan(clock, DAY, DAY * 2, "collector03")),
    )
    assert sorted(status for status, _ in others) == [200, 400]


async def test_one_that_is_dropped_before_it_begins_keeps_nobody(
    sign_in: SignIn, now: Now, clock: FixedClock
) -> None:
    absent = await sign_in("collector01")
    _, made = await put(absent, "collector01", plan(clock, DAY, DAY * 2, "collector02"))
    assert made["state"] == "coming"
    _, told = await absent.ask("POST", f"/api/leaves/{made['id']}/end")
    assert told["state"] == "dropped"
    again = plan(clock, DAY, DAY * 2, "")
    status, made = await put(absent, "collector01", again)
    assert (status, made["proxy"]) == (200, None)


async def test_every_process_follows(
    sign_in: SignIn, now: Now, clock: FixedClock, office: AppContext
) -> None:
    other = await make_office(
        office.store, office.clock, SECTIONS, lambda _: office.knowing, lambda: TOLD
    )
    source = ContextSource(other.context)
    follower = ReleaseFollower(other.release, lambda _: office.knowing, source)
    absent = await sign_in("collector01")
    _, made = await put(absent, "collector01", plan(clock, DAY * 0, DAY, "collector02"))
    await follower.look()
    there = source.now.city.organisation
    assert there.stand_in("collector01", clock.now()) == "collector02"
    assert there.stand_in("collector01", clock.now() + DAY) == "collector01"
    await absent.ask("POST", f"/api/leaves/{made['id']}/end")
    await follower.look()
    assert source.now.city.organisation.leaves == ()
