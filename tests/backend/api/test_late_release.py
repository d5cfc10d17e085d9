"""A backend that has not read a release yet looks for it, and then does what it was asked for."""

from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api.office_keys import OFFICE
from backend.city_files import read_sections
from backend.desks.context import AppContext
from backend.following import ReleaseFollower
from hotline.release import Section
from tests.backend.api.conftest import SignIn, make_case
from tests.backend.desks.test_publishing import follower_of, opened, publish, slower
from tests.cities import FOLDER


@pytest.fixture(scope="module")
def sections() -> Mapping[str, Section]:
    return read_sections(FOLDER)


async def test_a_case_of_a_newer_release_is_moved_at_once(
    office: AppContext, app: Application, sections: Mapping[str, Section], sign_in: SignIn
) -> None:
    running = await opened(office, sections)
    source = app[OFFICE]
    source.now = running.context
    page = await sign_in("acceptor1")
    await publish(office, slower(sections))
    early = follower_of(running)
    await early.look()
    number = await make_case(early.source.now, "1")
    # Who does not look cannot tell what it goes by, and says to come again.
    body = {
        "action": "note",
        "version": 1,
        "key": "press-note-1",
        "note": "x",
        "media": [],
        "given": {},
    }

    async def move() -> tuple[int, Any]:
        return await page.ask("POST", f"/api/cases/{number}/act", json=body)

    status, told = await move()
    assert (status, told["code"]) == (503, "unavailable"), told
    late = ReleaseFollower(running.release, lambda _: running.context.knowing, source)
    source.look = late.look
    status, told = await move()
    assert (status, source.now.city.release) == (200, early.source.now.city.release), told
    case = await page.get(f"/api/cases/{number}")
    assert case["case"]["version"] == 2, "it is written once"
