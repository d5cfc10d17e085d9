"""How often somebody may try to sign in, counted where they are and within a sliding window."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from aiohttp.web import Application

from backend.api.client_address import client_address
from backend.api.keys import SETTINGS
from config.networks import networks_in
from config.settings import SettingsError, load
from hotline.clock import FixedClock
from tests.backend.api.conftest import PASSWORD, Browser, SignIn

pytestmark = pytest.mark.slow

New = Callable[[], Browser]
PROXIES = networks_in("10.1.0.0/16, ::1, 127.0.0.1")
ADDRESSES = [
    ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
    ("127.0.0.1", ["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
    ("127.0.0.1", ["1.1.1.1", "203.0.113.7, 10.1.2.3"], "203.0.113.7"),
    ("127.0.0.1", ["203.0.113.7:51234"], "203.0.113.7"),
    ("127.0.0.1", ['"[2001:db8:1:2:3::4]:443"'], "2001:db8:1:2::/64"),
    ("127.0.0.1", ["::ffff:203.0.113.7"], "203.0.113.7"),
    ("::ffff:127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
    ("::1", ["203.0.113.7"], "203.0.113.7"),
    ("127.0.0.1", ["203.0.113.7, unknown"], "127.0.0.1"),
    ("127.0.0.1", ["203.0.113.7, , 10.1.2.3"], "10.1.2.3"),
    ("127.0.0.1", [""], "127.0.0.1"),
    ("127.0.0.1", ["64:ff9b::203.0.113.7"], "203.0.113.7"),
    ("64:ff9b::c633:6401", ["203.0.113.7"], "198.51.100.1"),
    ("127.0.0.1", [], "127.0.0.1"),
    ("198.51.100.1", ["203.0.113.7"], "198.51.100.1"),
    ("", ["203.0.113.7"], ""),
]


@pytest.mark.parametrize(("remote", "forwarded", "client"), ADDRESSES)
def test_m2_the_client_is_who_our_own_proxies_name(
    remote: str, forwarded: list[str], client: str
) -> None:
    assert client_address(remote, forwarded, PROXIES) == client


def test_m2_nobody_is_believed_where_no_proxy_is_named() -> None:
    assert client_address("127.0.0.1", ["203.0.113.7"], networks_in("")) == "127.0.0.1"


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("127.0.0.1, proxy", "proxy"),
        ("10.0.0.0/99", "no network"),
        ("0.0.0.0/0", "everybody"),
        ("127.0.0.1 ::/0", "everybody"),
        ("::ffff:0:0/96", "everybody"),
        ("2000::/3", "everybody"),
    ],
)
def test_m2_a_proxy_that_is_none_or_everybody_stops_the_start(named: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=rf"web\.trusted_proxies.*{reason}"):
        load([], {"HOTLINE_WEB_TRUSTED_PROXIES": named})


def test_m2_a_private_network_may_be_named_however_wide_and_ipv4_however_dressed() -> None:
    assert [str(one) for one in networks_in("fd00::/8 ::ffff:10.1.0.0/112")] == [
        "fd00::/8",
        "10.1.0.0/16",
    ]
    assert client_address("10.1.9.9", ["203.0.113.7"], networks_in("::ffff:10.1.0.0/112")) == (
        "203.0.113.7"
    )


def test_m2_proxies_are_named_as_people_write_them() -> None:
    named = load([], {"HOTLINE_WEB_TRUSTED_PROXIES": "127.0.0.1 10.0.0.0/8"})
    assert networks_in(named.web.trusted_proxies)[1] == ip_network("10.0.0.0/8")


def trust_a_proxy(app: Application) -> None:
    settings = app[SETTINGS]
    object.__setattr__(settings, "web", replace(settings.web, trusted_proxies="127.0.0.1"))


async def enter(one: Browser, username: str, password: str, address: str = "192.0.2.1") -> int:
    typed = {"username": username, "password": password}
    headers = {"X-Forwarded-For": address}
    return (await one.ask("POST", "/api/login", json=typed, headers=headers))[0]


async def guess(browser: New, address: str, times: int = 50) -> None:
    """Close an address by wrong passwords for names that are none."""
    one = browser()
    statuses = await asyncio.gather(
        *(enter(one, f"nobody{turn // 5}", "wrong", address) for turn in range(times))
    )
    assert set(statuses) == {401}
    assert await enter(one, "nobody99", "wrong", address) == 429


async def test_m2_guesses_from_one_address_shut_no_other_behind_the_same_proxy(
    app: Application, sign_in: SignIn, browser: New
) -> None:
    trust_a_proxy(app)
    await sign_in("acceptor1")
    await guess(browser, "203.0.113.7")
    assert await enter(browser(), "acceptor1", PASSWORD, "203.0.113.8") == 200
    assert await enter(browser(), "acceptor1", PASSWORD, "1.2.3.4, 203.0.113.7") == 429


async def test_a_clock_that_went_a_year_ahead_and_back_keeps_nobody_out(
    app: Application, sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    trust_a_proxy(app)
    await sign_in("acceptor1")
    clock.move(timedelta(days=366))
    await guess(browser, "203.0.113.7")
    clock.move(timedelta(days=-366))
    assert await enter(browser(), "acceptor1", PASSWORD, "203.0.113.7") == 200
    # A step back of seconds lets nobody guess again.
    await guess(browser, "203.0.113.9")
    clock.move(timedelta(seconds=-5))
    assert await enter(browser(), "acceptor1", PASSWORD, "203.0.113.9") == 429


async def test_m2_a_known_device_is_not_kept_out_by_strangers_at_its_address(
    app: Application, sign_in: SignIn, browser: New
) -> None:
    trust_a_proxy(app)
    await sign_in("chief1")
    await sign_in("acceptor1")
    device = browser()
    assert await enter(device, "chief1", PASSWORD, "198.51.100.9") == 200
    await guess(browser, "203.0.113.7")
    for _ in range(5):
        assert await enter(browser(), "chief1", "wrong", "203.0.113.7") == 429
    assert await enter(device, "chief1", PASSWORD, "203.0.113.7") == 200
    # The device is known for whom it has signed in before, and for nobody else.
    assert await enter(device, "acceptor1", PASSWORD, "203.0.113.7") == 429


async def test_m2_an_account_is_known_where_it_has_signed_in(
    app: Application, sign_in: SignIn, browser: New
) -> None:
    trust_a_proxy(app)
    await sign_in("chief1")
    assert await enter(browser(), "chief1", PASSWORD, "203.0.113.7") == 200
    await guess(browser, "203.0.113.7")
    assert await enter(browser(), "chief1", PASSWORD, "203.0.113.7") == 200
    wrong = [await enter(browser(), "chief1", "wrong", "203.0.113.7") for _ in range(6)]
    assert wrong == [401] * 5 + [429]


async def test_m2_tries_are_forgotten_after_the_window(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    people = ["acceptor1", "chief1", "water1"]
    for person in people:
        await sign_in(person)
    await guess(browser, "192.0.2.1")
    clock.move(timedelta(seconds=61))
    assert [await enter(browser(), person, PASSWORD) for person in people] == [200] * 3
    clock.move(timedelta(hours=20))
    assert [await enter(browser(), person, PASSWORD) for person in people] == [200] * 3


async def test_m2_the_window_slides(sign_in: SignIn, browser: New, clock: FixedClock) -> None:
    await sign_in("acceptor1")
    one = browser()
    for _ in range(5):
        assert await enter(one, "acceptor1", "wrong") == 401
        clock.move(timedelta(seconds=14))
    # The first try is 70 seconds old, the second 56: there is one, and then none.
    assert await enter(one, "acceptor1", "wrong") == 401
    assert await enter(one, "acceptor1", PASSWORD) == 429
    clock.move(timedelta(seconds=5))
    assert await enter(one, "acceptor1", PASSWORD) == 200


async def test_m2_waiting_is_not_made_longer_by_trying(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    await sign_in("acceptor1")
    one = browser()
    for _ in range(5):
        await enter(one, "acceptor1", "wrong")
    for _ in range(6):
        clock.move(timedelta(seconds=9))
        assert await enter(one, "acceptor1", "wrong") == 429
    clock.move(timedelta(seconds=7))
    assert await enter(one, "acceptor1", PASSWORD) == 200
