"""What the phone connector's tests share: a backend over HTTP, and the parts on its disk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest
import pytest_asyncio
from aiohttp import web

from backend.client import BackendClient
from hotline.clock import FixedClock
from ivr.gateway import SpooledGateway
from ivr.numbers import NumberReserve
from ivr.spool import Spool
from ivr.uploader import Uploader
from tests.fakes.served import TOKEN, ServedBackend
from tests.ivr.fakes import fixed_clock

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Connector:
    """The parts of a phone connector between a call and the backend."""

    backend: ServedBackend
    client: BackendClient
    spool: Spool
    numbers: NumberReserve
    office: SpooledGateway
    uploader: Uploader
    clock: FixedClock
    folder: Path

    async def ask(self, question: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Call the office from another thread, as a call does."""
        return await asyncio.to_thread(question, *arguments, **named)


@pytest.fixture
def answer_s() -> float:
    """How long a connector waits for the backend's answer."""
    return 5.0


@pytest_asyncio.fixture
async def connector(tmp_path: Path, answer_s: float) -> AsyncIterator[Connector]:
    """Give a connector at a backend that listens on a free port."""
    clock = fixed_clock()
    backend = ServedBackend(clock)
    runner = web.AppRunner(backend.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    client = BackendClient(f"http://{host}:{port}", TOKEN, timeout_seconds=answer_s)
    spool = Spool(tmp_path / "spool")
    numbers = NumberReserve(tmp_path / "spool" / "numbers.log")
    office = SpooledGateway(client, spool, numbers, clock, asyncio.get_running_loop())
    uploader = Uploader(client, spool, numbers, office, clock)
    yield Connector(backend, client, spool, numbers, office, uploader, clock, tmp_path)
    await client.close()
    await runner.cleanup()
