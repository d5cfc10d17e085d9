"""Of a case out of somebody's scope no frame, count or chat tells, and no move touches it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final

import pytest
from aiohttp import FormData
from aiohttp.web import Application
from sqlalchemy import update

from backend.api import feed as routes_feed
from backend.api.feed import HUB
from backend.api.listeners import LISTENERS, RELOAD
from backend.api.routes import CONNECTOR_ROUTES
from backend.desks import casework
from backend.desks.context import AppContext
from backend.store import feed
from backend.store.rows import CaseRow
from hotline.errors import HotlineError, NotFound
from hotline.people import Actor
from hotline.wire import encode
from tests.backend.api import outside
from tests.backend.api.asking import Ask, Asking, signed_in
from tests.backend.api.conftest import SignIn, publish
from tests.backend.api.outside import THERE, WHOLE_CITY, Mark, Place
from tests.backend.api.test_feed import Socket, listening

Frame = dict[str, Any]


@pytest.fixture
async def office(office: AppContext) -> AppContext:
    """The office of a city with people of every post who may not know of everything."""
    return replace(office, city=outside.city())


@pytest.fixture
def place(app: Application) -> Place:
    """The office as cases go their way in it."""
    return Place(app)


# --- the feed


@asynccontextmanager
async def counting(app: Application, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Tell the counts as soon as they change."""
    monkeypatch.setattr(routes_feed, "COUNTS_EVERY_S", 0.01)
    telling = asyncio.create_task(app[HUB].tell_counts())
    yield
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


async def told(app: Application, office: AppContext) -> None:
    """Count all cases anew, and tell what changed."""
    async with office.store.one_moment() as connection:
        office.tally.load((await feed.snapshot(connection)).standings)
    await publish(app)


async def frames_of(socket: Socket) -> list[Frame]:
    """What a socket hears until the word that is told it last."""
    found: list[Frame] = []
    while (frame := await socket.receive_json(timeout=10))["kind"] != "reload":
        found.append(frame)
    return found


def end(app: Application) -> None:
    """Let every console be told a last word behind all others."""
    for listener in app[LISTENERS]:
        listener.put(0, RELOAD)


async def test_no_frame_and_no_count_tells_of_a_case_out_of_scope(
    app: Application, office: AppContext, place: Place, sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asking = await signed_in(sign_in)
    near = await outside.near(place)
    gone = await outside.left(place)
    await told(app, office)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(counting(app, monkeypatch))
        sockets = {
            who: (await stack.enter_async_context(listening(browser)))[0]
            for who, browser in asking.who.items()
        }
        end(app)
        first = {who: await frames_of(socket) for who, socket in sockets.items()}
        marks = [await outside.spoken(place, near.call), await outside.written(place)]
        await told(app, office)
        for mark in gone:
            await place.move(mark.number, "note", "chief1", note=f"{mark.word}more")
            await told(app, office)
        end(app)
        heard = {who: await frames_of(socket) for who, socket in sockets.items()}
    assert {frame["kind"] for frame in heard[WHOLE_CITY]} >= {"case", "call", "notice", "room"}
    for person in asking.here:
        assert heard[person] == [], f"{person} hears of a case that is not theirs"
        missed(asking, person, first[person], [*marks, *gone])
    await gone_on(app, asking, [*marks, *gone])
    asking.check()


def missed(asking: Asking, person: str, frames: list[Frame], marks: list[Mark]) -> None:
    """Hold what somebody hears of what they missed: of what left, that it did, and no more."""
    numbers = {mark.number for mark in marks}
    about = [frame for frame in frames if frame["number"] in numbers]
    if any(frame["row"] is not None or frame["at"] is not None for frame in about):
        asking.leaks.append(f"{person}: the feed tells more than that a case has left: {about}")
    words = [replace(mark, number="left") for mark in marks]
    asking.hold(person, "the feed", encode(frames), words)


async def gone_on(app: Application, asking: Asking, marks: list[Mark]) -> None:
    """Come back to the feed behind any change: of what one never knew there is still nothing."""
    async with app[routes_feed.HUB].source.now.store.connect() as connection:
        last = await feed.last(connection)
    for person in asking.here:
        for seen in (0, last // 2, last - 1):
            async with listening(asking.who[person], seen) as (socket, hello):
                end(app)
                missed(asking, person, [hello, *await frames_of(socket)], marks)


# --- chats

# What a connector asks with the chat of somebody of the staff; `Any` is a body of its kind.
Body = Callable[[Mark], Any]
CHAT: Final[Mapping[str, tuple[Body, ...]]] = {
    "POST /connector/chats/open": (lambda mark: {"number": mark.number},),
    "POST /connector/tasks": (lambda _: {},),
    "POST /connector/cases/{number}": (lambda _: {},),
    "POST /connector/cases/{number}/proof": (lambda _: {},),
    "POST /connector/cases/{number}/act": (
        lambda _: {"action": "note", "key": "k", "note": "hello"},
        lambda mark: {"action": "note", "key": mark.key, "note": "hello"},
        lambda _: {"action": "accept", "key": "k2", "version": 1, "draft": {"x": 1}},
        lambda mark: {"action": "report_done", "key": "k4", "note": "x", "media": [mark.photo]},
        lambda _: {"action": "fly", "key": "k3"},
    ),
    "POST /connector/cases/{number}/answer": (
        lambda _: {"action": "withdraw", "key": "k5"},
        lambda mark: {"action": "reopen", "key": mark.key, "note": "x", "media": [mark.photo]},
    ),
    "POST /connector/newest": (lambda mark: {"number": mark.number}, lambda _: {}),
    "POST /connector/own": (lambda _: {},),
}
# Why the others tell nobody of a case: whoever has the token is trusted with what it is for.
TRUSTED: Final[Mapping[str, str]] = {
    "POST /connector/calls": "tells the exchange of its own caller",
    "POST /connector/calls/notes": "takes what happened, and answers nothing",
    "POST /connector/calls/call-back": "keeps a number of the caller's, and tells nothing",
    "POST /connector/calls/status": "asks for the end of the reporter's number",
    "POST /connector/calls/survey": "tells whether to ask, and nothing of why not",
    "POST /connector/revisits/answer": "tells whom was asked what they answered",
    "POST /connector/room": "gives the seats and what callers hear",
    "POST /connector/room/alarm": "takes an alarm, and answers nothing",
    "POST /connector/room/heard": "takes what is said in a talk, and answers nothing",
    "POST /connector/numbers": "gives numbers that nothing has",
    "POST /connector/transcripts/take": "gives recordings to who writes them down",
    "POST /connector/transcripts/failed": "takes that one was not written down",
    "POST /connector/transcripts": "takes what was heard, and answers nothing",
    "POST /connector/bind": "binds a chat",
    "POST /connector/understand": "tells of the words that it is given",
    "POST /connector/drafts/save": "keeps what is begun in a chat",
    "POST /connector/city": "tells of the city",
    "POST /connector/beat": "takes a sign of life",
    "POST /connector/reports": "takes a report",
    "PUT /connector/media": "takes a file",
    "GET /connector/media/{sha256}": "gives files to who carries their kind",
    "POST /connector/cases/{number}/media": "takes a file for a case that the chat has told of",
    "POST /connector/notices/settle": "takes how notices ended",
    "POST /connector/notices/lease": "gives what is owed to a chat; see the test of that",
    "GET /connector/commands": "wakes a connector",
    "POST /connector/log/grown": "gives hashes of the log to its witness",
    "POST /connector/log/witnessed": "takes what a witness has signed",
}


def test_every_route_of_connectors_is_asked_or_trusted() -> None:
    there = {f"{one.method} {one.path}" for one in CONNECTOR_ROUTES}
    assert there == CHAT.keys() | TRUSTED.keys()
    assert not CHAT.keys() & TRUSTED.keys()


async def by_chat(asking: Asking, chat: tuple[str, str], name: str, mark: Mark, body: Any) -> bytes:
    """Ask with somebody's chat; gives all that is answered."""
    method, _, path = name.partition(" ")
    where: dict[str, Any] = {"channel": chat[0], "address": chat[1]}
    sent: Mapping[str, Any] = {"json": {**where, **body}}
    if name.endswith("open"):
        form = FormData(default_to_multipart=True)
        told = encode({**where, **body}).decode()
        form.add_field("chat", told, content_type="application/json")
        sent = {"data": form}
    ask = Ask(method, path.replace("{number}", mark.number), sent)
    return (await asking.ask_by_token("bots", ask)).whole


async def test_no_chat_tells_of_a_case_out_of_scope(
    office: AppContext, place: Place, sign_in: SignIn
) -> None:
    asking = await signed_in(sign_in)
    near, chats = await outside.near(place), await outside.bound(office)
    marks = [await outside.spoken(place, near.call), await outside.written(place)]
    marks += await outside.left(place)
    kept = await outside.fingerprint(office, marks)
    everybody = {**chats, "a citizen": ("telegram", "nobodyschat")}
    seen, none = b"", outside.nobodys()
    for person, chat in everybody.items():
        known = {
            (name, at): await by_chat(asking, chat, name, none, body(none))
            for name, bodies in CHAT.items()
            for at, body in enumerate(bodies)
        }
        for mark in marks:
            # Of several alike all is asked for the first.
            most = len(CHAT) if mark is marks[0] else 2
            for name, bodies in CHAT.items():
                if "{number}" not in name and mark is not marks[0]:
                    continue
                for at, body in enumerate(bodies[:most]):
                    theirs = await by_chat(asking, chat, name, mark, body(mark))
                    nobodys = known[name, at]
                    asking.alike(person, name, mark.unnamed(theirs), none.unnamed(nobodys))
                    asking.hold(person, name, theirs, [one for one in marks if one is not mark])
                    seen += theirs
    asking.check()
    assert await outside.fingerprint(office, marks) == kept
    assert near.number.encode() in seen, "nobody is told of their own case either"


async def test_what_a_chat_is_owed_tells_of_no_case_that_was_never_theirs(
    office: AppContext, place: Place, sign_in: SignIn
) -> None:
    asking = await signed_in(sign_in)
    near, chats = await outside.near(place), await outside.bound(office)
    # What left is named: they were told of it while it was theirs, and that it was taken away.
    marks = [replace(one, number="left") for one in await outside.left(place)]
    marks += [await outside.spoken(place, near.call), await outside.written(place)]
    owed = b""
    for person, (channel, address) in chats.items():
        body = {"channels": [channel], "address": address, "limit": 100}
        ask = Ask("POST", "/connector/notices/lease", {"json": body})
        told = (await asking.ask_by_token("bots", ask)).whole
        asking.hold(person, "a notice", told, marks)
        owed += told
    asking.check()
    assert b"task." in owed


# --- moves


async def lying(office: AppContext, number: str, stage: str) -> None:
    """Let a case lie in a stage, however it came there."""
    async with office.store.begin() as connection:
        row = update(CaseRow).where(CaseRow.number == number)
        await connection.execute(row.values(stage=stage))


def moves_of(office: AppContext, stage: str) -> set[str]:
    """What may be done in a stage, and what may not."""
    moves = office.city.workflow.moves
    other = next(one.action for one in moves if stage not in one.source)
    return {one.action for one in moves if stage in one.source} | {other, "fly"}


async def test_no_move_of_any_post_in_any_stage_touches_a_case_out_of_scope(
    office: AppContext, place: Place
) -> None:
    near = await outside.near(place)
    marks = [await outside.spoken(place, near.call), *await outside.left(place)]
    people = [outside.acting(office, row["code"]) for row in outside.people()]
    tried = 0
    for at, stage in enumerate(office.city.workflow.stages):
        mark = marks[at % len(marks)]
        await lying(office, mark.number, stage)
        kept = await outside.fingerprint(office, marks)
        for who in people:
            for action in moves_of(office, stage):
                await untouched(office, mark, action, who)
                tried += 1
        assert await outside.fingerprint(office, marks) == kept, f"{stage}: something was changed"
    assert tried > 600


async def untouched(office: AppContext, mark: Mark, action: str, who: Actor) -> None:
    """Make a move that is not there for somebody."""
    more = {"note": "x", "given": {"cell": THERE, "department": "gas", "collector": who.person}}
    with pytest.raises(NotFound) as refusal:
        await casework.act(office, mark.number, action, who, key="k", in_sight=True, **more)  # type: ignore[arg-type]
    assert refusal.value.code == "no_case", (who.person, action)


def allowed(office: AppContext, who: Actor, stage: str) -> set[str]:
    """What somebody may do in a stage on any case, wherever it lies."""
    moves = [one for one in office.city.workflow.moves if stage in one.source]
    return {one.action for one in moves if who.rights.post_for(one.permission, (), "")}


async def test_who_sees_all_and_moves_here_moves_nothing_there(
    office: AppContext, place: Place
) -> None:
    mark = await outside.written(place)
    held = [("leader", None), ("acceptor", outside.DISTRICT), ("dispatcher", outside.DISTRICT)]
    posts = [{"post": post, **({"area": area} if area else {})} for post, area in held]
    who = outside.somebody(posts)
    for stage in office.city.workflow.stages:
        await lying(office, mark.number, stage)
        kept = await outside.fingerprint(office, [mark])
        for action in moves_of(office, stage) - allowed(office, who, stage):
            with pytest.raises(HotlineError):
                await casework.act(
                    *(office, mark.number, action, who), key="k", note="x", in_sight=True
                )
        assert await outside.fingerprint(office, [mark]) == kept, stage
