"""What else was told of near a case: by metres, class and scope, open before lately ended."""

from datetime import timedelta

import pytest
from aiohttp.web import Application

from backend.desks.context import AppContext
from backend.queries import neighbours
from hotline.clock import FixedClock
from tests.backend.api.conftest import POINT, SignIn, make_case, walk


async def _moved(office: AppContext, number: str, metres: float) -> None:
    """Put a case so many metres north of where all are told."""
    async with office.store.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE cases SET lat = $1 WHERE number = $2",
            (POINT.lat + metres / 111_320, number),
        )


async def test_near_cases_are_told_by_metres_and_those_of_the_class_from_further_off(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    here, beside, far, same, over = [await make_case(office, str(key)) for key in range(5)]
    browser = await sign_in("acceptor1")
    for number in (here, same):
        await walk(app, number, "file")
    await browser.act(over, "decline", decline_reason="out_of_scope")
    for number, metres in ((beside, 99), (far, 101), (same, 400), (over, 10)):
        await _moved(office, number, metres)
    found = await browser.get(f"/api/cases/{here}/near")
    told = [(one["number"], one["metres"], one["same"], one["over"]) for one in found]
    assert told == [(beside, 99, False, False), (same, 400, True, False), (over, 10, False, True)]


async def test_the_nearest_are_told_however_many_newer_ones_lie_further_off(
    office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "MOST", 2)
    here, *others = [await make_case(office, str(key)) for key in range(5)]
    for number, metres in zip(others, (10, 90, 300, 20), strict=True):
        await _moved(office, number, metres)
    found = await (await sign_in("acceptor1")).get(f"/api/cases/{here}/near")
    assert [(one["number"], one["metres"]) for one in found] == [(others[0], 10), (others[3], 20)]


async def test_what_ended_long_ago_and_what_is_out_of_scope_is_not_told(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    old, mine, theirs = [await make_case(office, str(key)) for key in range(3)]
    browser = await sign_in("acceptor1")
    await browser.act(old, "decline", decline_reason="out_of_scope")
    await walk(app, mine, "file", "dispatch")
    worker = await sign_in("water1")
    assert await worker.get(f"/api/cases/{mine}/near") == []
    assert [one["number"] for one in await browser.get(f"/api/cases/{mine}/near")] == [theirs, old]
    clock.move(timedelta(days=91))
    browser = await sign_in("acceptor1")
    assert [one["number"] for one in await browser.get(f"/api/cases/{mine}/near")] == [theirs]
    status, body = await worker.ask("GET", f"/api/cases/{theirs}/near")
    assert (status, body["code"]) in ((404, "no_case"), (401, "unauthorised"))


async def test_a_case_without_a_point_has_no_neighbours(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, "1")
    async with office.store.begin() as connection:
        await connection.exec_driver_sql("UPDATE cases SET lon = NULL, lat = NULL")
    browser = await sign_in("acceptor1")
    assert await browser.get(f"/api/cases/{number}/near") == []
