"""M13: an instant that cannot be never comes in, whichever connector and field it comes by."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.desks import casework, notices
from backend.desks.context import AppContext
from hotline.channel import Channel
from hotline.errors import Invalid
from hotline.notice import Outcome, Settled
from hotline.wire import received
from tests.backend.api.conftest import TOKENS, Browser, SignIn, actor, make_case
from tests.backend.desks.test_casework import leased
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

IMPOSSIBLE = (
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "1999-12-31T23:59:59Z",
    "2026-11-24T09:00:01+08:00",
    "2126-11-23T09:00:00Z",
    "2026-11-23T09:00:00",
)
WELL = {
    "2026-11-23T09:00:00+08:00": "2026-11-23T01:00:00Z",
    "2026-11-22T20:00:00-05:00": "2026-11-23T01:00:00Z",
    "2000-01-01T00:00:00Z": "2000-01-01T00:00:00Z",
    "2026-11-24T01:00:00Z": "2026-11-24T01:00:00Z",
}


def bodies(at: str) -> dict[str, tuple[str, Any]]:
    """Every request that carries an instant: path and body, by the field's name."""
    report = {
        "channel": "phone",
        "key": f"call-{at}",
        "contact": {"channel": "phone", "address": "13812345678"},
        "said_at": at,
        "text": "路灯不亮",
    }
    return {
        "at": ("/connector/calls", {"key": f"call-{at}", "caller": "13812345678", "at": at}),
        "[0].at": ("/connector/calls/notes", [{"key": "call", "mark": "ended", "at": at}]),
        "said_at": ("/connector/reports", report),
    }


async def send(browser: Browser, path: str, body: Any) -> tuple[int, Any]:
    """Send what the phone connector sends."""
    token = {"Authorization": f"Bearer {TOKENS['ivr']}"}
    return await browser.ask("POST", path, json=body, headers=token)


@pytest.mark.parametrize("at", IMPOSSIBLE)
async def test_m13_an_impossible_instant_is_refused_by_name_and_breaks_no_page(
    sign_in: SignIn, at: str
) -> None:
    browser = await sign_in("acceptor1")
    for field, (path, body) in bodies(at).items():
        status, answer = await send(browser, path, body)
        assert (status, answer["code"], answer["field"]) == (400, "bad_time", field)
    assert (await browser.get("/api/calls"))["items"] == []
    assert (await browser.get("/api/cases"))["items"] == []


@pytest.mark.parametrize("at", WELL)
async def test_m13_every_offset_is_taken_and_kept_as_utc(sign_in: SignIn, at: str) -> None:
    browser = await sign_in("acceptor1")
    for path, body in bodies(at).values():
        assert (await send(browser, path, body))[0] == 200
    [call] = (await browser.get("/api/calls"))["items"]
    told = datetime.fromisoformat(call["started_at"])
    assert told == datetime.fromisoformat(WELL[at])


@dataclass(frozen=True, slots=True)
class Deep:
    """An instant somewhere inside."""

    several: dict[str, list[datetime | None]]


def test_m13_an_instant_is_found_however_deep_it_lies() -> None:
    body = '{"several": {"a": [null, "2026-11-23T09:00:00+08:00"]}}'
    deep = received(body, Deep, MONDAY)
    assert deep.several["a"][1] == datetime(2026, 11, 23, 1, tzinfo=UTC)
    with pytest.raises(Invalid) as refusal:
        received(body.replace("2026", "2036"), Deep, MONDAY)
    assert refusal.value.field == "several.a[1]"


async def test_m13_a_channel_that_asks_for_an_endless_wait_is_not_believed(
    office: AppContext,
) -> None:
    number = await make_case(office)
    who = actor(office, "acceptor1")
    await casework.act(
        office,
        number,
        "decline",
        who,
        key="declined",
        note="不归这里",
        given={"decline_reason": "out_of_scope"},
    )
    [task] = await leased(office, Channel.TELEGRAM)
    await notices.settle(office, Settled(task.id, Outcome.RETRY, retry_after=1e300))
    assert await leased(office, Channel.TELEGRAM) == []
