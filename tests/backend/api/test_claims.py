"""Claims: who has a case open is seen by who may see it, told once, and stops nobody."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api.claims import lease_of
from backend.api.guard import AUTH
from backend.api.keys import SETTINGS
from backend.desks import claims
from backend.desks.context import AppContext, ContextSource
from backend.queries.claims import at_work
from backend.store import claim_rows, views
from config.settings import Settings
from hotline.clock import FixedClock, iso
from hotline.rights.scopes import Everything
from tests.backend.api.conftest import Browser, SignIn, make_case, publish
from tests.backend.api.test_feed import heard, listening

pytestmark = pytest.mark.slow
PAGE, OTHER = "page-0001", "page-0002"


async def _claim(browser: Browser, number: str, tab: str = PAGE) -> list[str]:
    answer = await browser.post(f"/api/cases/{number}/claim", {"tab": tab})
    return [one["person"] for one in answer["claims"]]


async def _end(browser: Browser, number: str, tab: str = PAGE) -> list[str]:
    assert await browser.post(f"/api/cases/{number}/claim/end", {"tab": tab}) == {}
    return await _listed(browser, number)


async def _listed(browser: Browser, number: str) -> list[str]:
    page = await browser.get("/api/cases")
    return [one["person"] for one in page["claims"].get(number, [])]


async def _sweep(app: Application) -> int:
    return await claims.end_over(app[AUTH], lease_of(app[SETTINGS]))


async def _changes(office: AppContext) -> int:
    async with office.store.connect() as connection:
        many = "SELECT (SELECT count(*) FROM change WHERE kind = 'claim') + (SELECT count(*) "
        many += "FROM feed WHERE kind = 'claim')"
        return int((await connection.exec_driver_sql(many)).scalar_one())


async def test_begin_and_end_are_told_once_to_who_sees_the_case(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    one, two = await sign_in("acceptor1"), await sign_in("acceptor2")
    number = await make_case(office)
    await publish(app)
    seen = (await two.get("/api/meta"))["feed"]
    async with listening(two, seen) as (socket, _):
        for _turn in range(5):
            assert await _claim(one, number) == ["acceptor1"]
        await publish(app)
        news = await heard(socket)
        assert (news["kind"], news["number"], news["row"]) == ("claim", number, None)
        told = news["claims"][0]
        assert (told["person"], told["post"], len(news["claims"])) == ("acceptor1", "acceptor", 1)
        assert told["name"]
        assert await _claim(two, number) == ["acceptor1", "acceptor2"]
        await publish(app)
        assert len((await heard(socket))["claims"]) == 2
        assert await _end(one, number) == ["acceptor2"]
        await publish(app)
        assert [who["person"] for who in (await heard(socket))["claims"]] == ["acceptor2"]
    assert await _listed(one, number) == ["acceptor2"]
    assert await _changes(office) == 3


async def test_two_pages_of_one_person_are_one_claim(office: AppContext, sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    number = await make_case(office)
    assert await _claim(browser, number) == ["acceptor1"]
    assert await _claim(browser, number, OTHER) == ["acceptor1"]
    assert await _changes(office) == 1
    # Each end is told: of two at once neither could know that it is the last.
    assert await _end(browser, number) == ["acceptor1"]
    assert await _changes(office) == 2
    assert await _end(browser, number, OTHER) == []
    assert await _end(browser, number, OTHER) == []
    assert await _changes(office) == 3


async def test_the_post_of_the_page_that_was_opened_last_is_shown(
    office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    browser, number = await sign_in("acceptor1"), await make_case(office)
    await _claim(browser, number)
    clock.move(timedelta(seconds=1))
    await _claim(browser, number, OTHER)
    for first, last in (("zz", "acceptor"), ("acceptor", "aa")):
        async with office.store.begin() as connection:
            for tab, post in ((PAGE, first), (OTHER, last)):
                await connection.exec_driver_sql(
                    f"UPDATE claim SET post = '{post}' WHERE tab = '{tab}'"
                )
            [found] = await claim_rows.claims_of(connection, [number], clock.now())
            assert found.post == last


async def test_a_page_that_is_killed_ends_by_itself_and_is_told(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    number, lease = await make_case(office), lease_of(app[SETTINGS])
    await _claim(browser, number)
    clock.move(lease - timedelta(seconds=1))
    assert await _sweep(app) == 0
    assert await _listed(browser, number) == ["acceptor1"]
    clock.move(timedelta(seconds=2))
    assert await _listed(browser, number) == []
    assert await _sweep(app) == 1
    assert await _sweep(app) == 0
    assert await _changes(office) == 2
    # The page comes back from where it was cut off, and is seen again.
    assert await _claim(browser, number) == ["acceptor1"]
    assert await _changes(office) == 3


async def test_a_claim_that_ran_out_and_goes_on_has_a_new_beginning(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    one, number = await sign_in("acceptor1"), await make_case(office)

    async def begun() -> list[str]:
        claimed = await one.post(f"/api/cases/{number}/claim", {"tab": PAGE})
        return [who["since"] for who in claimed["claims"]]

    first, lease = await begun(), lease_of(app[SETTINGS])
    clock.move(lease - timedelta(seconds=1))
    assert await begun() == first
    # It ran out, and nobody has looked after what is over since.
    clock.move(lease + timedelta(seconds=1))
    assert await begun() == [iso(clock.now())]
    assert await _changes(office) == 2


async def test_a_word_that_comes_behind_the_end_begins_nothing(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    number = await make_case(office)
    await _claim(browser, number)
    await _end(browser, number)
    assert await _claim(browser, number) == []
    assert await _claim(browser, number, OTHER) == ["acceptor1"]
    clock.move(2 * lease_of(app[SETTINGS]))
    assert await _sweep(app) == 1
    async with office.store.connect() as connection:
        assert await claim_rows.pages_of(connection, "acceptor1") == set()


async def test_whose_session_or_account_has_ended_is_not_shown(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    one, two = await sign_in("acceptor1"), await sign_in("acceptor2")
    number = await make_case(office)
    await _claim(one, number)
    await _claim(two, number)
    await one.post("/api/logout")
    assert await _listed(two, number) == ["acceptor2"]
    before = await _changes(office)
    assert await _sweep(app) == 1
    assert await _changes(office) == before + 1
    staff = dict(office.city.organisation.people)
    del staff["acceptor2"]
    organisation = replace(office.city.organisation, people=staff)
    later = replace(office, city=replace(office.city, organisation=organisation))
    auth = replace(app[AUTH], source=ContextSource(later))
    async with office.store.connect() as connection:
        assert await at_work(later, connection, [number]) == {}
    assert await claims.end_over(auth, lease_of(app[SETTINGS])) == 1
    assert await _listed(await sign_in("chief1"), number) == []


async def test_who_lost_sight_of_a_case_still_ends_their_claim(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    water, other = await sign_in("water1"), await sign_in("acceptor1")
    number = await make_case(office)
    async with office.store.connect() as connection:
        case = await views.id_in_scope(connection, Everything(), number)
        assert case is not None
        now = office.clock.now()
        at = {"since": now, "until": now + lease_of(app[SETTINGS]), "ended": False}
        of = {"case_id": case, "person": "water1", "tab": PAGE, "post": "department"}
        session = await connection.exec_driver_sql("SELECT token_hash FROM session LIMIT 1")
        row = claim_rows.ClaimRow(**of, **at, session=session.scalar_one())
        assert await claim_rows.hold(connection, row)
    assert await _listed(other, number) == ["water1"]
    assert await _end(water, number) == []
    assert await _listed(other, number) == []


async def test_a_clock_that_went_wrong_leaves_no_claim_for_ever(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    number = await make_case(office)
    async with office.store.connect() as connection:
        await _claim(browser, number)
        await connection.exec_driver_sql("UPDATE claim SET until = until + interval '1 year'")
    assert await _sweep(app) == 1
    assert await _listed(browser, number) == []


async def test_who_may_not_see_a_case_neither_claims_it_nor_hears_of_it(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    acceptor, department = await sign_in("acceptor1"), await sign_in("water1")
    number = await make_case(office)
    await publish(app)
    for case in (number, "330299000000000", "x" * 300):
        path = f"/api/cases/{case}/claim"
        status, said = await department.ask("POST", path, json={"tab": PAGE})
        assert (status, said["code"]) == (404, "no_case")
        assert await department.post(f"{path}/end", {"tab": PAGE}) == {}
    seen = (await department.get("/api/meta"))["feed"]
    async with listening(department, seen) as (socket, _):
        await _claim(acceptor, number)
        await publish(app)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await heard(socket)
    assert (await department.get("/api/cases"))["claims"] == {}


@pytest.mark.parametrize("tab", ["", "short", "x" * 101, 7, None])
async def test_a_page_without_a_key_of_its_own_is_refused(
    office: AppContext, sign_in: SignIn, tab: Any
) -> None:
    browser = await sign_in("acceptor1")
    number = await make_case(office)
    path = f"/api/cases/{number}/claim"
    status, said = await browser.ask("POST", path, json={"tab": tab})
    assert (status, said["field"]) == (400, "tab")


async def test_nobody_claims_without_end(
    office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MOST", 2)
    browser = await sign_in("acceptor1")
    number = await make_case(office)
    await _claim(browser, number, PAGE)
    await _claim(browser, number, OTHER)
    path = f"/api/cases/{number}/claim"
    status, said = await browser.ask("POST", path, json={"tab": "page-0003"})
    assert (status, said["code"]) == (422, "many_claims")
    # What has ended counts too: a page that begins and ends without end floods nobody.
    await _end(browser, number, PAGE)
    status, _ = await browser.ask("POST", path, json={"tab": "page-0003"})
    assert status == 422
    assert await _claim(browser, number, OTHER) == ["acceptor1"]


async def test_a_save_goes_through_whoever_is_at_work(office: AppContext, sign_in: SignIn) -> None:
    one, two = await sign_in("acceptor1"), await sign_in("acceptor2")
    number = await make_case(office)
    await _claim(one, number)
    status, saved = await two.act(number, "correct", text="对方写的话")
    assert (status, saved["case"]["text"]) == (200, "对方写的话")
    # Who has the claim is told of the differences as ever, and saves then.
    version = saved["case"]["version"]
    status, said = await one.act(number, "correct", version=version - 1, text="我写的话")
    assert (status, said["code"], said["now"]["case"]["text"]) == (409, "conflict", "对方写的话")
    status, saved = await one.act(number, "correct", key="press-again", text="我写的话")
    assert (status, saved["case"]["text"]) == (200, "我写的话")


async def test_many_consoles_that_claim_at_once_write_one_word_each(
    office: AppContext, sign_in: SignIn
) -> None:
    browsers = [await sign_in("acceptor1"), await sign_in("acceptor2"), await sign_in("leader")]
    number = await make_case(office)
    for browser in browsers:
        await _claim(browser, number)
    words = [_claim(browsers[at % 3], number) for at in range(60)]
    found = await asyncio.gather(*words)
    assert all(sorted(one) == ["acceptor1", "acceptor2", "leader"] for one in found)
    assert await _changes(office) == 3


def test_a_lease_is_never_too_short_for_its_words(settings: Settings) -> None:
    assert lease_of(settings) == timedelta(seconds=settings.web.claim_s)
