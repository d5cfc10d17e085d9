"""The same call at the keyboard: typed words and wavs arrive as the phone's do."""

import io
from pathlib import Path

import pytest

from hotline.clock import SystemClock
from hotline.number import printed
from ivr import keyboard as keyboard_module
from ivr.door import DoorConfig
from ivr.keyboard import call_at_keyboard
from tests.ivr.conftest import Door
from tests.ivr.fakes import keep_wav, talk
from tests.ivr.office_server import TOKEN


async def at_keyboard(door: Door, typed: str) -> tuple[str, bool]:
    """Run one call; give what was printed and whether its report arrived."""
    config = DoorConfig(
        door.client._base, TOKEN, door.folder / "door", door.folder, "127.0.0.1", 0, "127.0.0.1", 0,
        "", door.folder / "agi",
    )  # fmt: skip
    printed_text = io.StringIO()
    arrived = await call_at_keyboard(
        config, SystemClock(), "13800138000", io.StringIO(typed), printed_text.write
    )
    return printed_text.getvalue(), arrived


async def test_typed_words_become_a_report_with_a_number(door: Door) -> None:
    told, arrived = await at_keyboard(door, "中山路井盖丢了\n")
    (report,) = door.backend.reports.values()
    (number,) = door.backend.numbers.values()
    assert report.text == "中山路井盖丢了"
    assert printed(number) in told
    assert arrived


async def test_a_wav_is_taken_as_speech(door: Door) -> None:
    wav = keep_wav(door.folder / "said.wav", talk(4))
    await at_keyboard(door, f"{wav}\n")
    (number,) = door.backend.numbers.values()
    assert door.backend.recording_of(number) == Path(wav).read_bytes()


async def test_keys_are_typed_alone_on_a_line(door: Door) -> None:
    told, _ = await at_keyboard(door, "1\n9\nthe manhole cover is gone\n")
    (report,) = door.backend.reports.values()
    assert report.language == "en"
    assert "After the tone" in told


async def test_the_end_of_input_hangs_up(door: Door) -> None:
    await at_keyboard(door, "")
    assert door.backend.reports == {}


async def test_with_the_backend_away_the_report_waits(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyboard_module, "BRING_SECONDS", 0.1)
    door.backend.down = True
    _, arrived = await at_keyboard(door, "路灯不亮\n")
    assert not arrived
