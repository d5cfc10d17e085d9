"""The file of a case as PDF: what it says, whom it tells it, and what it bears."""

from pathlib import Path

import pytest
from aiohttp.web import Application
from PIL import Image

from backend.api.office_keys import MEDIA, PRESS
from backend.desks import audit, media
from backend.desks.context import AppContext
from backend.papers.paper import Paper, PaperEntry, PaperPicture, PaperSection
from backend.papers.press import Press
from backend.store import casefile
from config.settings import Settings, below_root
from hotline.channel import Channel
from hotline.errors import Unavailable
from hotline.media import MediaKind
from tests.backend.api.conftest import SignIn, make_case
from tests.backend.desks.linked import stored
from tests.backend.papers.printed import photos_of, words_of
from tests.backend.test_media import make_photo, make_wav

FONT = below_root(Path(Settings().papers.font))


async def taken(sign_in: SignIn, number: str, person: str, language: str) -> tuple[int, bytes]:
    """Ask for the file of a case as somebody."""
    browser = await sign_in(person)
    await browser.post("/api/me", {"language": language})
    async with browser.client.get(f"/api/cases/{number}/paper") as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_CN", ["案件卷宗", "中山东路供水井盖没了", "受理员陈国强下发核实", "第 1 页，共"]),
        ("en", ["case file", "中山东路供水井盖没了", "sent collector Lijun Hong", "page 1 of"]),
    ],
)
async def test_it_tells_what_was_reported_and_done(
    app: Application, office: AppContext, sign_in: SignIn, language: str, words: list[str]
) -> None:
    file = await app[MEDIA].put_bytes(make_photo(), MediaKind.PHOTO)
    await media.stored(office, file, 1, {"connector:bots"})
    number = await make_case(office)
    await media.attach(office, number, file, "photo-1", {"connector:bots"})
    acceptor = await sign_in("acceptor1")
    page = await acceptor.get(f"/api/cases/{number}")
    move = {"action": "ask_verify", "version": page["case"]["version"], "key": "once-only"}
    asked = {**move, "given": {"collector": "collector01"}}
    assert (await acceptor.ask("POST", f"/api/cases/{number}/act", json=asked))[0] == 200
    status, body = await taken(sign_in, number, "acceptor1", language)
    assert status == 200
    told = words_of(body)
    assert [one for one in words if one.replace(" ", "") not in told.replace(" ", "")] == []
    assert photos_of(body) == 1
    # The citizen's number and name stay masked.
    assert "王**" in told
    case = await stored(office, number)
    async with office.store.connect() as connection:
        contact = await casefile.first_contact(connection, case.id)
    assert contact is not None
    assert contact[1].address not in told


async def test_photos_of_before_and_after_stand_beside_one_another_and_sounds_nowhere(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    kinds = (MediaKind.RECORDING, MediaKind.PHOTO, MediaKind.PHOTO_DONE, MediaKind.PHOTO_CHECK)
    for turn, kind in enumerate(kinds):
        body = (
            make_wav()
            if kind is MediaKind.RECORDING
            else make_photo(colour=("red", "teal", "navy", "gold")[turn])
        )
        file = await app[MEDIA].put_bytes(body, kind)
        await media.stored(office, file, 1, {"connector:ivr"})
        await media.attach(office, number, file, f"file-{turn}", {"connector:ivr"})
    status, body = await taken(sign_in, number, "acceptor1", "zh_CN")
    assert status == 200
    told = words_of(body)
    assert "处置前后对照" in told
    # Three beside one another, and the same three where they came in.
    assert photos_of(body) == 6
    assert [told.count(one) for one in ("上报照片", "处置照片", "核查照片")] == [2, 2, 2]


async def test_it_is_written_down_and_none_out_of_sight_is_given(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    assert (await taken(sign_in, number, "water1", "zh_CN"))[0] == 404
    assert (await taken(sign_in, "99999999", "acceptor1", "zh_CN"))[0] == 404
    assert (await taken(sign_in, number, "acceptor1", "zh_CN"))[0] == 200
    auditor = await sign_in("auditor")
    rows = (await auditor.get("/api/audit?what=case_printed"))["items"]
    assert [(row["number"], row["person"]) for row in rows] == [(number, "acceptor1")]


async def test_what_could_not_be_set_is_no_paper_that_somebody_took(
    office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, set_by = await make_case(office), Press.pdf
    auditor = await sign_in("auditor")

    async def printed() -> int:
        return len((await auditor.get("/api/audit?what=case_printed"))["items"])

    told: list[int] = []

    async def fails(_press: Press, _paper: Paper) -> bytes:
        raise Unavailable("no letters")

    async def looks(press: Press, paper: Paper) -> bytes:
        told.append(await printed())
        return await set_by(press, paper)

    monkeypatch.setattr(Press, "pdf", fails)
    assert (await taken(sign_in, number, "acceptor1", "zh_CN"))[0] == 503
    assert await printed() == 0
    # It is written down behind the setting, and before the first byte goes out.
    monkeypatch.setattr(Press, "pdf", looks)
    assert (await taken(sign_in, number, "acceptor1", "zh_CN"))[0] == 200
    assert (told, await printed()) == ([0], 1)

    async def refuses(*_: object, **_named: object) -> None:
        raise Unavailable("no database")

    monkeypatch.setattr(audit, "record", refuses)
    status, body = await taken(sign_in, number, "acceptor1", "zh_CN")
    assert (status, body.startswith(b"%PDF")) == (503, False)


@pytest.mark.parametrize("many", [30, pytest.param(300, marks=pytest.mark.slow)])
async def test_many_photos_odd_letters_and_lost_files_are_set(tmp_path: Path, many: int) -> None:
    photos = []
    for turn in range(4):
        photo = tmp_path / f"{turn}.jpg"
        Image.effect_noise((800, 600 + 300 * turn), 40).convert("RGB").save(photo)
        photos.append(str(photo))
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff" + b"\0" * 90)
    several = [PaperPicture(photos[turn % 4], f"照片 {turn}") for turn in range(many)]
    lost = [PaperPicture("", "清除"), PaperPicture(str(tmp_path / "torn.jpg"), "坏了")]
    odd = PaperEntry("边 <b>&" * 9, "<i>&amp; \x07🛣 镕 \u202e倒\n第二行" + "长" * 9_000)
    paper = Paper(
        "标题", "下", "第 {page}/{pages} 页", "已清除",
        [PaperSection("一", [odd, PaperEntry("", "", pictures=[*several, *lost])])],
    )  # fmt: skip
    body = await Press(FONT).pdf(paper)
    told = words_of(body)
    assert "<i>&amp;" in told
    assert "[U+1F6E3]" in told
    assert told.count("已清除") == 2
    assert told.count("长") == 9_000
    assert f"照片 {many - 1}".replace(" ", "") in told.replace(" ", "")


async def test_without_letters_nothing_is_set(tmp_path: Path, app: Application) -> None:
    paper = Paper("a", "b", "c", "d", [])
    with pytest.raises(Unavailable):
        await Press(tmp_path / "none.ttf").pdf(paper)
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(Unavailable):
        await Press(broken).pdf(paper)
    # The setting leads to the letters that setup got.
    assert app[PRESS].font.is_file()
