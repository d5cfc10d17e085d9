"""Files are kept once, given back as they are kept, and linked to a case once a key."""

import hashlib

import pytest

from hotline.errors import Invalid, NotFound, Refused
from hotline.media import MediaKind
from tests.backend.test_media import make_wav
from tests.contract.acts import (
    ACCEPTOR,
    CITIZEN,
    NO_CASE,
    NOBODYS_HASH,
    OTHER,
    photo,
    refused,
    reported,
    seat,
    spoken,
)
from tests.contract.side import Side


async def test_a_photo_is_kept_by_the_hash_of_what_is_given_back(side: Side) -> None:
    file = await side.bots.upload_bytes(photo(), MediaKind.PHOTO)
    assert (file.kind, file.mime, file.hint) == (MediaKind.PHOTO, "image/jpeg", None)
    kept = await side.bots.media(file.sha256)
    assert hashlib.sha256(kept).hexdigest() == file.sha256


async def test_the_same_photo_is_the_same_file(side: Side) -> None:
    first = await side.bots.upload_bytes(photo(), MediaKind.PHOTO)
    again = await side.bots.upload_bytes(photo(), MediaKind.PHOTO_DONE)
    other = await side.bots.upload_bytes(photo("blue"), MediaKind.PHOTO)
    assert again.sha256 == first.sha256 != other.sha256
    assert again.kind is MediaKind.PHOTO_DONE


async def test_a_recording_is_kept_as_it_is(side: Side) -> None:
    file = await side.phone.upload_bytes(make_wav(), MediaKind.RECORDING)
    assert (file.kind, file.mime) == (MediaKind.RECORDING, "audio/wav")
    assert await side.phone.media(file.sha256) == make_wav()


@pytest.mark.parametrize(
    ("body", "code"), [(b"<html>no photo</html>", "bad_media"), (b"", "empty_photo")]
)
async def test_what_is_no_photo_is_refused(side: Side, body: bytes, code: str) -> None:
    with refused(Invalid, code, "media"):
        await side.bots.upload_bytes(body, MediaKind.PHOTO)


@pytest.mark.parametrize("body", [b"<html>no sound</html>", b""])
async def test_what_is_no_recording_is_refused(side: Side, body: bytes) -> None:
    with refused(Invalid, "bad_media", "media"):
        await side.phone.upload_bytes(body, MediaKind.RECORDING)


@pytest.mark.parametrize("name", [NOBODYS_HASH, "no hash"])
async def test_a_file_that_is_not_there_is_not_found(side: Side, name: str) -> None:
    with refused(NotFound, "not_found"):
        await side.bots.media(name)


async def test_a_photo_is_linked_once_a_key(side: Side) -> None:
    number = await reported(side)
    await seat(side, ACCEPTOR, "acceptor1")
    file = await side.bots.upload_bytes(photo(), MediaKind.PHOTO)
    for _ in range(2):
        await side.bots.attach(number, file.sha256, MediaKind.PHOTO, "late/1")
    card = await side.bots.card(number, ACCEPTOR)
    assert [(one.sha256, one.kind) for one in card.photos] == [(file.sha256, MediaKind.PHOTO)]


async def test_a_key_links_one_file_and_no_other(side: Side) -> None:
    number = await reported(side)
    red, blue = [
        await side.bots.upload_bytes(photo(one), MediaKind.PHOTO) for one in ("red", "blue")
    ]
    await side.bots.attach(number, red.sha256, MediaKind.PHOTO, "late/1")
    with refused(Refused, "key_used"):
        await side.bots.attach(number, blue.sha256, MediaKind.PHOTO, "late/1")


async def test_a_link_of_no_proper_key_is_refused_by_its_field(side: Side) -> None:
    number = await reported(side)
    file = await side.bots.upload_bytes(photo(), MediaKind.PHOTO)
    with refused(Invalid, "invalid", "key"):
        await side.bots.attach(number, file.sha256, MediaKind.PHOTO, "0f" * 3_000)


async def test_a_file_is_linked_to_no_case_that_is_not_there(side: Side) -> None:
    file = await side.bots.upload_bytes(photo(), MediaKind.PHOTO)
    with refused(NotFound, "no_case"):
        await side.bots.attach(NO_CASE, file.sha256, MediaKind.PHOTO, "late/1")


async def test_no_file_that_is_not_there_is_linked(side: Side) -> None:
    number = await reported(side)
    with refused(NotFound, "not_found"):
        await side.bots.attach(number, NOBODYS_HASH, MediaKind.PHOTO, "late/1")


async def test_a_photo_is_linked_for_the_chat_that_handed_it_in(side: Side) -> None:
    number = await reported(side)
    (mine,) = (await side.bots.open_chat(CITIZEN, photos=[photo()])).photos
    assert mine.file is not None
    asked = (number, mine.file.sha256, MediaKind.PHOTO, "late/1")
    with refused(Invalid, "no_photo", "media"):
        await side.bots.attach(*asked, chat=OTHER)
    await side.bots.attach(*asked, chat=CITIZEN)


async def test_a_recording_is_no_photo_of_its_case(side: Side) -> None:
    number, _ = await spoken(side)
    await seat(side, ACCEPTOR, "acceptor1")
    assert (await side.bots.card(number, ACCEPTOR)).photos == ()
