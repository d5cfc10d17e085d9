"""The cast plays a spoken report through the console's routes, then leaves it to the people."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web import Application
from PIL import Image

from backend.api.office_keys import MEDIA, OFFICE
from backend.demo import accounts
from backend.demo.accounts import DemoAccount
from backend.demo.actors import DemoActors
from backend.demo.login import DemoLogin, Refusal
from backend.demo.photo import draw_photo
from backend.demo.play import read_play
from backend.desks import casework, media, triage
from backend.desks.context import AppContext
from backend.store import cases, people
from config.sections import HomeSettings
from config.settings import Settings
from hotline.case.case import Case
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Unavailable
from hotline.media import MediaKind
from hotline.rights.posts import Rights
from tests.backend.api.conftest import PASSWORD, actor, make_case
from tests.backend.test_media import make_wav
from tests.cities import FOLDER, MONDAY, organisation, workflow
from tests.posts import Post

pytestmark = pytest.mark.slow

PLAYERS = {
    "acceptor1": Post.ACCEPTOR,
    "dispatcher1": Post.DISPATCHER,
    "collector01": Post.COLLECTOR,
    "water1": Post.DEPARTMENT,
}
PAUSE = timedelta(seconds=6)


def rights(person: str) -> Rights:
    """What somebody may do."""
    return organisation().person(person).actor().rights


@pytest.fixture
async def actors(
    office: AppContext, server: TestServer, clock: FixedClock, password_hash: str
) -> AsyncIterator[DemoActors]:
    """Players with accounts of their own."""
    rows = [people.Account(name, name, password_hash, "zh_CN") for name in PLAYERS]
    async with office.store.begin() as connection:
        await people.add_accounts(connection, rows, clock.now())
    playing = DemoActors(
        str(server.make_url("/")),
        [DemoAccount(name, PASSWORD, name, rights(name)) for name in PLAYERS],
        clock,
        PAUSE,
        "zh_CN",
        read_play(FOLDER, workflow()),
    )
    yield playing
    await playing.close()


async def spoken(app: Application, *, understood: bool = True) -> str:
    """A spoken report with its recording."""
    file = await app[MEDIA].put_bytes(make_wav(), MediaKind.RECORDING)
    await media.stored(app[OFFICE].now, file, 1, media.by_connector("ivr"))
    number = await make_case(
        app[OFFICE].now, "call-1", Channel.PHONE, call="call-1", media=(file.sha256,)
    )
    if understood:
        await triage.look_at_new(app[OFFICE].now)
    return number


async def load(office: AppContext, number: str) -> Case:
    async with office.store.connect() as connection:
        return await cases.load(connection, number)


async def play_on(actors: DemoActors, clock: FixedClock, times: int) -> list[int]:
    """Let time pass and everybody look, some times."""
    done = []
    for _ in range(times):
        clock.move(PAUSE)
        done.append(await actors.look())
    return done


async def test_a_spoken_report_is_played_up_to_the_department(
    app: Application, office: AppContext, actors: DemoActors, clock: FixedClock
) -> None:
    number = await spoken(app)
    assert await actors.look() == 0  # nobody is that quick
    stages = []
    for _ in range(6):
        clock.move(PAUSE)
        await actors.look()
        stages.append((await load(office, number)).stage)
    assert stages == ["verifying", "reported", "to_dispatch", "handling", "handling", "handling"]
    case = await load(office, number)
    assert (case.matter, case.org_of("handler"), case.fields.get("verified")) == (
        "01001",
        "water",
        "true",
    )
    async with office.store.connect() as connection:
        steps = await cases.steps_of(connection, case.id)
    assert [step.person for step in steps][2:] == [
        "acceptor1",
        "collector01",
        "acceptor1",
        "dispatcher1",
    ]
    assert steps[3].media


async def test_a_cast_that_was_killed_goes_on_from_the_case(
    app: Application, office: AppContext, actors: DemoActors, clock: FixedClock
) -> None:
    number = await spoken(app)
    for _ in range(4):
        fresh = DemoActors(actors.base_url, actors.accounts, clock, PAUSE, "zh_CN", actors.play)
        assert await play_on(fresh, clock, 1) == [1]
        await fresh.close()
    assert (await load(office, number)).stage == "handling"


async def test_two_casts_at_once_do_everything_once(
    app: Application, office: AppContext, actors: DemoActors, clock: FixedClock
) -> None:
    number = await spoken(app)
    other = DemoActors(actors.base_url, actors.accounts, clock, PAUSE, "zh_CN", actors.play)
    for _ in range(5):
        clock.move(PAUSE)
        await actors.look()
        await other.look()
    await other.close()
    case = await load(office, number)
    assert (case.stage, case.version) == ("handling", 6)


async def test_what_nobody_understood_is_left_to_the_people(
    app: Application, office: AppContext, actors: DemoActors, clock: FixedClock
) -> None:
    number = await spoken(app, understood=False)
    assert await play_on(actors, clock, 2) == [0, 0]
    assert (await load(office, number)).stage == "reported"


async def test_a_chat_report_and_a_returned_case_are_left_to_the_people(
    app: Application, office: AppContext, actors: DemoActors, clock: FixedClock
) -> None:
    await make_case(office)
    await triage.look_at_new(office)
    assert await play_on(actors, clock, 1) == [0]
    number = await spoken(app)
    await play_on(actors, clock, 4)
    why = {"return_reason": "not_ours"}
    await casework.act(office, number, "send_back", actor(office, "water1"), key="back", given=why)
    await casework.act(office, number, "approve_return", actor(office, "dispatcher1"), key="yes")
    assert await play_on(actors, clock, 2) == [0, 0]
    assert (await load(office, number)).stage == "to_dispatch"


async def test_a_person_who_is_faster_is_no_trouble(
    app: Application, office: AppContext, actors: DemoActors, clock: FixedClock
) -> None:
    number = await spoken(app)
    seat = DemoLogin(actors.base_url, actors.accounts[0])
    seen = (await seat.case(number))["case"]
    await casework.act(
        office,
        number,
        "decline",
        actor(office, "acceptor2"),
        key="k",
        note="否",
        given={"decline_reason": "out_of_scope"},
    )
    with pytest.raises(Refusal) as refused:
        await seat.act(seen, "ask_verify", given={"collector": "collector01"})
    assert refused.value.status == 409
    await seat.close()
    assert await play_on(actors, clock, 1) == [0]


async def test_a_session_that_ran_out_is_renewed(
    app: Application, actors: DemoActors, clock: FixedClock
) -> None:
    await spoken(app)
    assert await play_on(actors, clock, 1) == [1]
    clock.move(timedelta(hours=13))
    assert await play_on(actors, clock, 1) == [1]


async def test_wrong_passwords_and_an_office_that_is_away_are_errors_of_ours(
    actors: DemoActors, server: TestServer
) -> None:
    wrong = DemoLogin(
        actors.base_url, DemoAccount("acceptor1", "wrong", "acceptor1", rights("acceptor1"))
    )
    with pytest.raises(Refusal):
        await wrong.cases("reported")
    await wrong.close()
    await server.close()
    away = DemoLogin(actors.base_url, actors.accounts[0])
    with pytest.raises(Unavailable):
        await away.cases("reported")
    await away.close()


def test_a_collectors_photo_is_a_street_of_its_own() -> None:
    one, two = draw_photo("00000018", MONDAY), draw_photo("00000026", MONDAY)
    assert one != two
    assert one == draw_photo("00000018", MONDAY)
    with Image.open(io.BytesIO(one)) as image:
        assert (image.format, image.size) == ("JPEG", (1280, 960))


def test_accounts_are_read_as_the_demo_keeps_them(tmp_path: Path) -> None:
    kept = Settings(home=HomeSettings(data_dir=tmp_path))
    assert accounts.read(kept) == []
    kept.tokens_folder.mkdir(parents=True)
    lines = "acceptor1 old\nacceptor1 new\nstranger x\n\ncollector01 y\n"
    (kept.tokens_folder / accounts.NAME).write_text(lines, "utf-8")
    assert accounts.read(kept) == [
        DemoAccount("acceptor1", "new", "acceptor1", rights("acceptor1")),
        DemoAccount("collector01", "y", "collector01", rights("collector01")),
    ]
