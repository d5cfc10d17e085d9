"""Updates on their way to the conversation: once each, in order a chat, albums put together."""

import asyncio
import hashlib
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from telegram import Update

from bots.channel import MessageIn
from bots.telegram.read import group_command, read
from hotline.clock import Clock
from hotline.errors import Unauthorised, Unavailable

log = logging.getLogger(__name__)

ALBUM_QUIET_S = 1.5
ALBUM_LONGEST_S = 6.0
ALBUM_MOST = 10
RETRIES_S = (1.0, 2.0, 5.0, 10.0, 30.0)
DONE_KEPT = 4000

# An update's number and a digest of it: Telegram may use a number again for something else.
Told = tuple[int, str]


@dataclass(slots=True)
class _Item:
    """A message that waits for its turn; an album grows until it was quiet for a while."""

    message: MessageIn
    since: float
    ready_at: float
    updates: list[Told] = field(default_factory=list)


class Inbox:
    """Takes updates from polling or from a webhook; each ends in exactly one call of `hear`.

    `hear` may raise Unavailable: the message is kept and tried again, and `apologise` tells the
    person so once. `elsewhere` tells a group that the bot listens in private chats only.
    """

    def __init__(
        self,
        hear: Callable[[MessageIn], Awaitable[None]],
        apologise: Callable[[MessageIn, str], Awaitable[None]],
        elsewhere: Callable[[str], Awaitable[None]],
        clock: Clock,
    ):
        self._hear = hear
        self._apologise = apologise
        self._elsewhere = elsewhere
        self._clock = clock
        self._open: dict[Told, asyncio.Future[None]] = {}
        self._done: OrderedDict[Told, None] = OrderedDict()
        self._chats: dict[str, deque[_Item]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    def take(self, update: Update) -> asyncio.Future[None]:
        """Take an update; the future is done when all its effects are on record.

        An update that is on its way or was done is not taken again.
        """
        told = _told(update)
        if told in self._open:
            return self._open[told]
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if told in self._done:
            future.set_result(None)
            return future
        self._open[told] = future
        try:
            message = read(update, self._clock.now())
        except Exception:  # an update of a form that nobody knows must not end the others
            log.exception("update %s could not be read", update.update_id)
            self._finish([told])
            return future
        if message is not None:
            self._queue(message, told)
        elif (group := group_command(update)) is not None:
            self._start(self._refer(group, told))
        else:
            self._finish([told])
        return future

    def lowest_open(self) -> int | None:
        """Give the oldest update that is not done, or None."""
        return min((number for number, _ in self._open), default=None)

    async def some_done(self, seconds: float) -> None:
        """Wait until an update that is on its way is done, at most for a while."""
        if self._open:
            await asyncio.wait(
                list(self._open.values()), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )

    async def close(self) -> None:
        """Stop; what is not done was never confirmed and comes again."""
        for task in list(self._workers):
            task.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    # --- queues, one a chat

    def _queue(self, message: MessageIn, update: Told) -> None:
        now = self._clock.monotonic()
        waiting = self._chats.get(message.address)
        if waiting is None:
            waiting = self._chats[message.address] = deque()
            self._start(self._work(message.address, waiting))
        album = next((one for one in waiting if _same_album(one.message, message)), None)
        if album is not None:
            album.message = _joined(album.message, message)
            album.ready_at = min(now + ALBUM_QUIET_S, album.since + ALBUM_LONGEST_S)
            album.updates.append(update)
            return
        ready = now + ALBUM_QUIET_S if message.album else now
        waiting.append(_Item(message, now, ready, [update]))

    async def _work(self, address: str, waiting: deque[_Item]) -> None:
        """Work off one chat's messages in order; ends when there are none."""
        while waiting:
            item = waiting[0]
            left = item.ready_at - self._clock.monotonic()
            if left > 0:
                await self._clock.sleep(left)
                continue
            waiting.popleft()
            await self._settle(item)
        del self._chats[address]

    async def _settle(self, item: _Item) -> None:
        """Bring a message to its end, however long the backend is away."""
        tries = 0
        while True:
            try:
                await self._hear(item.message)
            except (Unavailable, Unauthorised) as error:
                log.warning("the backend is away, a message waits: %s", error)
                if tries == 0:
                    await self._apologise(item.message, "bot.busy")
                await self._clock.sleep(RETRIES_S[min(tries, len(RETRIES_S) - 1)])
                tries += 1
                continue
            except Exception:  # one chat's update must not end the others
                log.exception("message %s could not be taken", item.message.key)
                await self._apologise(item.message, "bot.failed")
            break
        self._finish(item.updates)

    async def _refer(self, group: str, update: Told) -> None:
        await self._elsewhere(group)
        self._finish([update])

    def _finish(self, updates: list[Told]) -> None:
        for update in updates:
            self._done[update] = None
            future = self._open.pop(update, None)
            if future is not None and not future.done():
                future.set_result(None)
        while len(self._done) > DONE_KEPT:
            self._done.popitem(last=False)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._workers.add(task)
        task.add_done_callback(self._workers.discard)


def _same_album(first: MessageIn, second: MessageIn) -> bool:
    room = len(first.photos) < ALBUM_MOST
    return bool(second.album) and first.album == second.album and room


def _joined(first: MessageIn, second: MessageIn) -> MessageIn:
    """Give an album with one more member; its key is the earliest member's."""
    members = (*(first.members or (first,)), second)
    members = tuple(sorted(members, key=lambda one: (one.said_at, _serial(one.key))))
    early, late = sorted((first, second), key=lambda one: (one.said_at, _serial(one.key)))
    return replace(
        early,
        members=members,
        text="\n".join(dict.fromkeys(one.text for one in (early, late) if one.text)),
        photos=tuple(dict.fromkeys((*early.photos, *late.photos))),
        odd=early.odd or late.odd,
        answers=early.answers or late.answers,
        answers_message=early.answers_message or late.answers_message,
    )


def _serial(key: str) -> int:
    """Give the number of a message within its chat: chat:number:date."""
    return int(key.split(":")[1])


def _told(update: Update) -> Told:
    return update.update_id, hashlib.sha256(update.to_json().encode()).hexdigest()
