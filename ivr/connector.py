"""The phone connector put together: one event loop, one thread a call, and what survives a kill."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from backend.client import BackendClient
from config.exchange_secrets import read_secret, shared_secret
from config.neighbours import neighbours_of
from config.prompts import PROMPTS
from config.settings import Settings
from hotline.call import CallEvent
from hotline.clock import Clock
from hotline.health import IVR, Beat, Ref, keep_beating
from hotline.revisit import ASKS, RevisitSaid
from hotline.room.plan import NO_ROOM
from ivr.agi_server import CallServer
from ivr.callout import Callout, Pending
from ivr.comments import SpokenComments
from ivr.fallback import espeak_of
from ivr.flows import bench, notice
from ivr.flows.intake import Incoming
from ivr.flows.reception import Reception
from ivr.flows.revisit import RevisitTalk
from ivr.flows.room_now import RoomNow
from ivr.flows.rung_back import KEPT, RungBack
from ivr.gateway import SpooledGateway
from ivr.handover import handed_over, notice_of
from ivr.line import AgiLine
from ivr.manager import Exchange
from ivr.numbers import NumberReserve
from ivr.prompts import Prompts, open_prompts
from ivr.recovery import OrphanRecovery
from ivr.scribe import keep_scribe
from ivr.spool import Spool
from ivr.switch.call_backs import CallBackRinger
from ivr.switch.called import time_of
from ivr.switch.doors import SeatDoors
from ivr.switch.keeper import RoomKeeper
from ivr.switch.news import RoomNews
from ivr.switch.orders import RoomOrders
from ivr.switch.places import QueuePlaces
from ivr.switch.shut_out import FAILURES, ShutOutRule, ShutOuts
from ivr.switch.talk_listening import TalkListening
from ivr.switch.told import RoomEvents
from ivr.switch.watch import RoomWatch
from ivr.uploader import Uploader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectorConfig:
    """Everything one phone connector needs to know."""

    backend_url: str
    token: str
    spool: Path
    exchange_spool: Path
    agi_host: str
    agi_port: int
    ami_host: str
    ami_port: int
    ami_secret: str
    ari_host: str
    ari_port: int
    ari_secret: str
    agi_secret_file: Path
    most_calls: int = 500
    asterisk_root: Path = Path(".tools/asterisk")
    own_number: str = "12345"
    language: str = "zh_CN"
    prompts: Path = PROMPTS
    scribe: bool = False
    live_calls: int = 0
    timeout_seconds: float = 5.0
    shut_out: ShutOutRule = field(default_factory=ShutOutRule)


def config_from(settings: Settings) -> ConnectorConfig:
    """Give the phone connector of these settings; its token is made at set-up."""
    phone, home = settings.phone, settings.home
    return ConnectorConfig(
        backend_url=settings.backend_url,
        token=settings.connector_token("ivr"),
        spool=home.data_dir / "spool",
        exchange_spool=(home.data_dir / "asterisk" / "spool").resolve(),
        agi_host=phone.agi_host,
        agi_port=phone.agi_port,
        ami_host=phone.ami_host,
        ami_port=phone.ami_port,
        ami_secret=shared_secret(settings.ami_secret_file),
        ari_host=phone.http_host,
        ari_port=phone.http_port,
        ari_secret=shared_secret(settings.ari_secret_file),
        agi_secret_file=settings.agi_secret_file,
        most_calls=phone.lines,
        asterisk_root=phone.asterisk_root,
        own_number=phone.hotline_number,
        language=home.language,
        scribe=settings.speech.engine != "none",
        live_calls=settings.speech.live_calls if settings.speech.engine != "none" else 0,
        timeout_seconds=settings.connectors.timeout_s,
        shut_out=ShutOutRule(phone.sign_in_tries, phone.shut_out_s, neighbours_of(phone)),
    )


class PhoneConnector:
    """Takes calls, brings reports, adopts what was left, rings people back."""

    def __init__(self, config: ConnectorConfig, clock: Clock):
        self.config = config
        self.clock = clock
        self.prompts = open_prompts(config.prompts, config.language)
        self.spool = Spool(config.spool)
        self.numbers = NumberReserve(config.spool / "numbers.log")

    async def run(self, ready: asyncio.Event | None = None) -> None:
        """Serve until cancelled."""
        config = self.config
        client = BackendClient(
            config.backend_url, config.token, timeout_seconds=config.timeout_seconds
        )
        self.loop = loop = asyncio.get_running_loop()
        self.office = SpooledGateway(client, self.spool, self.numbers, self.clock, loop)
        exchange = Exchange(config.ami_host, config.ami_port, config.ami_secret)
        self.exchange = exchange
        self.watch = RoomWatch(client)
        self.callout = Callout(
            client, exchange, self.prompts, self.clock, config.own_number, self.watch.is_dear
        )
        self.places = QueuePlaces(exchange, self.clock, loop)
        self.events = events = RoomEvents(
            self._note, self.office.hung_up, lambda: self.watch.now, self.clock
        )
        exchange.listen(events.names, events.take)
        doors = SeatDoors(config.ari_host, config.ari_port, config.ari_secret)
        shut_outs = ShutOuts(
            config.shut_out, client, exchange, doors, self.clock, config.exchange_spool
        )
        exchange.listen(FAILURES, shut_outs.take)
        self.talks = TalkListening(exchange, client, events, self.clock, config.live_calls)
        uploader = Uploader(client, self.spool, self.numbers, self.office, self.clock)
        self.news = RoomNews(
            client, config.exchange_spool, self.places.since, espeak_of(config.asterisk_root)
        )
        self.keeper = self._keeper(client, doors, uploader)
        recovery = OrphanRecovery(
            config.exchange_spool, self.spool, self.office, self.clock, config.language,
            exchange.live_calls,
        )  # fmt: skip
        comments = SpokenComments(
            config.exchange_spool / "recording", client, self.office, self.clock
        )
        server = self._call_server()
        server.start()
        exchange.start()
        log.info("taking calls on %s:%s", config.agi_host, server.port)
        if ready is not None:
            ready.set()
        try:
            works = [
                uploader.run(), recovery.run(), self.callout.run(), self.keeper.run(),
                shut_outs.run(), self._live(client), comments.run(),
            ]  # fmt: skip
            works += [keep_scribe(self.clock)] if config.scribe else []
            works += [self.talks.run()] if config.live_calls else []
            await _all(*works)
        finally:
            server.stop()
            await self.call_backs.stop()
            await exchange.close()
            await doors.close()
            await client.close()

    def _keeper(self, client: BackendClient, doors: SeatDoors, uploader: Uploader) -> RoomKeeper:
        """Give what keeps the room, and rings back from there."""
        config, exchange, events = self.config, self.exchange, self.events
        orders = RoomOrders(
            exchange, config.own_number, events.stays, self.watch.knows, self.office.begins
        )
        self.call_backs = CallBackRinger(exchange, config.own_number)
        return RoomKeeper(
            client, exchange, doors, events, self.watch, orders, self.clock,
            config.exchange_spool, uploader.bring_notes, self.news,
            self.call_backs, self.places.since,
        )  # fmt: skip

    def _note(self, event: CallEvent) -> None:
        self.office.tell(event)
        self.talks.take(event)

    def _call_server(self) -> CallServer:
        """Give what takes calls from the exchange."""
        flows = {
            "hotline": self._take, "queued": self._go_on, "finish": self._finish,
            "notice": self._tell, "call-back": self._ring_back, "bench": self._bench,
        }  # fmt: skip
        config, secret = self.config, partial(read_secret, self.config.agi_secret_file)
        return CallServer(config.agi_host, config.agi_port, flows, secret, config.most_calls)

    async def _live(self, client: BackendClient) -> None:
        """Give signs of life, and bring back from the spool what somebody wants tried again."""

        async def beat() -> Beat:
            now = self.clock.now()
            waiting = await asyncio.to_thread(self.spool.waiting, now)
            aside = await asyncio.to_thread(self.spool.aside)
            return Beat(IVR, now, waiting, tuple(aside))

        await keep_beating(self.clock, beat, client.beat, self._bring_back)

    def _bring_back(self, ref: Ref) -> None:
        if self.spool.bring_back(ref.queue, ref.ref):
            log.info("%s %s is brought once more", ref.queue, ref.ref)

    def _take(self, line: AgiLine) -> None:
        self._reception(line).run()

    def _go_on(self, line: AgiLine) -> None:
        self._reception(line).go_on()

    def _left(self, key: str, why: str) -> None:
        self.loop.call_soon_threadsafe(self.events.left, key, why)

    def _finish(self, line: AgiLine) -> None:
        self._reception(line).finish(handed_over(line).number)

    def _ring_back(self, line: AgiLine) -> None:
        kept = time_of(line.variable(KEPT))
        RungBack(*self._parts(line), kept=kept, reached_nobody=self.call_backs.reached_nobody).run()

    def _reception(self, line: AgiLine) -> Reception:
        return Reception(*self._parts(line))

    def _parts(
        self, line: AgiLine
    ) -> tuple[AgiLine, Incoming, SpooledGateway, Prompts, Clock, RoomNow]:
        """Give what a call's flow is made of."""
        given = handed_over(line)
        # Where it is recorded is ours to say: no path comes over the wire.
        recording = self.config.exchange_spool / "recording" / given.file_name
        call = Incoming(
            key=given.key, caller=given.caller, recording=str(recording), line=given.dialled,
            caller_name=given.caller_name,
        )  # fmt: skip
        room = RoomNow(
            self.watch.now or NO_ROOM,
            self.places.begins,
            self.places.place_of,
            self._left,
            self.events.expected,
            self.news.on_air,
            self.news.is_overloaded,
            self.keeper.away,
        )
        prompts = self.prompts.with_own(self.news.own)
        return line, call, self.office, prompts, self.clock, room

    def _tell(self, line: AgiLine) -> None:
        pending = self.callout.pending(notice_of(line))
        if pending is None:
            line.hang_up()
            return
        try:
            if ASKS in pending.task.values:
                plan = (self.watch.now or NO_ROOM).revisit
                prompts = self.prompts.with_own(self.news.own)
                talk = RevisitTalk(line, pending.task, prompts, plan, self._answered(pending))
                pending.told = talk.ask()
            else:
                pending.told = notice.tell(line, pending.task, self.prompts)
        finally:
            pending.done.set()

    def _answered(self, pending: Pending) -> Callable[[RevisitSaid], None]:
        """Give what brings answers while the call is up; what cannot be brought waits."""

        def bring(said: RevisitSaid) -> None:
            pending.told = True
            if pending.said or not self.office.revisit(said):
                pending.said.append(said)

        return bring

    def _bench(self, line: AgiLine) -> None:
        bench.run(line, self.office, self.clock)


async def _all(*works: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work)


async def serve(connector: PhoneConnector) -> None:
    """Serve until a signal asks to end."""
    task = asyncio.ensure_future(connector.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("the phone connector is closed")
