"""The audit: who did what is written down once, kept, and read by who answers for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy.exc import DBAPIError

from backend.api.office_keys import MEDIA
from backend.desks import accounts, binding, media
from backend.desks.context import AppContext
from config.sections import PeopleSettings
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Invalid
from hotline.media import MediaKind
from tests.backend.api.conftest import PASSWORD, Browser, SignIn, actor, make_case
from tests.backend.test_media import make_wav
from tests.fakes.quick import quick_passwords

pytestmark = pytest.mark.slow

New = Callable[[], Browser]


async def read(sign_in: SignIn, **narrowed: str) -> list[dict[str, Any]]:
    """The audit as the duty chief reads it."""
    chief = await sign_in("chief1")
    query = "&".join(f"{name}={value}" for name, value in narrowed.items())
    found: list[dict[str, Any]] = (await chief.get(f"/api/audit?{query}"))["items"]
    return found


def told(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Without their order: the clock of the tests stands still."""
    return sorted((row["what"], row["person"], row["subject"]) for row in rows)


async def test_m6_signing_in_and_out_and_guesses_are_written_down(
    sign_in: SignIn, browser: New
) -> None:
    await sign_in("acceptor1")
    one = browser()
    wrong = {"username": "acceptor1", "password": "wrong"}
    for _ in range(7):
        await one.ask("POST", "/api/login", json=wrong)
    other = browser()
    typed = {"username": "gas1", "password": PASSWORD}
    await sign_in("gas1")
    other.csrf = (await other.post("/api/login", typed))["csrf"]
    await other.post("/api/logout")
    rows = await read(sign_in)
    assert told(rows) == [
        ("locked_out", "", ""),
        *[("sign_in_failed", "", "acceptor1")] * 5,
        ("signed_in", "gas1", ""),
        ("signed_out", "gas1", ""),
    ]
    assert {row["address"] for row in rows} == {"127.0.0.1"}
    assert len({row["request"] for row in rows}) == len(rows)


async def test_m6_what_somebody_may_not_do_is_written_down_once_a_minute(
    sign_in: SignIn, clock: FixedClock
) -> None:
    browser = await sign_in("water1")
    for _ in range(3):
        assert (await browser.ask("GET", "/api/people"))[0] == 403
    foreign = {"Origin": "https://evil.example"}
    await browser.ask("POST", "/api/me", json={"language": "en"}, headers=foreign)
    await browser.ask("POST", "/api/me", json={"language": "en"}, headers={"X-CSRF-Token": ""})
    clock.move(timedelta(minutes=2))
    await browser.ask("GET", "/api/people")
    assert told(await read(sign_in, what="refused")) == [
        ("refused", "water1", "GET /api/people"),
        ("refused", "water1", "GET /api/people"),
        ("refused", "water1", "POST /api/me"),
    ]


async def test_m6_codes_chats_and_passwords_are_written_down(
    office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    await sign_in("water1")
    admin = actor(office, "admin")
    for address in ("111222333", "222333444"):
        code, _ = await binding.make_code(office, 30, "water1", admin)
        await binding.bind(office, code, Channel.TELEGRAM, address, "en")
    with pytest.raises(Invalid):
        await binding.bind(office, "guess", Channel.TELEGRAM, "999888777", "en")
    passwords = quick_passwords()
    await accounts.reset_password(office.store, clock, passwords, PeopleSettings(), "water1")
    passwords.close()
    rows = told(await read(sign_in))
    assert [(what, who) for what, who, _ in rows] == [
        ("chat_bound", "water1"),
        ("chat_bound", "water1"),
        ("chat_unbound", "system"),
        ("code_made", "admin"),
        ("code_made", "admin"),
        ("code_refused", ""),
        ("password_reset", "system"),
    ]
    assert "111222333" not in str(rows)


async def test_m6_a_recording_is_written_down_at_its_first_opening_in_a_session(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    file = await app[MEDIA].put_bytes(make_wav(), MediaKind.RECORDING)
    await media.stored(office, file, 1, {"connector:ivr"})
    number = await make_case(office, channel=Channel.PHONE)
    await media.attach(office, number, file, "key", {"connector:ivr"})
    for _ in range(2):
        browser = await sign_in("acceptor1")
        for part in ("bytes=0-9", "bytes=10-19", None):
            headers = {"Range": part} if part else {}
            async with browser.client.get(f"/api/media/{file.sha256}", headers=headers) as response:
                assert response.status in (200, 206)
                # On a shared machine the next person must not find it (L8).
                assert response.headers["Cache-Control"] == "private, no-store"
    rows = await read(sign_in, what="recording_opened", number=f"{number[:4]} {number[4:]}")
    assert told(rows) == [("recording_opened", "acceptor1", file.sha256)] * 2
    assert {row["number"] for row in rows} == {number}


async def test_m6_an_opened_contact_is_written_down_with_its_case(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    await (await sign_in("acceptor1")).post(f"/api/cases/{number}/contact", {"reason": "call_back"})
    (row,) = await read(sign_in, what="contact_opened")
    assert (row["person"], row["number"]) == ("acceptor1", number)
    assert row["name"] == office.city.organisation.person("acceptor1").name


async def test_a_contact_is_opened_for_a_reason_alone_and_the_audit_tells_it(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    acceptor = await sign_in("acceptor1")
    for given, code in (
        ({}, "input_missing"),
        ({"words": " \u200b "}, "input_missing"),
        ({"reason": "curious"}, "not_listed"),
        ({"words": "x" * 501}, "invalid"),
    ):
        status, answer = await acceptor.ask("POST", f"/api/cases/{number}/contact", json=given)
        assert (status, answer["code"]) == (400, code), given
        assert "13800138000" not in str(answer)
    assert await read(sign_in, what="contact_opened") == []
    for given in (
        {"reason": "place"},
        {"reason": "place", "words": "二楼\n还是三楼"},
        {"words": "家属来电"},
    ):
        await acceptor.post(f"/api/cases/{number}/contact", given)
    rows = await read(sign_in, view="opened")
    assert sorted((row["reason"], row["reason_en"]) for row in rows) == [
        ("家属来电", "家属来电"),
        ("核实地点", "Asking where it is"),
        ("核实地点：二楼 还是三楼", "Asking where it is: 二楼 还是三楼"),
    ]


async def test_the_audit_is_seen_by_views_and_days(
    office: AppContext, sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    await (await sign_in("acceptor1")).post(f"/api/cases/{number}/contact", {"words": "回访"})
    await browser().ask("POST", "/api/login", json={"username": "acceptor1", "password": "wrong"})
    clock.move(timedelta(days=1))
    await browser().login("acceptor1")
    assert [row["what"] for row in await read(sign_in, view="sign_ins")] == [
        "signed_in",
        "sign_in_failed",
    ]
    assert [row["what"] for row in await read(sign_in, view="refusals")] == ["sign_in_failed"]
    assert [row["what"] for row in await read(sign_in, view="opened")] == ["contact_opened"]
    assert await read(sign_in, view="opened", what="signed_in") == []
    assert [row["what"] for row in await read(sign_in, **{"from": "2026-11-24"})] == ["signed_in"]
    assert len(await read(sign_in, to="2026-11-23")) == 2
    assert len(await read(sign_in, to="2026-11-23", number=number)) == 1
    chief = await sign_in("chief1")
    for wrong in ("view=gossip", "from=yesterday", "to=2026-13-01", "to=9999-12-31"):
        assert (await chief.ask("GET", f"/api/audit?{wrong}"))[0] == 400, wrong


async def test_m6_the_audit_comes_in_pages_and_narrowed(sign_in: SignIn, browser: New) -> None:
    for person in ("acceptor1", "gas1"):
        await sign_in(person)
    for turn in range(7):
        await browser().login("acceptor1" if turn % 2 else "gas1")
    chief = await sign_in("chief1")
    first = await chief.get("/api/audit?limit=5")
    assert {one["what"] for one in first["items"]} <= set(first["kinds"])
    second = await chief.get(f"/api/audit?limit=5&before={first['more']}")
    assert [len(first["items"]), len(second["items"]), second["more"]] == [5, 2, None]
    assert not {row["id"] for row in first["items"]} & {row["id"] for row in second["items"]}
    assert len(await read(sign_in, who="acceptor1")) == 3
    assert await read(sign_in, who="nobody-at-all") == []
    for query in ("what=no_such", "before=x", "limit=x"):
        assert (await chief.ask("GET", f"/api/audit?{query}"))[0] == 400


async def test_m6_only_the_administrator_and_the_duty_chief_read_the_audit(
    sign_in: SignIn,
) -> None:
    for person, status in (("admin", 200), ("chief1", 200), ("acceptor1", 403), ("leader", 403)):
        assert (await (await sign_in(person)).ask("GET", "/api/audit"))[0] == status, person


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET person = 'gas1'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "TRUNCATE cases CASCADE",
    ],
)
async def test_m6_what_was_written_down_stays(
    office: AppContext, sign_in: SignIn, browser: New, change: str
) -> None:
    await sign_in("acceptor1")
    await browser().login("acceptor1")
    async with office.store.connect() as connection:
        with pytest.raises(DBAPIError, match="only added to"):
            await connection.exec_driver_sql(change)
    assert told(await read(sign_in)) == [("signed_in", "acceptor1", "")]


async def test_days_before_all_time_are_days(office: AppContext, sign_in: SignIn) -> None:
    chief = await sign_in("chief1")
    await chief.post(f"/api/cases/{await make_case(office)}/hold", {"reason": "court"})
    everything = (await chief.get("/api/audit"))["items"]
    assert everything
    for day in ("0001-01-03", "1900-01-01", "1969-12-31"):
        assert (await chief.get(f"/api/audit?from={day}"))["items"] == everything, day
        assert (await chief.get(f"/api/audit?to={day}"))["items"] == [], day
