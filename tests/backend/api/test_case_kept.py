"""A case page tells that nothing of it goes while it is on hold, and what of it is gone and why."""

from datetime import timedelta

import pytest
from aiohttp.web import Application

from backend.desks import retention
from backend.desks.context import AppContext
from hotline.clock import FixedClock
from hotline.privacy import DataKind
from tests.backend.api.conftest import SignIn, make_case
from tests.backend.api.test_privacy import ASKED, agreed
from tests.backend.api.test_retention import closed_case

pytestmark = pytest.mark.slow
WHY = "诉讼（2026）民初 12 号"


async def test_a_hold_is_told_to_all_and_its_reason_to_who_may_end_it(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    chief, acceptor = await sign_in("chief1"), await sign_in("acceptor1")
    path = f"/api/cases/{number}"
    assert (await chief.get(path))["hold"] is None
    await chief.post(f"{path}/hold", {"reason": WHY})
    held = (await chief.get(path))["hold"]
    assert (held["reason"], held["made_by"]) == (WHY, office.city.organisation.names["chief1"][0])
    told = (await acceptor.get(path))["hold"]
    assert told == {"since": held["since"], "reason": "", "made_by": None}
    assert WHY not in str(await acceptor.get(path))
    await chief.post(f"{path}/hold/end", {"reason": "判决生效"})
    assert (await acceptor.get(path))["hold"] is None


async def test_what_a_rule_took_is_told_by_its_kind_and_day(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    number = await closed_case(app)
    path = f"/api/cases/{number}"
    assert (await (await sign_in("chief1")).get(path))["erased"] == []
    clock.move(timedelta(days=3700))
    async for _ in retention.sweep(office, office.clock.now()):
        pass
    page = await (await sign_in("chief1")).get(path)
    kinds = [one["kind"] for one in page["erased"]]
    assert kinds == sorted(kinds, key=list(DataKind).index)
    assert {"words", "contact", "recording"} <= set(kinds)
    assert all(one["by_rule"] is True for one in page["erased"])
    assert page["case"]["text"] == ""
    # Whose wish it was, or whether it was any, is not told to others.
    others = (await (await sign_in("acceptor1")).get(path))["erased"]
    assert [(one["kind"], one["at"]) for one in others] == [
        (one["kind"], one["at"]) for one in page["erased"]
    ]
    assert {one["by_rule"] for one in others} == {None}


async def test_what_went_on_request_is_told_so_to_who_may_erase(
    app: Application, sign_in: SignIn
) -> None:
    number, untouched = await closed_case(app), await closed_case(app, "2", "13900139000")
    first, second = await sign_in("chief1"), await sign_in("commander")
    wish = await first.post("/api/privacy/erasures", ASKED)
    await agreed(second, wish)
    page = await first.get(f"/api/cases/{number}")
    assert page["erased"]
    assert all(one["by_rule"] is False for one in page["erased"])
    assert (await first.get(f"/api/cases/{untouched}"))["erased"] == []
