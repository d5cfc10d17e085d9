"""Closing is proved by photos: what the console hands in, what is refused, what an auditor sees."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api.office_keys import MEDIA
from backend.desks.context import AppContext
from hotline.clock import FixedClock
from hotline.media import MediaKind
from tests.backend.api.conftest import POINT, Browser, SignIn, keep_photo, make_case, walk
from tests.backend.test_exif import HERE, OFFSET, TIME, taken

pytestmark = pytest.mark.slow

BARE: dict[str, Any] = {"hint": None, "taken_at": None}
CHECKED = ("file", "dispatch", "accept", "report_done", "ask_check")


@pytest.fixture
async def case(app: Application, office: AppContext, clock: FixedClock) -> str:
    """A case that is being checked."""
    number = await make_case(office)
    await walk(app, number, *CHECKED)
    clock.at += timedelta(hours=1)
    return number


def fix(clock: FixedClock, age: float = 0, **more: Any) -> dict[str, Any]:
    at = clock.at - timedelta(seconds=age)
    return {
        "point": {"lon": POINT.lon, "lat": POINT.lat},
        "accuracy": 12,
        "at": at.isoformat(),
        **more,
    }


async def proofs_of(browser: Browser, number: str) -> list[Any]:
    page = await browser.get(f"/api/cases/{number}")
    (step,) = (one for one in page["timeline"] if one.get("action") == "pass_check")
    return [one["proof"] for one in step["media"]]


async def test_the_button_says_what_must_be_proved(case: str, sign_in: SignIn) -> None:
    page = await (await sign_in("collector01")).get(f"/api/cases/{case}")
    buttons = {one["action"]: one["proof"] for one in page["buttons"]}
    assert (buttons["pass_check"], buttons["fail_check"]) == ("photo_place", "none")


async def test_a_photo_with_its_place_proves_and_an_auditor_sees_how_far(
    app: Application, clock: FixedClock, case: str, sign_in: SignIn
) -> None:
    collector = await sign_in("collector01")
    photo = await keep_photo(app, "collector01")
    status, body = await collector.act(case, "pass_check", media=[photo])
    assert status == 200, body
    at = clock.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    auditor = await sign_in("leader")
    assert await proofs_of(auditor, case) == [{"at": at, "metres": 0, "by_fix": False}]


async def test_a_photo_without_one_takes_the_place_of_who_hands_it_in(
    app: Application, clock: FixedClock, case: str, sign_in: SignIn
) -> None:
    collector = await sign_in("collector01")
    photo = await keep_photo(app, "collector01", **BARE)
    status, body = await collector.act(case, "pass_check", media=[photo])
    assert (status, body["code"], body["field"]) == (400, "fix_missing", "fix")
    assert "允许获取位置" in body["message"]
    status, body = await collector.act(case, "pass_check", media=[photo], fix=fix(clock, 30))
    assert status == 200, body
    (proof,) = await proofs_of(collector, case)
    assert (proof["metres"], proof["by_fix"]) == (0, True)


@pytest.mark.parametrize(
    ("about", "given", "code"),
    [
        ({"taken_at_days": 365}, {}, "photo_future"),
        ({"taken_at_days": -1}, {}, "photo_old"),
        ({"metres": 5000}, {}, "photo_far"),
        (BARE, {"age": 61}, "fix_old"),
        (BARE, {"accuracy": 10_000}, "fix_vague"),
        (BARE, {"accuracy": -1}, "invalid"),
        (BARE, {"accuracy": "NaN"}, "invalid"),
        (BARE, {"point": {"lon": 0, "lat": 0}}, "photo_far"),
        (BARE, {"point": {"lon": 999, "lat": 0}}, "invalid"),
        (BARE, {"at": "2031-01-01T00:00:00Z"}, "bad_time"),
        (BARE, {"at": "now"}, "invalid"),
    ],
)
async def test_what_proves_nothing_is_refused_and_the_photo_may_be_used_again(
    app: Application,
    clock: FixedClock,
    case: str,
    sign_in: SignIn,
    about: dict[str, Any],
    given: dict[str, Any],
    code: str,
) -> None:
    collector = await sign_in("collector01")
    more = {key: value for key, value in about.items() if key in BARE}
    if "taken_at_days" in about:
        more["taken_at"] = clock.at + timedelta(days=about["taken_at_days"])
    if "metres" in about:
        more["hint"] = type(POINT)(POINT.lon, POINT.lat + about["metres"] / 111_320)
    photo = await keep_photo(app, "collector01", **more)
    told = {"fix": fix(clock, **given)} if given else {}
    status, body = await collector.act(case, "pass_check", media=[photo], **told)
    assert (status, body["code"]) == (400, code), body
    good = await keep_photo(app, "collector01")
    status, body = await collector.act(case, "pass_check", media=[photo, good], fix=fix(clock))
    assert status == 200, body


async def test_a_photo_of_another_case_or_step_proves_nothing(
    app: Application, office: AppContext, case: str, sign_in: SignIn
) -> None:
    collector = await sign_in("collector01")
    other = await make_case(office, "2")
    await walk(app, other, *CHECKED)
    photo = await keep_photo(app, "collector01")
    assert (await collector.act(other, "pass_check", media=[photo]))[0] == 200
    status, body = await collector.act(case, "pass_check", media=[photo])
    assert (status, body["code"]) == (400, "photo_used")
    for media in ([photo, photo], ["0" * 64]):
        assert (await collector.act(case, "pass_check", media=media))[0] == 400


async def test_what_exif_says_is_kept_by_the_citys_clock_and_not_served(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn, tmp_path: Path
) -> None:
    collector = await sign_in("collector01")
    local = clock.at.astimezone(office.city.zone)
    offsets: list[dict[int, Any]] = [{}, {OFFSET: f"{local:%z}"[:3] + ":00"}]
    for offset in offsets:
        file = taken(tmp_path, {TIME: f"{local:%Y:%m:%d %H:%M:%S}", **offset}, HERE)
        status, told = await collector.ask(
            "PUT", "/api/media?kind=photo_check", data=file.read_bytes()
        )
        assert status == 200, told
        assert told["taken_at"].startswith(f"{clock.at:%Y-%m-%dT%H:%M}")
        assert told["hint"] == {"lon": pytest.approx(121.57), "lat": pytest.approx(29.88)}
        served = app[MEDIA].find(told["sha256"]).read_bytes()
        assert b"Exif" not in served
    assert MediaKind.PHOTO_CHECK.mime == told["mime"]
