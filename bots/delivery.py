"""The outbox's last mile: leased notices are worded now, sent, and reported back."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from backend.client import BackendClient
from bots.cards import card_rows, card_text
from bots.channel import Delivery, MessageChannel, MessageOut
from bots.city import CityWatch
from bots.flows.after_closing import asking
from bots.flows.collector import shown_photos
from bots.flows.own import own_rows
from hotline.card import CaseCard
from hotline.clock import Clock, pause
from hotline.errors import Forbidden, HotlineError, NotFound, Unavailable
from hotline.form.beside import NOTE
from hotline.notice import AS_CARD, NoticeTask, Outcome, Settled
from hotline.number import printed
from hotline.queue import Lanes, Patience, Tries, reason_of
from hotline.revisit import ASKS
from hotline.sanitize import sanitize_text, truncate
from hotline.words import LANGUAGES, UnknownWords, catalogue, places, say

T = TypeVar("T")
log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
CITY_EVERY_S = 30.0
BATCH = 10
REMEMBERED = 5000
# A try ends well before the outbox's lease of 90 seconds.
MAX_S = 45.0
PATIENCE = Patience(waits=(1, 5, 15), longest_s=80)
MAX_NOTE_LENGTH = 500


class DeliveryLoop:
    """Sends the notices of one channel, at least once each: woken by the backend, else by time.

    `address` limits it to one chat (a terminal). A notice that went out, but whose report back was
    lost, is not sent again as long as this process lives.
    """

    def __init__(
        self,
        backend: BackendClient,
        channel: MessageChannel,
        city: CityWatch,
        clock: Clock,
        address: str | None = None,
    ):
        self._backend = backend
        self._channel = channel
        self._city = city
        self._clock = clock
        self._address = address
        self._sent: OrderedDict[str, Delivery] = OrderedDict()
        self._photos_out: OrderedDict[str, None] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._wake = asyncio.Event()
        self._reached = Tries(clock, PATIENCE)

    async def run(self) -> None:
        """Deliver until cancelled; one that hangs holds up nobody else's."""
        beside = [asyncio.create_task(one) for one in (self._listen(), self._keep_city())]
        lanes = Lanes(self._clock, PATIENCE, BATCH)
        try:
            while True:
                self._wake.clear()
                if not await self._round(lanes):
                    await pause(self._wake, LOOK_EVERY_S)
        finally:
            for task in beside:
                task.cancel()
            await lanes.stop()

    async def deliver_once(self) -> int:
        """Send what is due now and wait for it; gives how many notices were leased."""
        tasks = await self._lease(BATCH)
        ends = await asyncio.gather(*map(self._handle, tasks), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return len(tasks)

    async def _lease(self, most: int) -> list[NoticeTask]:
        return await self._backend.lease_notices([self._channel.name], most, self._address)

    async def _handle(self, task: NoticeTask) -> None:
        """Deliver one notice and report it back; what one person is told keeps its order."""
        async with self._turns.setdefault(task.address, asyncio.Lock()):
            settled = await self._deliver(task)
        await self._backend.settle_notices([settled])

    async def _round(self, lanes: Lanes) -> bool:
        """Tell whether there may be more at once."""
        try:
            free = lanes.free
            tasks = await self._lease(free) if free > 0 else []
            for task in tasks:
                lanes.start(str(task.id), partial(self._handle, task))
            return 0 < free <= len(tasks) and lanes.free > 0
        except Unavailable as error:
            log.warning("the outbox is out of reach: %s", error)
        except HotlineError:
            log.exception("the outbox did not answer as it should")
        return False

    async def _listen(self) -> None:
        while True:
            # What was told while nobody listened is asked for.
            await self._city.look()
            try:
                async for command in self._backend.commands():
                    if command.get("kind") == "notices":
                        self._wake.set()
                    elif command.get("kind") == "city":
                        await self._city.look()
            except HotlineError as error:
                log.info("no quick commands, looking every while: %s", error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _keep_city(self) -> None:
        """Ask for the city now and then: a command may be lost, or be told too early."""
        while True:
            await asyncio.sleep(CITY_EVERY_S)
            await self._city.look()

    async def _deliver(self, task: NoticeTask) -> Settled:
        delivery = self._sent.get(task.key)
        if delivery is None:
            delivery = await self._attempt(task)
        if delivery.outcome is Outcome.SENT:
            _remember(self._sent, task.key, delivery)
        elif delivery.outcome is Outcome.AWAY:
            delivery = self._excused(task.key, delivery)
        if delivery.outcome is not Outcome.SENT and delivery.photos_sent:
            _remember(self._photos_out, task.key, None)
        return Settled(
            task.id,
            delivery.outcome,
            delivery.detail,
            delivery.retry_after,
            delivery.message,
            delivery.words,
        )

    def _excused(self, key: str, delivery: Delivery) -> Delivery:
        """Let an attempt count all the same where the channel served others meanwhile."""
        excused = self._reached.unanswered(key)
        return delivery if excused else replace(delivery, outcome=Outcome.RETRY)

    async def _attempt(self, task: NoticeTask) -> Delivery:
        self._reached.begin(task.key)
        try:
            async with asyncio.timeout(MAX_S):
                delivery = await self._try(task)
                if delivery.message:  # words that went out; a stale notice asked nobody
                    self._reached.served(task.key)
                elif delivery.outcome in (Outcome.SENT, Outcome.FAILED):
                    self._reached.forget(task.key)
                return delivery
        except TimeoutError as error:
            return Delivery(Outcome.AWAY, detail=reason_of(error))
        except Exception as error:
            log.exception("notice %s was not delivered", task.id)
            return Delivery(Outcome.RETRY, detail=reason_of(error))

    async def _try(self, task: NoticeTask) -> Delivery:
        try:
            message = await self._worded(task)
        except Unavailable as error:
            return Delivery(Outcome.AWAY, detail=str(error), retry_after=error.retry_after)
        except (UnknownWords, HotlineError) as error:
            return Delivery(Outcome.FAILED, detail=f"not worded: {error}")
        if message is None:
            return Delivery(Outcome.SENT, detail="stale: the case has moved on")
        if task.key in self._photos_out:
            message = replace(message, photos=())
        delivery = await self._channel.send(message)
        return replace(delivery, words=message.text)

    async def _worded(self, task: NoticeTask) -> MessageOut | None:
        """Word a notice by the case as it is now; None when it has become pointless."""
        language = task.language if task.language in LANGUAGES else LANGUAGES[0]
        if ASKS in task.values:
            return asking(task, _sentence(task, language), language)
        if AS_CARD not in task.values:
            return MessageOut(task.address, _sentence(task, language))
        if task.person is None:
            return await self._to_answer(task, language)
        try:
            card = await self._backend.card(task.number, (task.channel, task.address))
        except (NotFound, Forbidden):
            return None
        # A task is only sent while the person can still do something about it.
        if not any(action.leads for action in card.actions.values()):
            return None
        return await self._card(task, language, card)

    async def _to_answer(self, task: NoticeTask, language: str) -> MessageOut:
        """Word what a citizen may answer to, with the buttons of what they may do now."""
        brief = await self._backend.newest_case(task.channel, task.address, task.number)
        rows = () if brief is None else own_rows(brief, language)
        asked = (say("bot.own_answer", language),) if rows else ()
        return MessageOut(task.address, "\n".join((_sentence(task, language), *asked)), rows)

    async def _card(self, task: NoticeTask, language: str, card: CaseCard) -> MessageOut:
        head = _sentence(task, language)
        body = card_text(card, language, await self._city.known(), self._clock.now())
        return MessageOut(
            task.address,
            f"{head}\n{body}",
            card_rows(card, language),
            photos=shown_photos(card),
        )


def _sentence(task: NoticeTask, language: str) -> str:
    """Give the words of a notice; a value it came without is left empty."""
    wanted = places(catalogue(language).get(task.template, ""))
    values = dict.fromkeys(wanted, "") | task.values
    values["number"] = printed(task.number)
    values[NOTE] = truncate(sanitize_text(values.get(NOTE, "")), MAX_NOTE_LENGTH)
    return say(task.template, language, **values).strip()


def _remember(kept: OrderedDict[str, T], key: str, value: T) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
