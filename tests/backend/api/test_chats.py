"""A chat over the real backend: how often it is asked, and what a bad photo or a stop leaves."""

from typing import Any

import pytest
from aiohttp import ClientTimeout, FormData
from aiohttp.web import Application, Request, StreamResponse

from backend import client
from backend.client import BackendClient
from backend.desks.context import AppContext
from backend.store import cases, chats
from bots.channel import MessageOut
from hotline.case.case import Step
from hotline.channel import Channel
from hotline.errors import Invalid, TooLarge
from hotline.media import MediaKind
from tests.backend.api.conftest import SignIn, make_case, walk
from tests.backend.test_media import make_photo
from tests.bots.stage import HANDLER, Stage
from tests.cities import MONDAY

CHAT = (Channel.TELEGRAM, str(HANDLER))
OPEN, KEEP = "/connector/chats/open", "/connector/drafts/save"


@pytest.fixture
def calls(app: Application) -> list[str]:
    """The paths that connectors have asked for, in order."""
    asked: list[str] = []

    async def count(request: Request, _: StreamResponse) -> None:
        if request.path.startswith("/connector/"):
            asked.append(request.path)

    app.on_response_prepare.append(count)
    return asked


@pytest.fixture
async def case(app: Application, office: AppContext) -> str:
    """A case that has just been dispatched to the department in the chat."""
    async with office.store.begin() as connection:
        await chats.bind_chat(connection, chats.Chat(*CHAT, "water1", "zh_CN"), MONDAY)
    number = await make_case(office)
    await walk(app, number, "file", "dispatch")
    return number


@pytest.fixture
async def stage(calls: list[str], case: str, bots: BackendClient) -> Stage:
    """The bot on that backend; the department has been told of its case."""
    made = Stage(bots)
    await made.bot.initialize()
    await made.deliver()
    calls.clear()
    return made


async def done_steps(office: AppContext, number: str) -> list[Step]:
    """The steps by which a department has said that a case is done."""
    async with office.store.connect() as connection:
        found = await cases.load(connection, number)
        steps = await cases.steps_of(connection, found.id)
    return [one for one in steps if one.action == "report_done"]


async def test_a_done_by_telegram_asks_the_backend_four_times(
    office: AppContext, stage: Stage, bots: BackendClient, case: str, calls: list[str]
) -> None:
    await stage.tap(HANDLER, "处置反馈")
    await stage.photo(HANDLER)
    assert calls == [OPEN, KEEP, OPEN, f"/connector/cases/{case}/act"]
    (done,) = await done_steps(office, case)
    assert (done.note, len(done.media)) == ("已处理，见照片。", 1)
    assert "🏁 处置反馈 · " in stage.api.last(HANDLER).text
    card = await bots.card(case, CHAT)
    assert [one.kind for one in card.photos] == [MediaKind.PHOTO_DONE]


async def test_the_console_shows_the_words_that_were_sent(
    stage: Stage, case: str, sign_in: SignIn
) -> None:
    sent = stage.api.last(HANDLER).text
    assert "前办结" in sent, "what only the connector knows"
    chief = await sign_in("chief1")
    page = await chief.get(f"/api/cases/{case}")
    entries = [one for one in page["timeline"] if one["kind"] == "notice"]
    handler, citizen = (
        "系统已通过Telegram通知卢浩然。",
        "系统已通过Telegram通知市民（********000）。",
    )
    assert {handler, citizen} <= {one["text"] for one in entries}
    told = [one["notice"] for one in entries]
    assert sent in [one["text"] for one in told]
    listed = (await chief.get("/api/notices"))["items"]
    assert sent in [one["text"] for one in listed]
    assert all(one["text"] for one in (*told, *listed)), "what waits is told as far as it is known"


async def test_a_photo_in_reply_to_the_card_asks_twice(
    office: AppContext, stage: Stage, case: str, calls: list[str]
) -> None:
    await stage.photo(HANDLER, reply_to_message=stage.api.last(HANDLER), caption="换好了")
    assert calls == [OPEN, f"/connector/cases/{case}/act"]
    assert [one.note for one in await done_steps(office, case)] == ["换好了"]


async def test_one_stopped_after_the_move_says_its_answer_and_moves_nothing_again(
    office: AppContext, stage: Stage, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped(_: MessageOut) -> None:
        """Nothing goes out any more."""

    await stage.tap(HANDLER, "处置反馈")
    update = stage.api.photo(HANDLER, make_photo())
    monkeypatch.setattr(stage.talk, "_say", stopped)
    await stage.hear(update)
    assert len(await done_steps(office, case)) == 1
    assert "处置反馈 · " not in stage.api.last(HANDLER).text
    for _ in range(2):  # the second time as if a later stop had let it come once more
        stage.restart()
        await stage.hear(update)
        assert "🏁 处置反馈 · " in stage.api.last(HANDLER).text
    assert len(await done_steps(office, case)) == 1
    opened = await stage.asked.open_chat(CHAT)
    assert isinstance(opened.draft, dict)
    assert opened.draft["work"] is None


async def test_a_move_that_is_refused_keeps_nothing_of_the_chat(
    office: AppContext, bots: BackendClient, case: str
) -> None:
    await bots.save_draft(CHAT, {"work": "begun"})
    with pytest.raises(Invalid):
        await bots.act(case, "report_done", CHAT, key="k", draft={"work": None})
    assert (await bots.open_chat(CHAT)).draft == {"work": "begun"}
    for _ in range(2):
        await bots.act(case, "report_done", CHAT, key="k", note="好", draft={"work": None})
        assert (await bots.open_chat(CHAT)).draft == {"work": None}
    assert len(await done_steps(office, case)) == 1


async def test_a_bad_photo_spoils_none_of_its_album(bots: BackendClient, case: str) -> None:
    bodies = [make_photo(colour="red"), b"no photo", b"", make_photo(colour="blue")]
    opened = await bots.open_chat(CHAT, case, bodies)
    assert [one.file is not None for one in opened.photos] == [True, False, False, True]
    assert [one.refused for one in opened.photos] == ["", "bad_media", "empty_photo", ""]
    assert opened.actor is not None
    assert opened.card is not None
    assert (opened.actor.person, opened.card.number) == ("water1", case)


async def test_a_photo_is_given_the_time_that_a_slow_line_needs(
    bots: BackendClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its size, it had two minutes: 20 MiB need ten on a line of 256 kbit/s."""
    assert (client.time_for(0).total, client.time_for(20 << 20).total) == (120, 760)
    allowed: list[int] = []

    def time_for(size: int) -> ClientTimeout:
        allowed.append(size)
        return ClientTimeout(total=30)

    monkeypatch.setattr(client, "time_for", time_for)
    red, blue = make_photo(colour="red"), make_photo(colour="blue")
    await bots.open_chat(CHAT, photos=[red, blue])
    await bots.upload_bytes(blue, MediaKind.PHOTO)
    await bots.open_chat(CHAT)
    assert allowed == [len(red) + len(blue), len(blue)]


async def test_a_photo_above_the_limit_is_passed_over(
    app: Application, bots: BackendClient, case: str
) -> None:
    large = b"\xff" * (30 << 20)
    opened = await bots.open_chat(CHAT, photos=[large, make_photo()])
    assert [one.refused for one in opened.photos] == ["too_large", ""]


@pytest.mark.parametrize("number", ["", "00000018", "x", "9" * 60])
async def test_a_case_that_may_not_be_seen_looks_like_none(
    bots: BackendClient, case: str, number: str
) -> None:
    assert (await bots.open_chat(CHAT, number)).card is None
    stranger = await bots.open_chat((Channel.TELEGRAM, "78"), case)
    assert (stranger.actor, stranger.card) == (None, None)


def form(*parts: tuple[str, bytes]) -> FormData:
    """A form of these parts."""
    made = FormData(default_to_multipart=True)
    for name, body in parts:
        made.add_field(name, body, filename=name)
    return made


WHERE = b'{"channel": "telegram", "address": "602"}'


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"",
        form(("photo", b"x")),
        form(("chat", b"{")),
        form(("chat", b"[]")),
        form(("chat", b"x" * (300 << 10))),
        form(("chat", WHERE), ("other", b"x")),
        form(("chat", WHERE), *[("photo", b"x")] * 11),
    ],
)
async def test_what_is_no_form_is_refused(bots: BackendClient, body: Any) -> None:
    with pytest.raises((Invalid, TooLarge)):
        await bots._send("POST", OPEN, body)
