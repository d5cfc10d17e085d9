"""What a chat is told of a case: one suite over the backend and over its double in memory."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from backend.client import BackendClient
from backend.desks import casework
from backend.desks.context import AppContext
from backend.store import chats
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Forbidden, NotFound
from hotline.report import Contact, NewReport
from tests import cities
from tests.backend.api.conftest import MakeClient
from tests.bots.desk import Desk
from tests.bots.stage import the_city
from tests.cities import MONDAY
from tests.fakes.backend import FakeBackend

CITIZEN = (Channel.TELEGRAM, "500")
WATER = (Channel.TELEGRAM, "600")
CELL = {"cell": "330299001001001"}
Move = Callable[..., Awaitable[Any]]


@dataclass(slots=True)
class Side:
    """A backend as a message connector sees it, and its desks behind."""

    connector: BackendClient
    move: Move
    seat: Callable[[str, str], Awaitable[None]]


def in_memory(clock: FixedClock) -> Side:
    fake = FakeBackend(clock)

    async def move(number: str, action: str, person: str, **given: Any) -> None:
        actor = cities.organisation().person(person).actor()
        fake.move(number, action, actor, key=f"{number}:{action}", given=given)

    async def seat(address: str, person: str) -> None:
        fake.chats[Channel.TELEGRAM, address] = (person, "zh_CN")

    return Side(fake, move, seat)


def for_real(office: AppContext, client: MakeClient) -> Side:
    async def move(number: str, action: str, person: str, **given: Any) -> None:
        actor = office.city.organisation.person(person).actor()
        key = f"{number}:{action}"
        await casework.act(office, number, action, actor, key=key, given=given)

    async def seat(address: str, person: str) -> None:
        async with office.store.begin() as connection:
            chat = chats.Chat(Channel.TELEGRAM, address, person, "zh_CN")
            await chats.bind_chat(connection, chat, MONDAY)

    return Side(client("bots"), move, seat)


@pytest.fixture(params=["fake", "real"])
async def side(
    request: pytest.FixtureRequest, office: AppContext, client: MakeClient, clock: FixedClock
) -> Side:
    """Both of them, one after the other."""
    return in_memory(clock) if request.param == "fake" else for_real(office, client)


async def dispatched(side: Side) -> str:
    """A case that has come to the water company."""
    report = NewReport(CITIZEN[0], "1", Contact(*CITIZEN), MONDAY, text="中山东路井盖没了")
    number = (await side.connector.submit(report)).number
    await side.move(number, "file", "acceptor1", matter="01001", condition="1", **CELL)
    await side.move(number, "dispatch", "dispatcher1", department="water")
    return number


async def test_d5_a_citizen_is_told_the_departments_name(side: Side) -> None:
    assert await side.connector.newest_case(*CITIZEN) is None
    number = await dispatched(side)
    brief = await side.connector.newest_case(*CITIZEN)
    assert brief is not None
    assert (brief.number, brief.stage) == (number, "handling")
    water = cities.organisation().departments["water"]
    assert (brief.department, brief.department_en) == (water.name, water.name_en)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_d5_the_status_says_the_name_in_the_chats_language(
    side: Side, clock: FixedClock, language: str
) -> None:
    await dispatched(side)
    desk = Desk(side.connector, the_city(), clock, CITIZEN[1])
    desk.reader = Writer(desk.reader, language)  # type: ignore[assignment]
    said = await desk.type("/status")
    water = cities.organisation().departments["water"]
    assert (water.name_en if language == "en" else water.name) in said
    assert "water\n" not in f"{said}\n"


class Writer:
    """Lines as if the citizen's chat had sent them."""

    def __init__(self, reader: Any, language: str):
        self._reader = reader
        self._language = language

    def read(self, line: str) -> Any:
        """The message of a line."""
        message = self._reader.read(line)
        return replace(message, channel=CITIZEN[0], address=CITIZEN[1], language=self._language[:2])


async def test_d5_a_notice_comes_with_the_departments_name(side: Side) -> None:
    await dispatched(side)
    leased = await side.connector.lease_notices([Channel.TELEGRAM])
    told = [task for task in leased if "department" in task.template or task.values["department"]]
    assert told
    assert {task.values["department"] for task in told} == {"自来水公司"}


async def test_d5_a_card_shows_the_department_in_both_languages(side: Side) -> None:
    number = await dispatched(side)
    await side.seat(WATER[1], "water1")
    card = await side.connector.card(number, WATER)
    water = cities.organisation().departments["water"]
    assert (card.department_name, card.department_name_en) == (water.name, water.name_en)
    assert [one.number for one in await side.connector.tasks(WATER)] == [number]


async def test_m11_both_refuse_a_chat_that_is_bound_to_nobody(side: Side) -> None:
    number = await dispatched(side)
    with pytest.raises(Forbidden):
        await side.connector.card(number, WATER)
    with pytest.raises(Forbidden):
        await side.connector.act(number, "accept", WATER, key="k")
    await side.seat(WATER[1], "gas1")
    with pytest.raises(NotFound):
        await side.connector.card(number, WATER)
