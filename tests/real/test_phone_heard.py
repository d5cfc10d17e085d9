"""What callers hear of the room, written down by ear at their end, in both languages."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from pypinyin import lazy_pinyin

from config.prompts import PROMPTS
from hotline.room.alarm import AlarmKind
from ivr.handset.ear import Ear
from ivr.pcm import write_wav
from ivr.prompts import open_prompts
from ivr.speech import Recogniser
from tests.ivr.hearing import demo_hearing
from tests.real.exchanges import Phoned
from tests.real.seats import SeatPhone, wanted
from tests.real.test_phone_room import calls, exchange, phoned, seats, waits

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(180)]
__all__ = ["exchange", "phoned", "seats"]

CALLER, OTHER = "13800138000", "13800000001"
SAID = {
    "zh_CN": ["城市服务热线", "来电很多", "自助留言", "进度请按", "工请按", "排在第"],
    "en": ["service hotline", "many people are calling", "leave a message", "pressed",
           "state of your report", "talk with somebody", "you are number"],
}  # fmt: skip


def sounds(text: str) -> str:
    """Give a text as it sounds: an engine writes other characters of the same sound."""
    return " ".join(lazy_pinyin("".join(ch for ch in text.lower() if ch.isalpha() or ch == " ")))


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    made = Recogniser("whisper", "", 1, tmp_path_factory.mktemp("model"), demo_hearing().lexicon)
    made.load()
    return made


@pytest.mark.parametrize("language", SAID)
async def test_what_a_caller_hears_is_understood_by_ear(
    phoned: Phoned, seats: list[SeatPhone], recogniser: Recogniser, tmp_path: Path, language: str
) -> None:
    phoned.backend.fake.telephone.languages[CALLER] = language
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    await waits(phoned, OTHER)
    room = replace(phoned.backend.fake.room, overload_wait_s=0, overload_for_s=0)
    phoned.connector.watch.now = room
    await phoned.until(lambda: phoned.connector.news.is_overloaded, 15)
    assert [one.kind for one in phoned.backend.fake.telephone.alarms] == [AlarmKind.OVERLOAD]
    phoned.caller.ear = Ear(open_prompts(PROMPTS), language)
    call = await calls(phoned, CALLER)
    assert await phoned.caller.wait_prompt(call, "menu_report", 30) is not None
    await asyncio.sleep(1)
    await call.press("7")
    assert await phoned.caller.wait_prompt(call, "menu_human", 30) is not None
    assert await phoned.caller.wait_prompt(call, "queue_place_end", 30) is not None
    assert call.stream is not None
    path = tmp_path / "heard.wav"
    write_wav(path, call.stream.heard.samples())
    text = await asyncio.to_thread(lambda: recogniser.transcribe(path, language, ()).raw)
    missing = [words for words in SAID[language] if sounds(words) not in sounds(text)]
    assert not missing, text
