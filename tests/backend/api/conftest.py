"""A backend with the demo city on an empty database, and browsers that sign in to it."""

import csv
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application
from sqlalchemy import select

from backend.api import routes
from backend.api.feed import HUB
from backend.api.http import answering, keep_safe
from backend.api.keys import CLOCK, SETTINGS
from backend.api.office_keys import MEDIA, OFFICE, PRESS
from backend.client import BackendClient
from backend.desks import acceptance, casework, media, triage
from backend.desks.context import AppContext, ContextSource, NumberPool
from backend.media import MediaStore
from backend.papers.press import Press
from backend.photo import reencode
from backend.store import feed, people
from backend.store.contacts import contact_ids
from backend.store.jobs import JobRow
from backend.store.session import Store, make_engine
from config.sections import ConnectorSettings, HomeSettings
from config.settings import Settings, below_root
from hotline.case.case import Case
from hotline.case.tally import Tally
from hotline.catalogue import MatterClass, parse_edition
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.intake.result import Candidate, TriageResult
from hotline.media import Attachment, MediaKind
from hotline.people import Actor
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.backend.api.keeping import CONTRACT, Contract
from tests.backend.test_media import make_photo
from tests.cities import FOLDER, MONDAY, demo_city, demo_files, demo_layers
from tests.fakes.knowing import FakeTriageService
from tests.fakes.quick import quick_hash, quick_passwords

PASSWORD = "kx7m-p3vq-9trd"
POINT = Point(121.57, 29.89)
TOKENS = {"ivr": "i" * 32, "bots": "b" * 32, "witness": "w" * 32}
MakeClient = Callable[[str], BackendClient]


@cache
def demo_matters() -> dict[str, MatterClass]:
    folder = FOLDER.parent.parent / "catalogue" / "gbt47678-2026"
    with (folder / "matters.csv").open(encoding="utf-8", newline="") as matters:
        rows = list(csv.DictReader(matters))
    return dict(parse_edition("gbt47678-2026", rows, rows).matters)


@pytest.fixture
async def office(tables: str, clock: FixedClock) -> AsyncIterator[AppContext]:
    """The demo city's office with nothing on record; it takes everything for a manhole cover."""
    store = Store(make_engine(tables, pool_size=8))
    city = demo_city()
    async with store.connect() as connection:
        ids = await contact_ids(connection, city.telephone)
    numbers = NumberPool(store, clock, city.number_length)
    guesses = (Candidate("01001", 0.9, ("井盖",)), Candidate("01002", 0.05, ()))
    knowing = FakeTriageService(TriageResult(classes=guesses, unsure=False), demo_matters())
    yield AppContext(
        *(city, demo_files(), demo_layers(), store, clock, numbers, ids),
        *(knowing, demo_matters(), Tally(city.workflow.ends)),
    )
    await store.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose files lie in the test's folder, with a token for each connector."""
    ours = ConnectorSettings(
        ivr_token=TOKENS["ivr"], bots_token=TOKENS["bots"], witness_token=TOKENS["witness"]
    )
    return Settings(home=HomeSettings(data_dir=tmp_path), connectors=ours)


@pytest.fixture
async def app(office: AppContext, settings: Settings, tmp_path: Path) -> AsyncIterator[Application]:
    """The backend without its jobs; whatever it answers keeps to what its routes declare."""
    contract = Contract()
    made = Application(middlewares=[contract.middleware(), answering("zh_CN")])
    made[SETTINGS], made[CLOCK] = settings, office.clock
    made[OFFICE], made[CONTRACT] = ContextSource(office), contract
    made[MEDIA] = MediaStore(tmp_path / "media", settings.media, reencode)
    made[MEDIA].open()
    made[PRESS] = Press(below_root(Path(settings.papers.font)))
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>console</title>", "utf-8")
    (static / "assets" / "index-1a2b3c.js").write_text("void 0", "utf-8")
    (tmp_path / "secret.txt").write_text("not for browsers", "utf-8")
    made.on_response_prepare.append(keep_safe)
    routes.add(made, quick_passwords(), static=static)
    yield made
    assert contract.broken == []


@dataclass(slots=True)
class Browser:
    """A browser with a cookie jar of its own, on a page of ours."""

    client: TestClient[Any, Application]
    office: AppContext
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The page's origin."""
        return str(self.client.make_url("/")).rstrip("/")

    @property
    def secret(self) -> str:
        """The session's secret in the cookie jar."""
        found = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/"))
        return str(found["hotline_session"].value)

    @secret.setter
    def secret(self, value: str) -> None:
        jar = self.client.session.cookie_jar
        jar.update_cookies({"hotline_session": value}, self.client.make_url("/"))

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Send a request as the console does; gives status and JSON."""
        headers = {"Origin": self.origin, "X-CSRF-Token": self.csrf, "Accept-Language": "en"}
        given = more.pop("headers", {})
        async with self.client.request(
            method, path, headers={**headers, **self.headers, **given}, **more
        ) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> Any:
        """Give what a path answers; it must be well."""
        status, body = await self.ask("GET", path)
        assert status == 200, body
        return body

    async def post(self, path: str, body: Any = None) -> Any:
        """Give what a change answers; it must be well."""
        status, answer = await self.ask("POST", path, json={} if body is None else body)
        assert status == 200, answer
        return answer

    async def login(self, username: str) -> "Browser":
        """Sign in."""
        self.csrf = (await self.post("/api/login", {"username": username, "password": PASSWORD}))[
            "csrf"
        ]
        return self

    async def act(self, number: str, action: str, **given: Any) -> tuple[int, Any]:
        """Press a button on a case as it stands."""
        case = (await self.get(f"/api/cases/{number}"))["case"]
        body = {
            "action": action,
            "version": given.pop("version", case["version"]),
            "key": given.pop("key", f"press-{number}-{action}-{case['version']}"),
            "note": given.pop("note", ""),
            "media": given.pop("media", []),
            "fix": given.pop("fix", None),
            "given": given,
        }
        return await self.ask("POST", f"/api/cases/{number}/act", json=body)


SignIn = Callable[[str], Awaitable[Browser]]


@pytest.fixture
async def server(app: Application) -> AsyncIterator[TestServer]:
    """The application behind a real socket."""
    running = TestServer(app)
    async with running:
        yield running


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[MakeClient]:
    """Makes the connectors' clients of a backend that is running."""
    made: list[BackendClient] = []

    def make(connector: str) -> BackendClient:
        made.append(BackendClient(str(server.make_url("/")), TOKENS[connector], timeout_seconds=30))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture
async def browser(server: TestServer, office: AppContext) -> AsyncIterator[Callable[[], Browser]]:
    """Makes browsers that nobody has signed in with."""
    clients: list[TestClient[Any, Application]] = []

    def make() -> Browser:
        clients.append(TestClient(server, cookie_jar=CookieJar(unsafe=True)))
        return Browser(clients[-1], office)

    yield make
    for client in clients:
        await client.session.close()


@pytest.fixture
async def sign_in(office: AppContext, browser: Callable[[], Browser], password_hash: str) -> SignIn:
    """Gives a person an account and a browser that is signed in already, without the hashing."""

    async def enter(person: str) -> Browser:
        account = people.Account(person, person, password_hash, "zh_CN")
        made, now = browser(), office.clock.now()
        secret, made.csrf = secrets.token_hex(8), secrets.token_hex(8)
        hashed = hashlib.sha256(secret.encode()).hexdigest()
        async with office.store.begin() as connection:
            await people.add_accounts(connection, [account], now)
            later = now + timedelta(hours=12)
            await people.add_session(connection, hashed, person, made.csrf, now, later)
        made.secret = secret
        return made

    return enter


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of PASSWORD, made once a run."""
    return quick_hash(PASSWORD)


def actor(office: AppContext, person: str) -> Actor:
    """Somebody of the demo city."""
    return office.city.organisation.person(person).actor()


async def make_case(
    office: AppContext, key: str = "1", channel: Channel = Channel.TELEGRAM, **fields: Any
) -> str:
    """A case that a citizen has reported; gives its number."""
    contact = Contact(channel, "13800138000", "王小明")
    text = fields.pop("text", "中山东路供水井盖没了")
    report = NewReport(channel, key, contact, MONDAY, text=text, point=POINT, **fields)
    return (await acceptance.record(office, report, connector="ivr")).number


async def queued(office: AppContext, case: Case) -> list[str]:
    """The queues in which a case has jobs, once for each of them."""
    async with office.store.connect() as connection:
        rows = await connection.execute(select(JobRow.queue).where(JobRow.case_id == case.id))
        return sorted(rows.scalars())


async def walk(app: Application, number: str, *moves: str) -> Case:
    """Make moves on a case by those who may: file, dispatch, done, ask_check."""
    office = app[OFFICE].now
    await triage.look_at_new(office)
    given: dict[str, Any] = {}
    who = {
        "ask_verify": "acceptor1",
        "file": "acceptor1",
        "dispatch": "dispatcher1",
        "accept": "water1",
        "send_back": "water1",
        "approve_return": "dispatcher1",
        "report_done": "water1",
        "ask_check": "acceptor1",
        "close": "chief1",
    }
    for move in moves:
        given = {"matter": "01001", "condition": "1"} if move == "file" else {}
        given |= {"return_reason": "not_ours"} if move == "send_back" else {}
        given |= {"collector": "collector01"} if move in ("ask_check", "ask_verify") else {}
        person = who.get(move, "collector01")
        proof = (await keep_photo(app, person),) if person in ("water1", "collector01") else ()
        case = await casework.act(
            office,
            number,
            move,
            actor(office, person),
            key=f"walk:{number}:{move}",
            note="done",
            media=proof,
            given=given,
        )
    return case


async def keep_photo(app: Application, person: str, **about: Any) -> str:
    """A photo that somebody took just now where make_case is, unlike any other; gives its hash."""
    body = make_photo(colour=f"#{secrets.token_hex(3)}")
    file: Attachment = await app[MEDIA].put_bytes(body, MediaKind.PHOTO)
    office = app[OFFICE].now
    file = replace(file, **{"hint": POINT, "taken_at": office.clock.now(), **about})
    await media.stored(office, file, 1, media.by_person(person))
    return file.sha256


@pytest.fixture
def bots(client: MakeClient) -> BackendClient:
    """The message connector's way to the backend."""
    return client("bots")


@pytest.fixture
def phone(client: MakeClient) -> BackendClient:
    """The phone connector's way to the backend."""
    return client("ivr")


async def publish(app: Application) -> None:
    """Do once what sequencer and reader do all the time."""
    async with app[OFFICE].now.store.connect() as connection:
        last = await feed.last(connection)
        await feed.number(connection)
        items = await feed.after(connection, last, 500)
    await app[HUB].publish(items)
