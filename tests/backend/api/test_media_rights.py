"""H1: whoever names a file must have a right to it, and a file's kind is the file's own."""

import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from backend.api.connector_guard import CONNECTORS
from backend.api.office_keys import MEDIA
from backend.client import BackendClient, Chat
from backend.desks import acceptance, cards, casework, media
from backend.desks.context import AppContext
from hotline.channel import Channel
from hotline.errors import Forbidden, HotlineError, Invalid
from hotline.media import Attachment, MediaKind
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import SignIn, actor, keep_photo, make_case, walk
from tests.backend.test_media import make_photo, make_wav
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

CHAT = (Channel.TELEGRAM, "4711")


async def spoken_case(
    app: Application, office: AppContext, phone: BackendClient
) -> tuple[str, str]:
    """A spoken report that lies with a department; gives its number and its recording."""
    number = await make_case(office, "call-1", Channel.PHONE, call="call-1")
    sound = (await phone.upload_bytes(make_wav(), MediaKind.RECORDING)).sha256
    await phone.attach(number, sound, MediaKind.RECORDING, "call-1:recording")
    await walk(app, number, "file", "dispatch")
    return number, sound


def hashes_in(value: Any) -> set[str]:
    """Every text of 64 letters in an answer."""
    if isinstance(value, dict):
        return set().union(*map(hashes_in, value.values()), set())
    if isinstance(value, list):
        return set().union(*map(hashes_in, value), set())
    return {value} if isinstance(value, str) and len(value) == 64 else set()


async def test_h1_a_department_neither_sees_nor_opens_a_citizens_voice(
    app: Application, office: AppContext, sign_in: SignIn, phone: BackendClient
) -> None:
    number, sound = await spoken_case(app, office, phone)
    water, acceptor = await sign_in("water1"), await sign_in("acceptor1")
    assert sound in hashes_in(await acceptor.get(f"/api/cases/{number}"))
    page = await water.get(f"/api/cases/{number}")
    assert "report" in [entry.get("action") for entry in page["timeline"]]
    assert sound not in hashes_in(page)
    status, body = await water.act(number, "note", note="ok", media=[sound])
    assert (status, body["code"]) == (400, "no_photo")
    assert (await water.ask("GET", f"/api/media/{sound}"))[0] == 404


@pytest.mark.parametrize("person", ["water1", "chief1"])
async def test_h1_nobody_makes_somebody_elses_photo_their_own_by_naming_it(
    app: Application, office: AppContext, sign_in: SignIn, person: str
) -> None:
    number = await make_case(office)
    await walk(app, number, "file", "dispatch")
    theirs = await keep_photo(app, "gas1")
    browser = await sign_in(person)
    unknown = await browser.act(number, "note", note="ok", media=["ab" * 32], key="press-one")
    known = await browser.act(number, "note", note="ok", media=[theirs], key="press-two")
    assert known[0] == unknown[0] == 400
    assert known[1]["code"] == unknown[1]["code"] == "no_photo"
    assert (await browser.ask("GET", f"/api/media/{theirs}"))[0] == 404


async def test_h1_a_photo_proves_one_step_only(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    first, second = await make_case(office, "1"), await make_case(office, "2")
    for number in (first, second):
        await walk(app, number, "file", "dispatch")
    water, photo = await sign_in("water1"), await keep_photo(app, "water1")
    assert (await water.act(first, "report_done", note="好", media=[photo]))[0] == 200
    status, body = await water.act(second, "report_done", note="好", media=[photo])
    assert (status, body["code"]) == (400, "photo_used")
    page = await water.get(f"/api/cases/{first}")
    assert photo in hashes_in(page)


async def test_h1_two_moves_at_once_do_not_share_a_photo(
    app: Application, office: AppContext
) -> None:
    numbers = [await make_case(office, key) for key in "abc"]
    for number in numbers:
        await walk(app, number, "file", "dispatch")
    photo, water = await keep_photo(app, "water1"), actor(office, "water1")
    ended = await asyncio.gather(
        *(
            casework.act(
                office, number, "report_done", water, key=number, note="好", media=(photo,)
            )
            for number in numbers
        ),
        return_exceptions=True,
    )
    refused = [one for one in ended if isinstance(one, HotlineError)]
    assert {one.code for one in refused} == {"photo_used"}
    assert len(refused) == 2


async def test_h1_the_same_move_sent_twice_is_still_one_move(
    app: Application, office: AppContext
) -> None:
    number = await make_case(office)
    await walk(app, number, "file", "dispatch")
    photo, water = await keep_photo(app, "water1"), actor(office, "water1")
    for _ in range(2):
        case = await casework.act(
            office, number, "report_done", water, key="tap", note="好", media=(photo,)
        )
    assert case.stage == "to_check"


async def test_h1_two_who_took_the_same_bytes_may_both_name_them(
    app: Application, office: AppContext
) -> None:
    number = await make_case(office)
    await walk(app, number, "file", "dispatch")
    body = make_photo(colour="#123456")
    for person in ("gas1", "water1"):
        file = await app[MEDIA].put_bytes(body, MediaKind.PHOTO)
        await media.stored(office, file, 1, media.by_person(person))
    who = actor(office, "water1")
    done = await casework.act(
        office, number, "report_done", who, key="tap", note="好", media=(file.sha256,)
    )
    assert done.stage == "to_check"


async def sent(bots: BackendClient, chat: Chat, *colours: str) -> list[str]:
    """The hashes of photos that come with a message in a chat."""
    photos = [make_photo(colour=one) for one in colours]
    taken = (await bots.open_chat(chat, photos=photos)).photos
    return [one.file.sha256 for one in taken if one.file is not None]


async def test_h1_a_connector_names_for_a_chat_only_what_the_chat_sent(
    app: Application, office: AppContext, bots: BackendClient
) -> None:
    app[CONNECTORS].terminal = True
    number = await make_case(office)
    await walk(app, number, "file", "dispatch")
    water, gas = (Channel.TERMINAL, "terminal:water1"), (Channel.TERMINAL, "terminal:gas1")
    (theirs,) = await sent(bots, gas, "red")
    (mine,) = await sent(bots, water, "blue")
    refused = bots.act(number, "report_done", water, key="1", note="好", media=(theirs,))
    with pytest.raises(Invalid) as refusal:
        await refused
    assert refusal.value.code == "no_photo"
    with pytest.raises(Invalid):
        await bots.attach(number, theirs, MediaKind.PHOTO_DONE, "late", chat=water)
    card = await bots.act(number, "report_done", water, key="2", note="好", media=(mine,))
    assert card.stage == "to_check"


async def test_h1_a_citizens_album_draft_and_late_photo_are_taken(
    office: AppContext, bots: BackendClient
) -> None:
    stored = await sent(bots, CHAT, "red", "blue", "green")
    report = NewReport(*CHAT[:1], "album", Contact(*CHAT), MONDAY, media=tuple(stored[:2]))
    number = (await bots.submit(report)).number
    assert (await bots.submit(report)).number == number
    await bots.attach(number, stored[2], MediaKind.PHOTO, "late:1", chat=CHAT)
    await bots.attach(number, stored[2], MediaKind.PHOTO, "late:1", chat=CHAT)
    chief = await cards.card(office, number, actor(office, "chief1"))
    assert {one.sha256 for one in chief.photos} == set(stored)


async def test_h1_a_report_does_not_take_a_file_of_somebody_else(
    app: Application, office: AppContext, bots: BackendClient, phone: BackendClient
) -> None:
    _, sound = await spoken_case(app, office, phone)
    for sha256 in (sound, await keep_photo(app, "water1")):
        report = NewReport(Channel.TELEGRAM, "theft", Contact(*CHAT), MONDAY, media=(sha256,))
        with pytest.raises(Invalid):
            await bots.submit(report)


async def test_h1_a_voice_is_never_linked_as_a_photo(
    office: AppContext, phone: BackendClient
) -> None:
    number = await make_case(office, "call-1", Channel.PHONE, call="call-1")
    sound = (await phone.upload_bytes(make_wav(), MediaKind.RECORDING)).sha256
    with pytest.raises(Forbidden):
        await phone.attach(number, sound, MediaKind.PHOTO, "call-1:recording")
    photo = Attachment(sound, MediaKind.PHOTO, MediaKind.PHOTO.mime)
    with pytest.raises(Invalid):
        await media.attach(office, number, photo, "call-1:recording", media.by_connector("ivr"))
    report = NewReport(Channel.PHONE, "2", Contact(*CHAT), MONDAY, media=(sound,))
    with pytest.raises(Invalid):
        await acceptance.record(office, report, connector="ivr")


async def test_h1_the_database_itself_refuses_a_kind_that_is_not_the_files(
    office: AppContext,
) -> None:
    number = await make_case(office)
    file = Attachment("cd" * 32, MediaKind.RECORDING, MediaKind.RECORDING.mime)
    await media.stored(office, file, 1, media.by_connector("ivr"))
    link = (
        "INSERT INTO case_media (key, case_id, sha256, kind, mime, proof, at) "
        "SELECT 'x', id, :sha256, 'photo', :mime, false, now() FROM cases WHERE number = :number"
    )
    async with office.store.connect() as connection:
        for mime in ("audio/wav", "image/jpeg"):
            given = {"sha256": file.sha256, "mime": mime, "number": number}
            with pytest.raises(IntegrityError):
                await connection.execute(text(link), given)


async def test_h1_without_a_token_nothing_is_stored(server: TestServer) -> None:
    async with TestClient(server) as stranger:
        answer = await stranger.put("/connector/media?kind=photo", data=make_photo())
        assert answer.status == 401
