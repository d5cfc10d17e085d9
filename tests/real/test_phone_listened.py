"""Talks at seats that are listened to on the real exchange: each leg apart, by the real model."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from config.settings import ROOT
from hotline.room.spoken import Listening, Speaker, TalkSaid
from ivr.pcm import read_wav
from tests.fakes.served import TOKEN
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.stack import free_ports
from tests.real.talks import over, talking

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(300)]
SAMPLES = ROOT / "config" / "asterisk" / "samples"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """An Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(
    exchange: Pbx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Phoned]:
    """A phone connector that has one talk listened to, by a process as the hotline runs it."""
    tokens = tmp_path / "data" / "tokens"
    tokens.mkdir(parents=True)
    (tokens / "ivr").write_text(TOKEN)
    monkeypatch.setenv("HOTLINE_HOME_DATA_DIR", str(tmp_path / "data"))
    (port,) = free_ports(1)
    monkeypatch.setenv("HOTLINE_WEB_PORT", str(port))
    async with phoned_to(exchange, tmp_path, port, live_calls=1) as phoned:
        await phoned.until(lambda: phoned.connector.talks.is_ready, 60)
        yield phoned


def said(phoned: Phoned) -> TalkSaid:
    """Give what was heard of the newest call."""
    return phoned.backend.fake.telephone.talks.get(list(phoned.backend.rings)[-1], TalkSaid())


def texts(phoned: Phoned, speaker: Speaker) -> str:
    """Give what one side of the newest call said."""
    return " ".join(one.text for one in said(phoned).lines if one.speaker is speaker)


async def test_both_legs_of_a_talk_are_written_down_apart_while_it_goes_on(phoned: Phoned) -> None:
    seat, talk, call = await talking(phoned)
    await phoned.until(lambda: said(phoned).stands is Listening.LISTENS, 10)
    await talk.say(read_wav(SAMPLES / "seat_asks.wav"))
    await call.say(read_wav(SAMPLES / "manhole.wav"))
    await phoned.until(lambda: "井盖" in texts(phoned, Speaker.CALLER), PATIENCE_S)
    await phoned.until(lambda: bool(texts(phoned, Speaker.SEAT)), PATIENCE_S)
    assert [one.speaker for one in said(phoned).lines] == [Speaker.SEAT, Speaker.CALLER]
    await call.say(read_wav(SAMPLES / "stalls.wav"))
    await phoned.until(lambda: "占道经营" in texts(phoned, Speaker.CALLER), PATIENCE_S)
    await over(call, talk)
    await phoned.until(lambda: said(phoned).stands is Listening.OVER, 10)
    seat.phone.close()
