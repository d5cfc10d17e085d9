"""One's own sessions: seen with device and address, and ended at once, feed and all."""

from datetime import timedelta

import pytest
from aiohttp import WSMsgType

from backend.desks.browser_name import browser_name
from hotline.clock import FixedClock
from tests.backend.api.conftest import Browser, SignIn

pytestmark = pytest.mark.slow

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0"
)


def test_a_browser_is_told_by_its_own_name_and_not_by_those_it_resembles() -> None:
    assert browser_name(FIREFOX) == "Firefox · Linux"
    assert browser_name(EDGE) == "Edge · Windows"
    assert browser_name("curl/8") == browser_name("") == ""


async def test_somebody_sees_their_own_sessions_and_no_others(
    sign_in: SignIn, clock: FixedClock
) -> None:
    first, _ = await sign_in("acceptor1"), await sign_in("gas1")
    clock.move(timedelta(minutes=5))
    second = await sign_in("acceptor1")
    second.headers["User-Agent"] = EDGE
    await second.login("acceptor1")
    listed = await second.get("/api/me/sessions")
    assert [(one["device"], one["current"]) for one in listed] == [
        ("Edge · Windows", True),
        ("", False),
    ]
    assert listed[0]["address"] == "127.0.0.1"
    assert first.secret not in str(listed)


async def test_a_session_that_is_ended_is_out_at_once_and_its_feed_too(sign_in: SignIn) -> None:
    mine, lost, other = [await sign_in("acceptor1") for _ in range(3)]
    foreign = await sign_in("gas1")
    feed = await lost.client.ws_connect("/api/feed", headers={"Origin": lost.origin})
    theirs = [one["id"] for one in await foreign.get("/api/me/sessions")]
    ids = {one["id"]: one["current"] for one in await mine.get("/api/me/sessions")}
    own = next(ident for ident, current in ids.items() if current)
    for ident in (*theirs, own, "0" * 16, "", "%", "x" * 300):
        status, _ = await mine.ask("POST", f"/api/me/sessions/{ident or '%20'}/end", json={})
        assert status == 404, ident
    gone = await _id_of(lost)
    assert await mine.post(f"/api/me/sessions/{gone}/end") == {"ended": 1}
    async for message in feed:
        assert message.type is WSMsgType.TEXT
    assert feed.closed
    assert (await lost.ask("GET", "/api/me"))[0] == 401
    assert (await mine.ask("POST", f"/api/me/sessions/{gone}/end", json={}))[0] == 404
    assert await mine.post("/api/me/sessions/end") == {"ended": 1}
    assert (await other.ask("GET", "/api/me"))[0] == 401
    await mine.get("/api/me")
    await foreign.get("/api/me")
    chief = await sign_in("chief1")
    rows = (await chief.get("/api/audit?view=accounts"))["items"]
    assert [(row["what"], row["person"]) for row in rows] == [("session_revoked", "acceptor1")] * 2
    assert gone in {row["subject"] for row in rows}


async def _id_of(browser: Browser) -> str:
    return next(str(one["id"]) for one in await browser.get("/api/me/sessions") if one["current"])
