"""What a seat may not do: two orders at once, a draft without an end, a name for who has none."""

from backend.client import BackendClient
from hotline.call import CallEventType, CallRing
from hotline.clock import FixedClock
from tests.backend.api.conftest import SignIn
from tests.backend.api.test_seat import KEY, OTHER, online, talking, tell


async def test_one_order_at_a_time_and_nothing_is_completed_where_nobody_was_asked(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    path = f"/api/seat/calls/{KEY}/order"
    for kind in ("complete", "back"):
        status, told = await browser.ask("POST", path, json={"kind": kind, "target": ""})
        assert (status, told["code"]) == (422, "nobody_asked")
    await browser.post(path, {"kind": "consult", "target": "police"})
    status, told = await browser.ask("POST", path, json={"kind": "join", "target": "fire"})
    assert (status, told["code"]) == (422, "order_open")


async def test_what_is_nested_too_deep_is_no_draft(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    for depth in (60, 500, 2000):
        body = '{"version":0,"typed":{"a":' + "[" * depth + "]" * depth + "}}"
        headers = {"Content-Type": "application/json"}
        status, _ = await browser.ask(
            "PUT", f"/api/seat/calls/{KEY}/draft", data=body, headers=headers
        )
        assert status == 400, depth


async def test_who_withholds_their_number_has_no_name(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await online(sign_in)
    await phone.ring(CallRing(OTHER, "", clock.now(), "张三"))
    await phone.ring(CallRing(KEY, "", clock.now(), "李四"))
    await tell(phone, clock, (CallEventType.SEAT_RINGING, "seat001"))
    assert (await browser.get(f"/api/seat/calls/{KEY}"))["name"] == ""
