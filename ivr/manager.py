"""The exchange's manager interface (AMI): which calls are up, and calls that we place."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from panoramisk.manager import Manager

from hotline.notice import CallEnd
from hotline.room.exchange import CallBackOrder

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
RECONNECT_SECONDS = 1
DIALABLE = re.compile(r"\+?[0-9]{3,20}")
# How Asterisk says why a call that we placed came to nothing. For all else the cause of its
# hang-up tells (Q.850): what these name is of the telephone, every other is of the way to it.
ENDS = {"1": CallEnd.NO_ANSWER, "3": CallEnd.NO_ANSWER, "5": CallEnd.BUSY}
CAUSES = {
    "1": CallEnd.UNREACHABLE, "17": CallEnd.BUSY, "18": CallEnd.NO_ANSWER,
    "19": CallEnd.NO_ANSWER, "20": CallEnd.NO_ANSWER, "21": CallEnd.BUSY,
    "22": CallEnd.UNREACHABLE, "28": CallEnd.UNREACHABLE,
}  # fmt: skip
CAUSE_SECONDS = 1.0
# The calls that we place are known by their ids.
NOTICE = "notice-"
# Where the dialplan goes on with who was rung back and has answered.
RINGS_BACK = "call-back"
# The lines by which talks are listened to.
LISTENS = "listens-"
Message = Mapping[str, Any]
CALL_KEY = re.compile(r"[^A-Za-z0-9-]")


class Exchange:
    """A connection that comes back by itself; nothing that was asked is asked twice."""

    def __init__(self, host: str, port: int, secret: str):
        self._manager = Manager(
            host=host, port=port, username="hotline", secret=secret,
            events="call,agent,security,dtmf",
            reconnect_timeout=RECONNECT_SECONDS, ping_delay=5, ping_interval=5,
            on_login=self._on_login, on_disconnect=self._on_disconnect,
            # panoramisk asks again what a lost connection left open: a call would be placed twice.
            forgetable_actions=(
                "ping", "login", "originate", "coreshowchannels", "queuestatus", "queueadd",
                "queueremove", "queuepause", "redirect",
            ),
        )  # fmt: skip
        self._manager.register_event("Hangup", self._on_hangup)
        # Why the calls that we place were hung up, once that is told.
        self._causes: dict[str, asyncio.Future[str]] = {}
        self._connecting: asyncio.Task[Any] | None = None
        self._closed = False
        self._lost = asyncio.Event()
        self.connected = asyncio.Event()
        # How often there was a connection: behind another one there may be another exchange.
        self.turn = 0
        self.on_turn: Callable[[], None] = lambda: None

    def listen(self, names: Iterable[str], take: Callable[[Message], None]) -> None:
        """Hand on every event of these names, as far as the manager's filters let them pass."""
        for name in names:
            self._manager.register_event(name, lambda _manager, event: take(event))

    def start(self) -> None:
        """Connect in the background, now and whenever the line is lost."""
        self._manager.loop = asyncio.get_running_loop()
        self._connecting = self._manager.connect()

    async def close(self) -> None:
        """Give the connection back, for good."""
        self._closed = True
        self._manager.reconnect_timeout = 10**6
        if self._connecting is not None and not self._connecting.done():
            self._connecting.remove_done_callback(self._manager.connection_made)
            self._connecting.cancel()
        self._manager.close()

    async def live_calls(self) -> frozenset[str] | None:
        """Give the keys of the calls that are up in the exchange; None where nobody can tell.

        A list that is not whole says nothing: what it lacks may be up all the same.
        """
        told = await self.channels()
        return None if told is None else frozenset(call_key(str(m["Uniqueid"])) for m in told)

    async def channels(self) -> list[Message] | None:
        """Give every line that is up, whole or not at all."""
        answers = await self._ask({"Action": "CoreShowChannels"}, ANSWER_SECONDS, as_list=True)
        if answers is None or not _succeeded(answers[0]):
            return None
        found = [m for m in answers if m.get("Event") == "CoreShowChannel" and m.get("Uniqueid")]
        if str(answers[-1].get("ListItems", "")) != str(len(found)):
            log.warning("the exchange told of fewer calls than it counts")
            return None
        return found

    async def queues(self) -> list[Message] | None:
        """Give what there is of queues: who sits in them (QueueMember), who waits (QueueEntry)."""
        answers = await self._ask({"Action": "QueueStatus"}, ANSWER_SECONDS, as_list=True)
        if answers is None or not _succeeded(answers[0]):
            return None
        return answers[1:] if answers[-1].get("Event") == "QueueStatusComplete" else None

    async def do(self, action: str, **fields: str) -> str:
        """Have something done; gives why it was not ("": it was)."""
        asked = {"Action": action, **{name: _plain(value) for name, value in fields.items()}}
        answers = await self._ask(asked, ANSWER_SECONDS, as_list=False)
        if answers is None:
            return "the exchange does not answer"
        return "" if _succeeded(answers[0]) else str(answers[0].get("Message", "refused"))

    async def place_call(
        self, number: str, own_number: str, notice: str, ring_seconds: float
    ) -> CallEnd:
        """Ring somebody for a notice, and give how it ended; a number that is none is not rung."""
        ident, told = f"{NOTICE}{uuid4().hex}", f"NOTICE={_clean(notice)}"
        return await self._place(number, own_number, ident, "notice", told, ring_seconds)

    async def ring_back(
        self, order: CallBackOrder, own_number: str, ring_seconds: float
    ) -> CallEnd:
        """Ring somebody back, and give how it ended; who answers is led on by the dialplan."""
        kept = f"{order.since.timestamp():.3f}" if order.since else ""
        told = f"CALLER={_clean(order.number)},DIALLED={_clean(own_number)},KEPT={kept}"
        number, leg = order.number, order.leg
        return await self._place(number, own_number, leg, RINGS_BACK, told, ring_seconds)

    async def _place(
        self, number: str, own: str, ident: str, context: str, told: str, ring_seconds: float
    ) -> CallEnd:
        """Ring a number by a line of a name of its own, and lead who answers to a context."""
        if DIALABLE.fullmatch(number) is None:
            return CallEnd.NOT_DIALABLE
        action = {
            "Action": "Originate", "Channel": f"PJSIP/{number}@trunk", "Context": context,
            "Exten": "s", "Priority": "1", "Timeout": str(int(ring_seconds * 1000)),
            "CallerID": f"<{own}>", "Async": "true", "ChannelId": ident, "Variable": told,
        }  # fmt: skip
        self._causes[ident] = asyncio.get_running_loop().create_future()
        try:
            answers = await self._ask(action, ring_seconds + ANSWER_SECONDS, as_list=None)
            if answers is None:
                return CallEnd.UNTOLD
            if all(_succeeded(answer) for answer in answers):
                return CallEnd.ANSWERED
            reason = str(answers[-1].get("Reason", ""))
            return ENDS.get(reason) or CAUSES.get(await self._cause(ident), CallEnd.LINE_AWAY)
        finally:
            del self._causes[ident]

    async def _cause(self, ident: str) -> str:
        """Give the cause of a call's hang-up; "" where it was never made, or nobody tells."""
        try:
            async with asyncio.timeout(CAUSE_SECONDS):
                return await self._causes[ident]
        except TimeoutError:
            return ""

    def _on_hangup(self, _manager: Manager, event: Mapping[str, Any]) -> None:
        told = self._causes.get(str(event.get("Uniqueid", "")))
        if told is not None and not told.done():
            told.set_result(str(event.get("Cause", "")))

    async def _ask(
        self, action: dict[str, str], seconds: float, as_list: bool | None
    ) -> list[Mapping[str, Any]] | None:
        """Ask, and give every answer; None where the line is down or the exchange silent."""
        if not self.connected.is_set():
            return None
        lost = asyncio.ensure_future(self._lost.wait())
        asked = asyncio.ensure_future(self._manager.send_action(action, as_list=as_list))
        try:
            await asyncio.wait({asked, lost}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                return None
            answer = asked.result()
            return answer if isinstance(answer, list) else [answer]
        finally:
            lost.cancel()
            asked.cancel()

    def _on_login(self, _manager: Manager) -> None:
        log.info("the exchange's manager interface is there")
        self._lost = asyncio.Event()
        self.turn += 1
        self.connected.set()
        self.on_turn()

    def _on_disconnect(self, _manager: Manager, _error: object) -> None:
        if not self._closed:
            log.warning("the exchange's manager interface is gone; asking for it again")
        self.connected.clear()
        self._lost.set()


def call_key(unique_id: str) -> str:
    """Give a call's key as the dialplan makes it from the channel's unique id."""
    return CALL_KEY.sub("", unique_id.replace(".", "-"))


def _clean(value: str) -> str:
    return "".join(ch for ch in value if ch.isalnum() or ch == "-")


def _plain(value: str) -> str:
    """Give a value that stays in its line."""
    return "".join(ch for ch in value if ch.isprintable())


def _succeeded(answer: Mapping[str, Any]) -> bool:
    return answer.get("Response") == "Success" or answer.get("Response") is None
