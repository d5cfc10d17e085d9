"""The demo's seat takes a call that nobody else takes, and writes it down."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.cli.speaking import seat_sounds, words_of
from backend.demo.accounts import DemoAccount
from backend.demo.login import DemoLogin
from backend.demo.seat import ANSWERED, DemoSeat, SeatVoice, is_manned, told, who_sits
from backend.operations.postgres import database_url
from backend.store import cases
from backend.store.session import Store, make_engine
from hotline.clock import SystemClock
from hotline.rights.posts import Rights
from ivr.handset.phone import open_phone
from ivr.pcm import read_wav
from tests.cities import demo_city
from tests.real.people import give_accounts
from tests.real.stack import Stack, running

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(180)]

CLOCK = SystemClock()
SAMPLE = seat_sounds("zh_CN")[0].with_name("rubbish.wav")


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    """A hotline without speech."""
    settings = {"HOTLINE_SPEECH_ENGINE": "none", "HOTLINE_PHONE_SEATS_HOST": "127.0.0.1"}
    with running(open_folder, settings) as stack:
        yield stack


def rights(person: str) -> Rights:
    return demo_city().organisation.people[person].actor().rights


def test_the_demo_sits_where_the_user_does_not() -> None:
    names = ("acceptor1", "acceptor2", "chief1", "dispatcher1")
    accounts = [DemoAccount(one, "x", one, rights(one)) for one in names]
    sits = who_sits(accounts)
    assert sits is not None
    assert sits.person == "acceptor2"
    assert who_sits(accounts[3:]) is None


async def test_a_call_is_taken_asked_written_down_and_thanked(stack: Stack) -> None:
    password = (await give_accounts(stack))["acceptor2"]
    login = DemoLogin(
        stack.settings.backend_url,
        DemoAccount("acceptor2", password, "acceptor2", rights("acceptor2")),
    )
    store = Store(make_engine(database_url(stack.settings), pool_size=2))
    seat = DemoSeat(login, store, CLOCK, stack.environment)
    citizen = await open_phone(CLOCK)
    try:
        async with seat.seated(SeatVoice(*seat_sounds("zh_CN"))) as phone:
            server = ("127.0.0.1", stack.settings.phone.sip_port)
            call = await citizen.call(stack.settings.phone.hotline_number, server, "13800138000")
            await call.wait_answer()
            async with asyncio.timeout(30):
                assert await told(phone, ANSWERED)
            number = await seat.write_down(words_of(SAMPLE))
            await call.say(read_wav(SAMPLE))
            assert await call.wait_end(30)
        async with store.connect() as connection:
            case = await cases.load(connection, number)
        assert case.text == words_of(SAMPLE)
        assert not await is_manned(store)
    finally:
        citizen.close()
        await login.close()
        await store.close()
