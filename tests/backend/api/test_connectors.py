"""What a connector may ask for: its own routes, its own channels, and nobody's name."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api import connector_guard, routes
from backend.api.keys import SETTINGS
from backend.api.office_keys import MEDIA
from backend.client import BackendClient
from backend.desks.context import AppContext
from backend.store import cases, chats, jobs
from config.settings import Settings
from hotline.call import CallRing
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Forbidden, Invalid, NotFound, Refused
from hotline.job import NOTICES
from hotline.media import MediaKind
from hotline.notice import Outcome, Settled
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import MakeClient, keep_photo, make_case, walk
from tests.backend.test_media import make_wav
from tests.cities import FOLDER, MONDAY

TERMINAL = (Channel.TERMINAL, "terminal:chief1")
CHAT = (Channel.TELEGRAM, "77")


async def seat(office: AppContext, person: str, address: str = CHAT[1]) -> None:
    """Bind a chat to a person."""
    async with office.store.begin() as connection:
        chat = chats.Chat(Channel.TELEGRAM, address, person, "zh_CN")
        await chats.bind_chat(connection, chat, MONDAY)


def of_connector(connector: str) -> list[tuple[str, str]]:
    """The routes that name a connector."""
    return [
        (route.method, route.path)
        for route in routes.CONNECTOR_ROUTES
        if connector in route.may.connectors
    ]


def test_m11_every_route_names_the_connectors_that_may_call_it() -> None:
    named = [route.may.who for route in routes.CONNECTOR_ROUTES]
    assert len(named) > 20
    assert set(named) == {"ivr", "bots", "bots, ivr", "witness"}
    assert ("POST", "/connector/cases/{number}/act") not in of_connector("ivr")
    assert ("POST", "/connector/calls") not in of_connector("bots")
    assert {path for _, path in of_connector("witness")} == {
        "/connector/log/grown",
        "/connector/log/witnessed",
    }


@pytest.mark.parametrize("connector", ["ivr", "bots", "witness"])
async def test_m11_a_token_opens_the_routes_of_its_connector_only(
    client: MakeClient, connector: str
) -> None:
    asked = client(connector)
    foreign = [route for route in routes.CONNECTOR_ROUTES if connector not in route.may.connectors]
    assert foreign
    for route in foreign:
        path = route.path.replace("{number}", "00000018").replace("{sha256}", "a" * 64)
        with pytest.raises(Forbidden) as refused:
            await asked._send(route.method, path, b"{}")
        assert refused.value.code == "not_this_connector", path


async def test_a_line_for_commands_ends_with_the_backend(
    app: Application, client: MakeClient
) -> None:
    """Else a stop waits for the connector, and then cuts off what is still being answered."""
    heard: list[object] = []

    async def listen() -> None:
        async for command in client("bots").commands():
            heard.append(command)

    listening = asyncio.create_task(listen())
    async with asyncio.timeout(5):
        while not app[connector_guard.CONNECTORS].lines:
            await asyncio.sleep(0.01)
        await app.shutdown()
        await listening
    assert not heard


WRONG: dict[str, Callable[[BackendClient], Any]] = {
    "newest": lambda connector: connector.newest_case(Channel.PHONE, "13800138000"),
    "own": lambda connector: connector.own_cases(Channel.PHONE, "13800138000"),
    "lease": lambda connector: connector.lease_notices([Channel.TELEGRAM, Channel.PHONE]),
    "report": lambda connector: connector.submit(
        NewReport(Channel.PHONE, "k", Contact(Channel.PHONE, "138"), MONDAY, text="x")
    ),
    "bind": lambda connector: connector.bind("code", Channel.PHONE, "138", "en"),
    "open": lambda connector: connector.open_chat((Channel.PHONE, "138")),
    "keep": lambda connector: connector.save_draft((Channel.PHONE, "138"), {}),
    "tasks": lambda connector: connector.tasks((Channel.PHONE, "138")),
    "act": lambda connector: connector.act("00000018", "note", (Channel.PHONE, "138"), key="k"),
    "recording": lambda connector: connector.upload_bytes(b"RIFF", MediaKind.RECORDING),
}


@pytest.mark.parametrize("what", WRONG)
async def test_m11_the_message_connector_speaks_for_no_telephone(
    client: MakeClient, what: str
) -> None:
    with pytest.raises(Forbidden) as refused:
        await WRONG[what](client("bots"))
    assert refused.value.code == "not_this_connector"


async def test_m11_the_phone_connector_speaks_for_no_chat(client: MakeClient) -> None:
    connector = client("ivr")
    report = NewReport(Channel.TELEGRAM, "k", Contact(*CHAT), MONDAY, text="x")
    for asked in (
        connector.submit(report),
        connector.newest_case(*CHAT),
        connector.lease_notices([Channel.TELEGRAM]),
        connector.upload_bytes(b"x", MediaKind.PHOTO_DONE),
    ):
        with pytest.raises(Forbidden):
            await asked
    mixed = replace(report, channel=Channel.PHONE)
    with pytest.raises(Invalid):
        await connector.submit(mixed)


async def test_m11_a_connector_says_which_chat_and_never_who(
    app: Application, office: AppContext, client: MakeClient
) -> None:
    number = await make_case(office)
    connector = client("bots")
    for asked in (
        connector.tasks(CHAT),
        connector.card(number, CHAT),
        connector.act(
            number, "decline", CHAT, key="k", note="n", given={"decline_reason": "out_of_scope"}
        ),
    ):
        with pytest.raises(Forbidden) as refused:
            await asked
        assert refused.value.code == "not_bound"
    body = b'{"action": "decline", "person": "chief1", "key": "k", "note": "n"}'
    with pytest.raises(Invalid):
        await connector._send("POST", f"/connector/cases/{number}/act", body)
    await seat(office, "acceptor1")
    assert [card.number for card in await connector.tasks(CHAT)] == [number]
    moved = await connector.act(
        number, "decline", CHAT, key="k", note="n", given={"decline_reason": "out_of_scope"}
    )
    assert moved.stage == "declined"
    await seat(office, "water1", "78")
    with pytest.raises(NotFound):
        await connector.card(number, (Channel.TELEGRAM, "78"))


@pytest.mark.parametrize("terminal", [False, True])
async def test_m11_the_terminal_speaks_only_where_a_setting_says_so(
    app: Application, office: AppContext, client: MakeClient, *, terminal: bool
) -> None:
    app[connector_guard.CONNECTORS].terminal = terminal
    connector = client("bots")
    if terminal:
        actor = (await connector.open_chat(TERMINAL)).actor
        assert actor is not None
        assert actor.person == "chief1"
        assert await connector.tasks(TERMINAL) == []
        return
    report = NewReport(Channel.TERMINAL, "k", Contact(*TERMINAL), MONDAY, text="x")
    for asked in (
        connector.open_chat(TERMINAL),
        connector.tasks(TERMINAL),
        connector.submit(report),
        connector.save_draft(TERMINAL, {}),
        connector.lease_notices([Channel.TERMINAL]),
    ):
        with pytest.raises(Forbidden):
            await asked


def test_m11_the_terminal_is_off_by_itself_and_on_in_the_demo() -> None:
    assert not Settings().connectors.terminal
    assert "[connectors]\nterminal = true" in (FOLDER.parent.parent / "demo.toml").read_text(
        "utf-8"
    )


async def test_m11_no_connector_names_a_collector_as_who_reported(
    office: AppContext, client: MakeClient
) -> None:
    connector = client("bots")
    contact = Contact(*CHAT)
    report = NewReport(Channel.TELEGRAM, "1", contact, MONDAY, text="x", reporter="collector01")
    first = await connector.submit(report)
    await seat(office, "collector01")
    second = await connector.submit(replace(report, key="2"))
    async with office.store.connect() as connection:
        found = [await cases.load(connection, one.number) for one in (first, second)]
    assert [case.person_of("reporter") for case in found] == [None, "collector01"]


async def test_m11_the_message_connector_says_no_calls_and_no_leased_numbers(
    client: MakeClient,
) -> None:
    report = NewReport(Channel.TELEGRAM, "1", Contact(*CHAT), MONDAY, text="x")
    for wrong in (replace(report, call="h1"), replace(report, number="00000018")):
        with pytest.raises(Invalid):
            await client("bots").submit(wrong)


async def test_m11_a_connector_reads_files_of_its_own_kind_only(
    app: Application, client: MakeClient
) -> None:
    photo = await keep_photo(app, "water1")
    sound = (await app[MEDIA].put_bytes(make_wav(), MediaKind.RECORDING)).sha256
    assert await client("bots").media(photo)
    assert await client("ivr").media(sound)
    with pytest.raises(NotFound):
        await client("bots").media(sound)
    with pytest.raises(NotFound):
        await client("ivr").media(photo)


async def test_m11_a_connector_settles_notices_of_its_own_channels_only(
    app: Application, office: AppContext, client: MakeClient
) -> None:
    await walk(app, await make_case(office), "file")
    bots = client("bots")
    (task,) = await bots.lease_notices([Channel.TELEGRAM])
    await client("ivr").settle_notices([Settled(task.id, Outcome.SENT)])
    async with office.store.connect() as connection:
        assert await jobs.leased(connection, NOTICES, str(task.id)) is not None
    await bots.settle_notices([Settled(task.id, Outcome.SENT)])
    async with office.store.connect() as connection:
        assert await jobs.leased(connection, NOTICES, str(task.id)) is None


async def test_m11_the_phone_connector_still_takes_calls(client: MakeClient) -> None:
    known = await client("ivr").ring(CallRing("h1-1-1", "13800138000", MONDAY))
    assert known.call


async def test_m10_a_chat_hands_in_so_many_reports_a_day(
    app: Application, office: AppContext, client: MakeClient, clock: FixedClock
) -> None:
    settings = app[SETTINGS]
    most = settings.connectors.reports_a_day
    assert 0 < most <= 50
    connector = client("bots")
    report = NewReport(Channel.TELEGRAM, "0", Contact(*CHAT), MONDAY, text="x")
    for number in range(most):
        await connector.submit(replace(report, key=str(number)))
    one_more = replace(report, key="one more")
    with pytest.raises(Refused) as refused:
        await connector.submit(one_more)
    assert refused.value.code == "day_limit"
    assert not (await connector.submit(report)).fresh, "what was taken comes again"
    await connector.submit(replace(one_more, contact=Contact(Channel.TELEGRAM, "78")))
    clock.move(timedelta(hours=15, minutes=1))  # past midnight in the city
    assert (await connector.submit(replace(report, key="tomorrow"))).fresh


async def test_m10_collectors_and_telephones_have_no_such_limit(
    app: Application, office: AppContext, client: MakeClient
) -> None:
    most = app[SETTINGS].connectors.reports_a_day
    await seat(office, "collector01")
    mine = NewReport(Channel.TELEGRAM, "", Contact(*CHAT), MONDAY, reporter="collector01")
    call = NewReport(Channel.PHONE, "", Contact(Channel.PHONE, "13800138000"), MONDAY)
    for number in range(most + 1):
        await client("bots").submit(replace(mine, key=str(number)))
        await client("ivr").submit(replace(call, key=str(number)))


async def test_a_caller_guesses_ten_times_a_day_whichever_calls_they_make(
    phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    for guess in range(10):
        key = f"h1-1764000000-{guess // 3}"
        await phone.ring(CallRing(key, "13900139000", clock.now()))
        assert await phone.status(key, number, f"{guess:04d}") is None
        clock.move(timedelta(seconds=1))
    key = "h1-1764000000-9"
    await phone.ring(CallRing(key, "13900139000", clock.now()))
    with pytest.raises(Refused) as refused:
        await phone.status(key, number, "8000")
    assert refused.value.code == "status_tries"
    clock.move(timedelta(days=1))
    told = await phone.status(key, number, "8000")
    assert told is not None
