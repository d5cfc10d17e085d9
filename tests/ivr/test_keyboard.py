"""The same call at the keyboard: typed words and wavs arrive as the phone's do."""

import io
from pathlib import Path

import pytest

from hotline.call import CallEventType
from hotline.clock import SystemClock
from hotline.number import printed
from ivr import keyboard as keyboard_module
from ivr.connector import ConnectorConfig
from ivr.keyboard import call_at_keyboard
from tests.fakes.served import TOKEN
from tests.ivr.conftest import Connector
from tests.ivr.fakes import keep_wav, talk


async def at_keyboard(connector: Connector, typed: str, seats: int = 0) -> tuple[str, bool]:
    """Run one call; give what was printed and whether its report arrived."""
    connector.clock.at = SystemClock().now()  # a keyboard's call goes on in real time
    config = ConnectorConfig(
        connector.client._base, TOKEN, connector.folder / "connector", connector.folder,
        "127.0.0.1", 0, "127.0.0.1", 0, "", "127.0.0.1", 0, "", connector.folder / "agi",
    )  # fmt: skip
    printed_text = io.StringIO()
    arrived = await call_at_keyboard(
        config, SystemClock(), "13800138000", io.StringIO(typed), printed_text.write, seats
    )
    return printed_text.getvalue(), arrived


async def test_typed_words_become_a_report_with_a_number(connector: Connector) -> None:
    told, arrived = await at_keyboard(connector, "中山路井盖丢了\n")
    (report,) = connector.backend.reports.values()
    (number,) = connector.backend.numbers.values()
    assert report.text == "中山路井盖丢了"
    assert printed(number) in told
    assert arrived


async def test_a_wav_is_taken_as_speech(connector: Connector) -> None:
    wav = keep_wav(connector.folder / "said.wav", talk(4))
    await at_keyboard(connector, f"{wav}\n")
    (number,) = connector.backend.numbers.values()
    assert connector.backend.recording_of(number) == Path(wav).read_bytes()


async def test_keys_are_typed_alone_on_a_line(connector: Connector) -> None:
    told, _ = await at_keyboard(connector, "1\n*\n9\nthe manhole cover is gone\n")
    (report,) = connector.backend.reports.values()
    assert report.language == "en"
    assert "After the tone" in told


async def test_who_waits_hears_what_the_queue_says_and_somebody_answers(
    connector: Connector,
) -> None:
    told, arrived = await at_keyboard(connector, "\n\nhello, is anybody there\n1\n", seats=1)
    assert told.count("您是下一位") == 3
    assert "坐席接听" in told
    assert told.index("坐席接听") < told.index("请您评价") < told.index("感谢您的来电")
    assert arrived
    assert connector.backend.reports == {}


async def test_keys_may_be_typed_ahead_and_nobody_answers(connector: Connector) -> None:
    told, _ = await at_keyboard(connector, "1\n00000018\n8000\n*\n", seats=1)
    assert told.count("编号或号码不对") == 1
    told, _ = await at_keyboard(connector, "7\n2\n中山路井盖丢了\n", seats=1)
    assert "您按了 七" in told
    (report,) = connector.backend.reports.values()
    assert report.text == "中山路井盖丢了"


async def test_who_waits_for_too_long_is_asked_for_the_words(connector: Connector) -> None:
    told, _ = await at_keyboard(connector, "\n" * 60 + "中山路井盖丢了\n", seats=1)
    assert "人工坐席都在忙" in told


async def test_the_end_of_input_hangs_up_in_the_queue(connector: Connector) -> None:
    await at_keyboard(connector, "", seats=1)
    (key,) = connector.backend.rings
    assert CallEventType.ENDED in connector.backend.marks(key)


async def test_the_end_of_input_hangs_up(connector: Connector) -> None:
    await at_keyboard(connector, "")
    assert connector.backend.reports == {}


async def test_with_the_backend_away_the_report_waits(
    connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyboard_module, "BRING_SECONDS", 0.1)
    connector.backend.fake.down = True
    _, arrived = await at_keyboard(connector, "路灯不亮\n")
    assert not arrived
