"""The live feed: one message a change, encoded once, to every console that may see it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from aiohttp import WSMsgType, web

from backend.api.guard import SIGNED_IN
from backend.api.listeners import ALIVE_S, RELOAD, Listener, Listeners
from backend.api.office_keys import office_of
from backend.api.permissions import EVERYBODY
from backend.api.route import Content, Route
from backend.desks import signin
from backend.desks.authorization import scope_of, viewer_of
from backend.desks.context import AppContext, ContextSource
from backend.desks.signin import AuthService
from backend.queries import feed_messages
from backend.queries.feed_frame import FeedFrame
from backend.queries.feed_messages import FeedMessage
from backend.store.feed import FeedItem
from hotline.case.tally import Counts
from hotline.errors import HotlineError
from hotline.people import Actor
from hotline.rights.permissions import LEAD_ROOM
from hotline.wire import Meta, encode

LOG = logging.getLogger("hotline.feed")
HEARTBEAT_S: Final = 10.0
SEND_S: Final = 10.0
READ_S: Final = 10.0
# So often a console is told how many cases there are, while that changes.
COUNTS_EVERY_S: Final = 1.0
FEED: Final = Content((), (101,), FeedFrame)


@dataclass(slots=True)
class Hub:
    """Tells every console that listens; the reader of the feed hands it every numbered change."""

    source: ContextSource
    listeners: Listeners
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, items: list[FeedItem]) -> None:
        """Tell every console what changed; whoever cannot be told is made to read again."""
        if not self.listeners or not items:
            return
        self.changed.set()
        try:
            async with asyncio.timeout(READ_S):
                news = await feed_messages.news_of(self.source.now, items)
        except Exception:
            LOG.exception("the feed could not be read")
            self.listeners.reload()
            return
        for one in news:
            message, gone = encode(one.message), encode(one.without_row)
            for listener in self.listeners:
                _tell(listener, one, message, gone)

    async def tell_counts(self) -> None:
        """Tell the counts to every console whose counts have changed, until cancelled."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            viewers = {listener.viewer for listener in self.listeners}
            said = {viewer: counts_of(self.source.now.tally.counts(viewer)) for viewer in viewers}
            for listener in self.listeners:
                listener.tell_counts(said[listener.viewer])
            await asyncio.sleep(COUNTS_EVERY_S)

    def join(self, actor: Actor, session: str) -> Listener:
        """Add a console; it is told the counts as they are now."""
        viewer = viewer_of(self.source.now.city.known, actor)
        leads = actor.rights.may(LEAD_ROOM)
        listener = Listener(scope_of(actor), session, viewer, actor.person, leads)
        if self.source.now.tally.is_loaded:
            listener.tell_counts(counts_of(self.source.now.tally.counts(listener.viewer)))
        self.listeners.join(listener)
        return listener

    async def look_again(self, auth: AuthService) -> int:
        """End the feeds of sessions that have ended meanwhile, however they did.

        Those of whom a post or a leave has begun or ended since begin anew: they see other cases.
        """
        sessions = {listener.session for listener in self.listeners}
        if not sessions:
            return 0
        actors, workflow = await signin.actors_of(auth, sessions), self.source.now.city.known
        for listener in self.listeners:
            actor = actors.get(listener.session)
            if actor is None:
                listener.end()
            elif viewer_of(workflow, actor) != listener.viewer:
                listener.reload()
        return 0


def counts_of(counts: Counts) -> bytes:
    """Give the message that tells how many cases somebody sees."""
    return encode(FeedFrame("counts", counts=counts))


HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """The number of the change that a console has seen last, and as whom it takes its person."""

    from_: Annotated[int, Meta(ge=0, le=10**9)] = 0
    acting: str = ""


async def feed(request: web.Request, query: FeedQuery) -> web.StreamResponse:
    """Hold a console's live feed, going on behind the number that it has seen last."""
    signed_in, hub = request[SIGNED_IN], request.app[HUB]
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, compress=False, max_msg_size=1024)
    await socket.prepare(request)
    listener = hub.join(signed_in.actor, signin.name_of(signed_in.cookie))
    if query.acting and query.acting != signed_in.actor.acting:
        # The console was drawn a moment before its person came to see other cases.
        listener.reload()
    sender = asyncio.create_task(_send(socket, listener, office_of(request), query.from_))
    try:
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
    finally:
        hub.listeners.leave(listener)
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
    return socket


async def _send(
    socket: web.WebSocketResponse, listener: Listener, office: AppContext, seen: int
) -> None:
    """Send what was missed, then what comes; what came twice is sent once."""
    try:
        last = await _catch_up(socket, listener, office, seen)
        while last is not None:
            waiting = await listener.next(ALIVE_S)
            if waiting is None:
                break
            seq, message = waiting
            if seq == 0 or seq > last:
                last = max(last, seq)
                await _frame(socket, message)
    except (TimeoutError, ConnectionError, HotlineError) as error:
        LOG.info("a console was let go: %r", error)
    await socket.close()


async def _catch_up(
    socket: web.WebSocketResponse, listener: Listener, office: AppContext, seen: int
) -> int | None:
    """Send what came after `seen`; give the newest number sent, None when too much was missed."""
    missed = await feed_messages.after(office, seen)
    if missed is None:
        await _frame(socket, RELOAD)
        return None
    last = missed[-1].seq if missed else seen
    await _frame(socket, encode(FeedFrame("hello", last)))
    for one in missed:
        for _, message in _messages(listener, one):
            await _frame(socket, message)
    return last


def _messages(listener: Listener, one: FeedMessage) -> Sequence[tuple[int, bytes]]:
    if feed_messages.shows(one, listener.scope, listener.person):
        return [(one.seq, encode(one.message))]
    if listener.leads and one.of_floor is not None:
        return [(one.seq, encode(one.of_floor))]
    if feed_messages.was_visible(one, listener.scope):
        return [(one.seq, encode(one.without_row))]
    return []


def _tell(listener: Listener, one: FeedMessage, message: bytes, gone: bytes) -> None:
    if feed_messages.shows(one, listener.scope, listener.person):
        listener.put(one.seq, message)
    elif listener.leads and one.of_floor is not None:
        listener.put(one.seq, encode(one.of_floor))
    elif feed_messages.was_visible(one, listener.scope):
        listener.put(one.seq, gone)


async def _frame(socket: web.WebSocketResponse, message: bytes) -> None:
    async with asyncio.timeout(SEND_S):
        await socket.send_frame(message, WSMsgType.TEXT)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/feed", feed, "Live changes (WebSocket)", EVERYBODY, gives=FEED),
)
