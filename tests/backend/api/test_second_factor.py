"""A second factor: who has one comes in with a code of it, each once, and tries are few."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy import text

from backend.api.guard import AUTH
from backend.client import BackendClient
from backend.desks import second_factors, signin
from backend.desks.context import AppContext
from backend.desks.tries import SignInOrigin
from backend.second_factor import STEP_S, Sealer, code_at, step_of
from backend.store import factors
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Forbidden, Unavailable
from hotline.notice import Outcome, Settled
from tests.backend.api.conftest import PASSWORD, Browser, MakeClient, SignIn, make_case, walk

pytestmark = pytest.mark.slow

New = Callable[[], Browser]
WRONG = "000000"


@pytest.fixture(autouse=True)
def sealed(app: Application) -> None:
    """A key to seal by, as an office makes one."""
    app[AUTH] = replace(app[AUTH], sealer=Sealer("k" * 64))


async def enrol(browser: Browser, clock: FixedClock) -> tuple[str, list[str]]:
    """Set a second factor up; gives the secret and the recovery codes."""
    path = "/api/me/second-factor"
    begun = await browser.post(f"{path}/begin", {"password": PASSWORD})
    assert begun["picture"].startswith("data:image/svg+xml")
    codes = await browser.post(f"{path}/confirm", {"code": code_at(begun["secret"], clock.now())})
    clock.move(timedelta(minutes=5))
    return begun["secret"], codes["codes"]


async def enter(browser: Browser, code: str, username: str = "acceptor1") -> tuple[int, str]:
    typed = {"username": username, "password": PASSWORD, "code": code}
    status, answer = await browser.ask("POST", "/api/login", json=typed)
    return status, answer.get("code", "")


def test_a_code_of_another_program_is_the_same() -> None:
    """By the values of RFC 6238, appendix B (SHA-1)."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    for second, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(second, UTC)
        assert step_of(secret, code, at) == second // STEP_S
        assert step_of(secret, f" {code[:3]} {code[3:]}", at) == second // STEP_S


def test_a_secret_is_opened_by_its_own_key_alone() -> None:
    sealed = Sealer("a" * 64).seal("JBSWY3DP")
    assert "JBSWY3DP" not in sealed
    assert Sealer("a" * 64).open(sealed) == "JBSWY3DP"
    for other in ("b" * 64, ""):
        with pytest.raises(Unavailable):
            Sealer(other).open(sealed)


async def test_who_has_one_comes_in_with_a_code_and_each_code_once(
    office: AppContext, sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    secret, _ = await enrol(await sign_in("acceptor1"), clock)
    kept = await _all(office, "SELECT sealed FROM second_factor")
    assert secret not in kept
    assert await enter(browser(), "") == (401, "code_needed")
    assert await enter(browser(), WRONG) == (401, "bad_factor")
    code = code_at(secret, clock.now())
    assert (await enter(browser(), code))[0] == 200
    assert await enter(browser(), code) == (401, "bad_factor"), "a code is good once"
    before = code_at(secret, clock.now() - timedelta(seconds=STEP_S))
    assert await enter(browser(), before) == (401, "bad_factor"), "nor is one of before"
    clock.move(timedelta(minutes=5))
    for off, fits in ((-60, True), (-30, True), (60, True), (-90, False), (120, False)):
        code = code_at(secret, clock.now() + timedelta(seconds=off))
        assert ((await enter(browser(), code))[0] == 200) is fits, off
        clock.move(timedelta(minutes=5))
    typed = {"username": "acceptor1", "password": "wrong", "code": code_at(secret, clock.now())}
    assert (await browser().ask("POST", "/api/login", json=typed))[1]["code"] == "bad_login"


async def test_a_recovery_code_stands_in_once(
    office: AppContext, sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    mine = await sign_in("acceptor1")
    _, codes = await enrol(mine, clock)
    _, theirs = await enrol(await sign_in("gas1"), clock)
    assert len(set(codes)) == 10
    kept = (await _all(office, "SELECT recovery_code::text FROM recovery_code")).replace("-", "")
    assert not any(one.replace("-", "") in kept for one in codes)
    assert (await enter(browser(), codes[0].upper().replace("-", " ")))[0] == 200
    assert await enter(browser(), codes[0]) == (401, "bad_factor")
    assert await enter(browser(), theirs[0]) == (401, "bad_factor")
    assert (await mine.get("/api/me/second-factor"))["codes_left"] == 9
    chief = await sign_in("chief1")
    rows = (await chief.get("/api/audit?what=recovery_used"))["items"]
    assert [row["person"] for row in rows] == ["acceptor1"]


async def test_codes_cannot_be_guessed(sign_in: SignIn, browser: New, clock: FixedClock) -> None:
    secret, codes = await enrol(await sign_in("acceptor1"), clock)
    told = []
    for _ in range(14):
        told.append((await enter(browser(), WRONG))[1])
        clock.move(timedelta(seconds=70))  # so that passwords may be tried again
    assert told == ["bad_factor"] * 10 + ["too_many_tries"] * 4
    for code in (code_at(secret, clock.now()), codes[0]):
        assert await enter(browser(), code) == (429, "too_many_tries")
    clock.move(timedelta(hours=1))
    assert (await enter(browser(), code_at(secret, clock.now())))[0] == 200


async def test_a_strangers_wrong_codes_do_not_keep_the_owners_device_out(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    secret, _ = await enrol(await sign_in("acceptor1"), clock)
    mine = browser()
    assert (await enter(mine, code_at(secret, clock.now())))[0] == 200
    clock.move(timedelta(minutes=5))
    stranger = browser()
    told = [await _later(stranger, WRONG, clock) for _ in range(11)]
    assert told == ["bad_factor"] * 10 + ["too_many_tries"]
    # Neither another browser gets tries by being new, nor the stranger with a good code.
    assert await _later(browser(), code_at(secret, clock.now()), clock) == "too_many_tries"
    assert await _later(stranger, code_at(secret, clock.now()), clock) == "too_many_tries"
    assert await _later(mine, code_at(secret, clock.now()), clock) == ""
    # What is known may be guessed at no more often than what is not.
    told = [await _later(mine, WRONG, clock) for _ in range(11)]
    assert told == ["bad_factor"] * 10 + ["too_many_tries"]


async def test_a_device_that_knows_the_password_alone_has_no_tries_of_its_own(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    signed_in, stranger = await sign_in("acceptor1"), browser()
    assert (await enter(stranger, ""))[0] == 200  # before there was a second factor
    secret, _ = await enrol(signed_in, clock)
    told = [await _later(browser(), WRONG, clock) for _ in range(10)]
    assert told == ["bad_factor"] * 10
    assert await _later(stranger, code_at(secret, clock.now()), clock) == "too_many_tries"


async def test_the_device_at_which_it_is_set_up_is_known_until_there_is_a_new_one(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    mine = await (await sign_in("acceptor1")).login("acceptor1")
    secret, _ = await enrol(mine, clock)
    for _ in range(10):
        await _later(browser(), WRONG, clock)
    given = {"password": PASSWORD, "code": code_at(secret, clock.now())}
    await mine.post("/api/me/second-factor/end", given)
    clock.move(timedelta(minutes=5))
    status, answer = await _begun_anew(mine, clock)
    assert (status, answer.get("code")) == (429, "too_many_tries"), "a new secret knows nobody"


async def _begun_anew(mine: Browser, clock: FixedClock) -> tuple[int, Any]:
    begun = await mine.post("/api/me/second-factor/begin", {"password": PASSWORD})
    typed = {"code": code_at(begun["secret"], clock.now())}
    return await mine.ask("POST", "/api/me/second-factor/confirm", json=typed)


async def _later(browser: Browser, code: str, clock: FixedClock) -> str:
    """Type a code, and wait until passwords may be tried again; gives why it was refused."""
    told = (await enter(browser, code))[1]
    clock.move(timedelta(seconds=70))
    return told


async def test_it_is_begun_and_ended_by_who_knows_the_password_alone(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    mine, path = await sign_in("acceptor1"), "/api/me/second-factor"
    status, answer = await mine.ask("POST", f"{path}/begin", json={"password": "wrong"})
    assert (status, answer["code"]) == (400, "wrong_password")
    assert (await mine.ask("POST", f"{path}/confirm", json={"code": WRONG}))[0] == 409
    begun = await mine.post(f"{path}/begin", {"password": PASSWORD})
    for code in (WRONG, "", "12345", "１２３４５６", "x" * 40):
        assert (await mine.ask("POST", f"{path}/confirm", json={"code": code}))[0] == 400, code
    assert (await enter(browser(), ""))[0] == 200, "what is not confirmed asks for nothing"
    code = code_at(begun["secret"], clock.now())
    await mine.post(f"{path}/confirm", {"code": code})
    for again in ("begin", "confirm"):
        given = {"password": PASSWORD} if again == "begin" else {"code": code}
        assert (await mine.ask("POST", f"{path}/{again}", json=given))[0] == 409
    clock.move(timedelta(minutes=5))
    code = code_at(begun["secret"], clock.now())
    ends: list[dict[str, Any]] = [
        {"password": "wrong", "code": code},
        {"password": PASSWORD, "code": WRONG},
    ]
    for given in ends:
        assert (await mine.ask("POST", f"{path}/end", json=given))[0] == 400
    await mine.post(f"{path}/end", {"password": PASSWORD, "code": code})
    assert (await enter(browser(), ""))[0] == 200


async def test_a_factor_counts_with_its_recovery_codes_or_not_at_all(
    app: Application,
    sign_in: SignIn,
    browser: New,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = await sign_in("acceptor1")
    begun = await mine.post("/api/me/second-factor/begin", {"password": PASSWORD})
    signed_in = await signin.find(app[AUTH], mine.secret)
    assert signed_in is not None

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(factors, "keep_codes", killed)
    code = code_at(begun["secret"], clock.now())
    with pytest.raises(KeyboardInterrupt):
        await second_factors.confirm(app[AUTH], signed_in, code, SignInOrigin("192.0.2.1"))
    assert (await enter(browser(), ""))[0] == 200


async def test_whose_post_asks_for_one_does_nothing_before(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    number = await make_case(office)
    people = replace(app[AUTH].settings, second_factor_for="contact.unmask privacy.erase")
    object.__setattr__(app[AUTH], "settings", people)
    mine, other = await sign_in("acceptor1"), await sign_in("water1")
    assert (await other.get("/api/me"))["factor_needed"] is False
    me = await mine.get("/api/me")
    assert (me["factor_needed"], me["permissions"]) == (True, [])
    told = await mine.get("/api/me/second-factor")
    assert told == {"on": False, "needed": True, "codes_left": 0}
    status, answer = await mine.ask("GET", f"/api/cases/{number}")
    assert (status, answer["code"]) == (403, "second_factor_needed")
    assert (await mine.get("/api/meta"))["everything"] is False
    secret, _ = await enrol(mine, clock)
    assert (await mine.get("/api/me"))["factor_needed"] is False
    await mine.get(f"/api/cases/{number}")
    given = {"password": PASSWORD, "code": code_at(secret, clock.now())}
    status, answer = await mine.ask("POST", "/api/me/second-factor/end", json=given)
    assert (status, answer["code"]) == (422, "factor_required")


async def test_a_post_that_is_chosen_may_ask_for_one(app: Application, sign_in: SignIn) -> None:
    people = replace(app[AUTH].settings, second_factor_for="case.dispatch")
    object.__setattr__(app[AUTH], "settings", people)
    deputy = await sign_in("deputy")
    assert (await deputy.get("/api/me"))["factor_needed"] is False
    told = await deputy.post("/api/me/post", {"post": "dispatcher"})
    assert (told["post"], told["factor_needed"], told["permissions"]) == ("dispatcher", True, [])
    told = await deputy.post("/api/me/post", {"post": "acceptor"})
    assert told["factor_needed"] is False


async def test_a_chat_bound_without_one_does_nothing_for_a_post_that_asks_for_it(
    app: Application, sign_in: SignIn, clock: FixedClock, client: MakeClient
) -> None:
    chat, bots = (Channel.TELEGRAM, "77"), client("bots")
    admin = await sign_in("admin")
    code = (await admin.post("/api/people/acceptor1/code", {}))["code"]
    await bots.bind(code, *chat, "zh_CN")
    opened = await bots.open_chat(chat, "")
    assert (opened.actor is not None, opened.without_factor) == (True, False)
    people = replace(app[AUTH].settings, second_factor_for="contact.unmask")
    object.__setattr__(app[AUTH], "settings", people)
    # It is anybody's chat from now on, and says why.
    opened = await bots.open_chat(chat, "")
    assert (opened.actor, opened.without_factor) == (None, True)
    with pytest.raises(Forbidden) as refused:
        await bots.tasks(chat)
    assert refused.value.code == "chat_without_factor"
    # A code that somebody else makes, signed in with a second factor of theirs, helps nobody.
    await enrol(admin, clock)
    code = (await admin.post("/api/people/acceptor1/code", {}))["code"]
    await bots.bind(code, *chat, "zh_CN")
    assert (await bots.open_chat(chat, "")).without_factor
    mine = await sign_in("acceptor1")
    await enrol(mine, clock)
    code = (await mine.post("/api/people/acceptor1/code", {}))["code"]
    await bots.bind(code, *chat, "zh_CN")
    opened = await bots.open_chat(chat, "")
    assert (opened.actor is not None, opened.without_factor) == (True, False)
    await bots.tasks(chat)


async def test_no_notice_goes_to_a_chat_bound_without_one(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock, client: MakeClient
) -> None:
    chat, bots = (Channel.TELEGRAM, "78"), client("bots")
    people = replace(app[AUTH].settings, second_factor_for="case.handle")
    object.__setattr__(app[AUTH], "settings", people)
    admin, mine = await sign_in("admin"), await sign_in("water1")
    code = (await admin.post("/api/people/water1/code", {}))["code"]
    await bots.bind(code, *chat, "zh_CN")
    await _delivered(bots)
    await walk(app, await make_case(office, "1"), "ask_verify", "verify_true", "file", "dispatch")
    assert await _delivered(bots) == []
    chief = await sign_in("chief1")
    (failed,) = (await chief.get("/api/notices?state=failed"))["items"]
    assert failed["error"] == "chat_without_factor"
    (told,) = await admin.get("/api/people/water1/chats")
    assert told["lacks_factor"] is True
    listed = {one["person"]: one["channels"] for one in await admin.get("/api/people")}
    assert listed["water1"] == [told]
    # Sent again it is looked at again.
    await chief.post(f"/api/notices/{failed['id']}/retry")
    assert await _delivered(bots) == []
    await enrol(mine, clock)
    code = (await mine.post("/api/people/water1/code", {}))["code"]
    await bots.bind(code, *chat, "zh_CN")
    (told,) = await mine.get("/api/people/water1/chats")
    assert told["lacks_factor"] is False
    await chief.post(f"/api/notices/{failed['id']}/retry")
    assert await _delivered(bots) == ["water1"]


async def _delivered(bots: BackendClient) -> list[str]:
    """Deliver what waits; gives whom of the office it was for."""
    tasks = await bots.lease_notices([Channel.TELEGRAM], 50)
    await bots.settle_notices([Settled(one.id, Outcome.SENT) for one in tasks])
    return [one.person for one in tasks if one.person is not None]


async def _all(office: AppContext, asked: str) -> str:
    async with office.store.connect() as connection:
        return str((await connection.execute(text(asked))).all())
