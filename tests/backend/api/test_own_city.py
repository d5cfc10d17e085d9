"""A city adds a stage, fields and a rule to its files and nothing else, and cases go by them.

The same case is walked at the console, found by lists and search, carried on in a chat and at a
terminal, and described by the document of the API.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api.connector_guard import CONNECTORS
from backend.city import make_city
from backend.city_files import read_city
from backend.client import BackendClient
from backend.desks import binding
from backend.desks.context import AppContext
from backend.store import cases
from bots.channel import Delivery, MessageChannel, MessageIn, MessageOut
from bots.city import CityWatch
from bots.conversation import Conversation
from hotline.case.case import replay
from hotline.case.tally import Tally
from hotline.channel import Channel
from hotline.city import City
from hotline.clock import FixedClock
from hotline.errors import NotFound
from hotline.notice import Outcome
from tests.backend.api.conftest import Browser, SignIn, keep_photo, make_case, walk
from tests.cities import FOLDER, MONDAY

pytestmark = pytest.mark.slow

MakeChat = Callable[[Channel, str], Awaitable["Chat"]]

# What the city adds: a field that must be given for filing, one to choose, one that a department
# fills in, a stage of its own on the way of handling, and a rule of routing.
FORM = """
[[field]]
id = "tree_height"
type = "number"
name = "树高（米）"
name_en = "Height of the tree (m)"
min = 1
max = 60

[[field]]
id = "blocks_road"
type = "choice"
name = "是否占道"
name_en = "Blocks the road"
listed = true
options = [
  { id = "all", name = "全部占道", name_en = "All lanes" },
  { id = "part", name = "部分占道", name_en = "Some lanes" },
]

[[field]]
id = "gang"
type = "text"
name = "作业班组"
name_en = "Crew"
max = 40
searched = true
"""
WORKFLOW = """
[[stage]]
id = "on_site"
name = "现场作业"
name_en = "At work on site"
told = "施工人员已到现场"
told_en = "people are on site"
clock = "handling"
prompt = "stage_handling"

[[action]]
id = "arrive"
name = "到场"
name_en = "Arrive"
mark = "🚧"
icon = "eye"
tone = "primary"

[[time]]
id = "arrived_at"
name = "到场"
name_en = "Arrived"

[[move]]
action = "arrive"
from = ["handling"]
to = "on_site"
permission = "case.handle"
guards = [{ is = "assigned", role = "handler" }]
needs = ["gang"]
effects = [{ do = "stamp", time = "arrived_at" }]
keeps = true
"""
RULE = """
[[rule]]
name = "占道大树归执法大队"
name_en = "Trees across the road: enforcement"
classes = ["01001"]
to = "enforcement"

"""


def add_to(folder: Path) -> None:
    """Add the city's own to a copy of the demo city's files."""
    form, workflow = folder / "form.toml", folder / "workflow.toml"
    form.write_text(form.read_text("utf-8") + FORM, "utf-8")
    said = workflow.read_text("utf-8")
    said = said.replace('version = "demo-4"', 'version = "own-1"')
    said = said.replace(
        'needs = ["matter", "condition", "cell"]\ntakes = [',
        'needs = ["matter", "condition", "cell", "tree_height"]\ntakes = ["blocks_road", ',
    )
    said = said.replace(
        'action = "report_done"\nfrom = ["handling"]', 'action = "report_done"\nfrom = ["on_site"]'
    )
    workflow.write_text(said + WORKFLOW, "utf-8")
    routing = folder / "routing.toml"
    head, rule, rest = routing.read_text("utf-8").partition("[[rule]]")
    routing.write_text(f"{head}{RULE.strip()}\n\n{rule}{rest}", "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's folder."""
    made = copytree(FOLDER, tmp_path_factory.mktemp("own") / "city")
    add_to(made)
    return made


@pytest.fixture(scope="module")
def own(folder: Path) -> City:
    """The city."""
    return make_city(read_city(folder))


@pytest.fixture
async def office(office: AppContext, own: City) -> AppContext:
    """The office of the city."""
    return replace(office, city=own, tally=Tally(own.workflow.ends))


class Chat(MessageChannel):
    """Somebody's chat: what they write and tap, and the newest answer."""

    def __init__(self, name: Channel, address: str, backend: BackendClient):
        self.name, self.address, self.clock = name, address, FixedClock(MONDAY)
        self.talk = Conversation(backend, self, CityWatch(backend), self.clock, "zh_CN")
        self.seen: list[MessageOut] = []
        self.keys = count(1)

    async def send(self, message: MessageOut) -> Delivery:
        self.seen.append(message)
        return Delivery(Outcome.SENT, str(len(self.seen)))

    async def acknowledge(self, tap: MessageIn, toast: str, /) -> None:
        """Nobody reads it here."""

    async def fetch(self, handle: str) -> bytes:
        raise NotFound(handle)

    async def hears(self, text: str = "", tap: str = "") -> str:
        """Hand in a message; gives the words of all that is answered."""
        key, told = f"{self.address}:{next(self.keys)}", len(self.seen)
        tapped = str(told) if tap else ""
        await self.talk.hear(
            MessageIn(*(self.name, self.address, key, MONDAY), text=text, tap=tap, tapped=tapped)
        )
        return "\n".join(one.text for one in self.seen[told:])

    async def says(self, words: str) -> str:
        """Write."""
        return await self.hears(words)

    async def taps(self, label: str = "") -> str:
        """Press the newest button that says so, or the first of the newest ones."""
        rows = next(one.rows for one in reversed(self.seen) if one.rows)
        buttons = [one for row in rows for one in row]
        found = next(one for one in buttons if label in one.label)
        return await self.hears(tap=found.data)


@pytest.fixture
def chats(app: Application, office: AppContext, bots: BackendClient, folder: Path) -> MakeChat:
    """Makes chats of people, by a message connector or at a terminal."""
    app[CONNECTORS].terminal = True

    async def make(channel: Channel, person: str) -> Chat:
        if channel is Channel.TERMINAL:
            return Chat(channel, f"terminal:{person}", bots)
        who = office.city.organisation.person(person).actor()
        code, _ = await binding.make_code(office, 5, person, who)
        await bots.bind(code, channel, person, "zh_CN")
        return Chat(channel, person, bots)

    return make


FILED: dict[str, Any] = {"matter": "01001", "condition": "1", "cell": "330299001001001"}


async def filed(app: Application, office: AppContext, sign_in: SignIn) -> tuple[str, Browser]:
    """A case that was filed with the city's own fields; gives its number and the acceptor."""
    number = await make_case(office)
    acceptor = await sign_in("acceptor1")
    status, body = await acceptor.act(number, "file", **FILED, tree_height=12, blocks_road="part")
    assert status == 200, body
    return number, acceptor


async def test_the_console_learns_the_citys_own(sign_in: SignIn, office: AppContext) -> None:
    meta = await (await sign_in("acceptor1")).get("/api/meta")
    fields = {one["id"]: one for one in meta["fields"]}
    assert fields["tree_height"]["type"] == "number"
    assert (fields["tree_height"]["min"], fields["tree_height"]["max"]) == (1, 60)
    assert [one["name_en"] for one in fields["blocks_road"]["options"]] == [
        "All lanes",
        "Some lanes",
    ]
    assert [one["id"] for one in meta["stages"]][-1] == "on_site"
    assert "arrive" in [one["id"] for one in meta["actions"]]
    assert "arrived_at" in [one["id"] for one in meta["times"]]


async def test_what_a_field_may_not_hold_is_refused_by_its_name(
    sign_in: SignIn, office: AppContext
) -> None:
    number = await make_case(office)
    acceptor = await sign_in("acceptor1")
    for wrong, code in (
        ({}, "input_missing"),
        ({"tree_height": None}, "input_missing"),
        ({"tree_height": 61}, "out_of_range"),
        ({"tree_height": "tall"}, "invalid"),
        ({"tree_height": {"a": 1}}, "invalid"),
    ):
        status, body = await acceptor.act(number, "file", **FILED, **wrong)
        assert (status, body["field"], body["code"]) == (400, "tree_height", code)
    status, body = await acceptor.act(
        number, "file", **FILED, tree_height=3, blocks_road="none at all"
    )
    assert (status, body["field"]) == (400, "blocks_road")
    status, body = await acceptor.act(number, "file", **FILED, tree_height=3, mood="good")
    assert (status, body["field"]) == (400, "mood")


async def test_a_case_goes_by_the_citys_own_from_end_to_end(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number, acceptor = await filed(app, office, sign_in)
    page = await acceptor.get(f"/api/cases/{number}")
    assert page["case"]["fields"] == {"in_scope": True, "tree_height": 12, "blocks_road": "part"}
    assert page["case"]["suggested_department"]["id"] == "enforcement"
    step = next(one for one in page["timeline"] if one["action"] == "file")
    assert step["changes"]["tree_height"] == [12]
    await walk(app, number, "dispatch")
    worker = await sign_in("enforcement1")
    page = await worker.get(f"/api/cases/{number}")
    arrive = next(one for one in page["buttons"] if one["action"] == "arrive")
    assert arrive["needs"] == ["gang"]
    assert "report_done" not in [one["action"] for one in page["buttons"]]
    status, body = await worker.act(number, "arrive")
    assert (status, body["field"], body["code"]) == (400, "gang", "input_missing")
    before = page["case"]["stage_due"]
    status, body = await worker.act(number, "arrive", gang="三班")
    assert (status, body["case"]["stage"]) == (200, "on_site")
    assert body["case"]["times"]["arrived_at"]
    # The time for handling goes on, and nobody begins it anew.
    assert body["case"]["due"] == before
    assert body["case"]["due_stopped"] is None
    photo = await keep_photo(app, "enforcement1")
    status, body = await worker.act(number, "report_done", note="已清理", media=[photo])
    assert (status, body["case"]["stage"]) == (200, "to_check")
    assert body["case"]["due_stopped"]
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        assert replay(await cases.steps_of(connection, case.id)) == case


async def test_lists_and_search_find_by_the_citys_own(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number, acceptor = await filed(app, office, sign_in)
    other = await make_case(office, "2")
    await walk(app, number, "dispatch")
    worker = await sign_in("enforcement1")
    await worker.act(number, "arrive", gang="滨江三班")

    async def found(query: str) -> list[str]:
        page = await acceptor.get(f"/api/cases?{query}")
        return [one["number"] for one in page["items"]]

    assert await found("field=blocks_road:part") == [number]
    assert await found("field=blocks_road:all") == []
    assert await found("field=blocks_road:all,blocks_road:part") == [number]
    assert await found("stage=on_site") == [number]
    assert await found("q=滨江三班") == [number]
    assert await found("q=滨江") == [number]
    assert set(await found("q=井盖")) == {other, number}
    status, body = await acceptor.ask("GET", "/api/cases?field=tree_height:12")
    assert (status, body["field"]) == (400, "field")
    assert (await acceptor.get("/api/cases"))["counts"]["stages"] == {"on_site": 1, "reported": 1}


async def test_the_document_of_the_api_has_the_citys_own(
    sign_in: SignIn, office: AppContext
) -> None:
    told = await (await sign_in("acceptor1")).get("/openapi.json")
    schemas = told["components"]["schemas"]
    height = schemas["CaseFields"]["properties"]["tree_height"]["anyOf"][0]
    assert (height["type"], height["maximum"]) == ("integer", 60)
    choice = schemas["MoveInputs"]["properties"]["blocks_road"]["anyOf"][0]
    assert choice["enum"] == ["all", "part"]
    assert schemas["Act"]["properties"]["given"] == {"$ref": "#/components/schemas/MoveInputs"}
    assert "verified" not in schemas["MoveInputs"]["properties"]


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.TERMINAL])
async def test_a_chat_asks_for_the_citys_own(
    channel: Channel, app: Application, office: AppContext, chats: MakeChat
) -> None:
    number = await make_case(office)
    acceptor = await chats(channel, "acceptor1")
    assert "待受理" in await acceptor.says(f"/status {number}")
    await acceptor.taps("立案")
    await acceptor.taps("供水井盖异常")
    assert "树高（米）" in await acceptor.taps()
    assert "不能用" in await acceptor.says("很高")
    assert "立案" in await acceptor.says("12")
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
    assert (case.stage, case.fields["tree_height"]) == ("to_dispatch", 12)
    await walk(app, number, "dispatch")
    handler = await chats(channel, "enforcement1")
    assert "树高（米）：12" in await handler.says(f"/status {number}")
    assert "作业班组" in await handler.taps("到场")
    assert "到场" in await handler.says("三班")
    said = await handler.says(f"/status {number}")
    assert "现场作业" in said
    assert "作业班组：三班" in said
