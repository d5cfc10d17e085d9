"""What callers are told of the room: a bulletin becomes sounds, long waits one alarm a spell."""

import wave
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.prompts import PROMPTS
from hotline.media import MediaKind
from hotline.room.alarm import AlarmKind
from hotline.room.bulletin import BulletinTold
from hotline.room.plan import NO_ROOM, OwnPrompt
from ivr.prompts import open_prompts
from ivr.recording import read_samples
from ivr.switch.news import RoomNews
from ivr.switch.seen import InQueue
from tests.fakes.backend import FakeBackend
from tests.ivr.fakes import NOW, fixed_clock, keep_wav, talk

TYPED = BulletinTold("b1", "海曙区停水，十八点恢复。", "No water in Haishu.", case="00000018")
PLAN = replace(NO_ROOM, overload_wait_s=60, overload_for_s=300)


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(fixed_clock())


def robot(folder: Path) -> Callable[[str, str], bytes]:
    """Give a robot's voice that speaks longer where there is more to say."""

    def speak(text: str, _language: str) -> bytes:
        return keep_wav(folder / "robot.wav", talk(len(text) / 10)).read_bytes()

    return speak


async def test_typed_words_are_spoken_in_each_language_once(
    backend: FakeBackend, tmp_path: Path
) -> None:
    news = RoomNews(backend, tmp_path, lambda _: None, robot(tmp_path))
    await news.bulletin(TYPED)
    on_air = news.on_air
    assert on_air is not None
    assert (on_air.id, on_air.case, set(on_air.sounds)) == ("b1", "00000018", {"zh_CN", "en"})
    for language, text in (("zh_CN", TYPED.text), ("en", TYPED.text_en)):
        with wave.open(f"{on_air.sounds[language]}.wav") as sound:
            assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
            assert sound.getnframes() == pytest.approx(len(text) / 10 * 8000, rel=0.01)
    await news.bulletin(TYPED)
    assert news.on_air is on_air
    await news.bulletin(None)
    assert news.on_air is None


async def test_without_a_voice_callers_hear_of_it_in_general(
    backend: FakeBackend, tmp_path: Path
) -> None:
    def dumb(_text: str, _language: str) -> bytes:
        raise FileNotFoundError("espeak-ng")

    news = RoomNews(backend, tmp_path, lambda _: None, dumb)
    await news.bulletin(TYPED)
    assert news.on_air is not None
    assert (news.on_air.sounds, news.on_air.case) == ({}, "00000018")


async def test_a_recorded_sound_is_fetched_and_played_in_every_language(
    backend: FakeBackend, tmp_path: Path
) -> None:
    spoken = keep_wav(tmp_path / "spoken.wav", talk(2))
    file = await backend.upload_bytes(spoken.read_bytes(), MediaKind.RECORDING)
    news = RoomNews(backend, tmp_path, lambda _: None)
    await news.bulletin(BulletinTold("b2", "", sound=file.sha256))
    assert news.on_air is not None
    (path,) = set(news.on_air.sounds.values())
    assert set(news.on_air.sounds) == {"zh_CN", "en"}
    assert len(read_samples(Path(f"{path}.wav"))) == 16_000


async def test_long_waits_are_one_alarm_a_spell(backend: FakeBackend, tmp_path: Path) -> None:
    begun = {"a": NOW}
    news = RoomNews(backend, tmp_path, begun.get)

    async def at(seconds: int, *calls: str) -> bool:
        now = NOW + timedelta(seconds=seconds)
        await news.waits([InQueue(1, call, 3) for call in calls], PLAN, now)
        return news.is_overloaded

    assert not await at(60, "a")
    assert not await at(61, "a", "b")
    begun["c"] = NOW + timedelta(seconds=280)
    # Another caller waits for long now; it is the same spell.
    assert not await at(360, "c")
    backend.down = True
    assert await at(361, "c", "b")
    backend.down = False
    for seconds in (366, 371):
        assert await at(seconds, "c", "b")
    (alarm,) = backend.telephone.alarms
    assert (alarm.kind, alarm.at, alarm.said) == (
        AlarmKind.OVERLOAD, NOW + timedelta(seconds=361), "2",
    )  # fmt: skip
    # Who hears how it stands is in no queue for some seconds.
    assert await at(400)
    assert not await at(402)
    begun["d"] = NOW + timedelta(seconds=400)
    assert not await at(500, "d")
    assert not await at(520)
    assert await at(800, "d")
    assert len({one.about for one in backend.telephone.alarms}) == 2


async def test_who_nobody_told_of_waits_for_as_long_as_the_exchange_says(
    backend: FakeBackend, tmp_path: Path
) -> None:
    news = RoomNews(backend, tmp_path, lambda _: None)
    for seconds in (0, 300):
        now: datetime = NOW + timedelta(seconds=seconds)
        await news.waits([InQueue(1, "x", 61 + seconds)], PLAN, now)
    assert news.is_overloaded


async def test_the_citys_own_words_are_heard_in_the_stead_of_ours(
    backend: FakeBackend, tmp_path: Path
) -> None:
    spoken = keep_wav(tmp_path / "spoken.wav", talk(2))
    file = await backend.upload_bytes(spoken.read_bytes(), MediaKind.RECORDING)
    news = RoomNews(backend, tmp_path, lambda _: None, robot(tmp_path))
    own = (
        OwnPrompt("welcome", "zh_CN", "明州热线，您好。"),
        OwnPrompt("goodbye", "zh_CN", "再见。", file.sha256),
        OwnPrompt("thanks", "zh_CN", "谢谢。", "0" * 64),
    )
    await news.prompts(own)
    assert set(news.own) == {"zh_CN/welcome", "zh_CN/goodbye"}  # nobody has recorded the third
    prompts = open_prompts(PROMPTS).with_own(news.own)
    assert prompts.sounds("zh_CN", "welcome", "speak") == [news.own["zh_CN/welcome"], "zh_CN/speak"]
    assert len(read_samples(Path(f"{news.own['zh_CN/goodbye']}.wav"))) == 16_000
    first = Path(f"{news.own['zh_CN/welcome']}.wav")
    changed = (replace(own[0], text="您好，这里是明州市民热线，请讲。"),)
    await news.prompts(changed)
    assert set(news.own) == {"zh_CN/welcome"}
    assert first.exists()  # a call may be hearing it
    await news.prompts(())
    assert news.own == {}
    await news.tidy(datetime.now(UTC) + timedelta(days=2))
    assert not first.exists()


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (8_000, 2), (16_000, 2)])
async def test_a_recording_of_any_kind_is_played_at_the_exchanges_own_rate(
    backend: FakeBackend, tmp_path: Path, rate: int, channels: int
) -> None:
    path = tmp_path / "odd.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(rate * channels * 2 * 2))
    file = await backend.upload_bytes(path.read_bytes(), MediaKind.RECORDING)
    news = RoomNews(backend, tmp_path, lambda _: None)
    await news.bulletin(BulletinTold("b3", "", sound=file.sha256))
    assert news.on_air is not None
    with wave.open(f"{news.on_air.sounds['zh_CN']}.wav") as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8_000, 1)
        assert sound.getnframes() == pytest.approx(16_000, abs=4)
