"""An exchange of a test's own, a phone connector in its process, and a caller before them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from backend.operations.asterisk import Pbx, PbxConfig
from config.prompts import PROMPTS
from config.settings import ROOT
from hotline.clock import SystemClock
from hotline.room.exchange import RoomWanted, SeatWanted
from ivr.connector import ConnectorConfig, PhoneConnector
from ivr.handset.caller import Caller
from ivr.handset.ear import Ear
from ivr.handset.phone import open_phone
from ivr.prompts import open_prompts
from tests.fakes.served import TOKEN, ServedBackend
from tests.real.stack import free_ports

CLOCK = SystemClock()
ASTERISK = ROOT / ".tools" / "asterisk"


def make_exchange(folder: Path, **more: Any) -> PbxConfig:
    """Give an exchange on free ports below a folder; `more` are fields that differ."""
    sip, ami, agi, trunk, http = free_ports(5)
    first = 40_000 + sip % 10_000
    config = PbxConfig(
        asterisk_dir=ASTERISK, run_dir=folder / "asterisk", ami_secret="secret",
        ari_secret="other", agi_secret_file=folder / "agi", sip_port=sip, ami_port=ami,
        agi_port=agi, http_port=http,
        rtp_start=first, rtp_end=first + 200, trunk_contact=f"127.0.0.1:{trunk}",
        start_timeout_s=90.0,
    )  # fmt: skip
    return replace(config, **more)


def manager_asks(exchange: Pbx, *actions: str) -> str:
    """Sign in at the manager interface, ask, and give everything that was answered."""
    login = "Action: Login\r\nUsername: hotline\r\nSecret: secret\r\nEvents: off\r\n\r\n"
    heard = b""
    with socket.create_connection(("127.0.0.1", exchange.config.ami_port), 30) as ami:
        ami.sendall((login + "".join(actions) + "Action: Logoff\r\n\r\n").encode())
        while piece := ami.recv(4096):
            heard += piece
    return heard.decode()


def lines_taken(exchange: Pbx) -> int:
    """Give how many calls the exchange still knows of."""
    return manager_asks(exchange, "Action: CoreShowChannels\r\n\r\n").count(
        "Event: CoreShowChannel\r"
    )


@dataclass(slots=True)
class Phoned:
    """A phone connector in this process, a backend behind it, and a caller before it."""

    backend: ServedBackend
    exchange: Pbx
    caller: Caller
    config: ConnectorConfig
    serving: asyncio.Task[None]
    connector: PhoneConnector

    @property
    def server(self) -> tuple[str, int]:
        """Where the hotline takes calls."""
        return ("127.0.0.1", self.exchange.config.sip_port)

    async def until(self, what: Callable[[], bool], seconds: float = 120.0) -> None:
        """Wait until something is so."""
        end = CLOCK.monotonic() + seconds
        while not what():
            assert CLOCK.monotonic() < end, "it never came to be"
            await asyncio.sleep(0.1)

    async def dies(self) -> None:
        """End the phone connector; calls that are up go on in the exchange."""
        self.serving.cancel()
        await asyncio.gather(self.serving, return_exceptions=True)

    async def comes_back(self) -> None:
        """Start another phone connector in the place of the one that has ended."""
        ready = asyncio.Event()
        self.connector = PhoneConnector(self.config, CLOCK)
        self.serving = asyncio.ensure_future(self.connector.run(ready))
        await ready.wait()

    async def keeps(self, *seats: SeatWanted) -> None:
        """Let these seats be wanted from now on, and wait until the exchange has them."""
        self.backend.fake.wanted = RoomWanted(seats)
        while not await self.connector.keeper.look():
            await asyncio.sleep(0.1)


@asynccontextmanager
async def phoned_to(
    exchange: Pbx, folder: Path, port: int = 0, **more: Any
) -> AsyncIterator[Phoned]:
    """Run a phone connector that takes the exchange's calls; `more` are fields that differ."""
    backend = ServedBackend(CLOCK)
    backend.fake.telephone.asks = False  # a talk ends with goodbye where a test asks for no more
    runner = web.AppRunner(backend.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    asterisk = exchange.config
    config = ConnectorConfig(
        backend_url=f"http://127.0.0.1:{runner.addresses[0][1]}", token=TOKEN,
        spool=folder / "spool", exchange_spool=asterisk.spool, agi_host="127.0.0.1",
        agi_port=asterisk.agi_port, ami_host="127.0.0.1", ami_port=asterisk.ami_port,
        ami_secret=asterisk.ami_secret, ari_host="127.0.0.1", ari_port=asterisk.http_port,
        ari_secret=asterisk.ari_secret, agi_secret_file=asterisk.agi_secret_file,
    )  # fmt: skip
    config = replace(config, **more)
    ready = asyncio.Event()
    connector = PhoneConnector(config, CLOCK)
    serving = asyncio.ensure_future(connector.run(ready))
    await ready.wait()
    phone = await open_phone(CLOCK)
    caller = Caller(phone, Ear(open_prompts(PROMPTS), "zh_CN"), CLOCK)
    phoned = Phoned(backend, exchange, caller, config, serving, connector)
    try:
        yield phoned
    finally:
        await phone.hang_up()
        phone.close()
        await phoned.dies()
        await runner.cleanup()
