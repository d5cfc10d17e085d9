"""The command: what it refuses, and the terminal on a stream."""

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

from bots import __main__ as command
from bots import console
from bots.gateway import make_client
from bots.telegram.api import make_bot
from bots.telegram.service import check_settings
from config.sections import ConnectorSettings, HomeSettings, TelegramSettings
from config.settings import ROOT, Settings
from hotline.errors import Forbidden, Refused
from tests.bots.stage import Stage

TOKEN = "123456:abc-DEF"


def settings(folder: Path, **telegram: Any) -> Settings:
    """Settings with a folder of their own."""
    ours = TelegramSettings(**telegram)
    return Settings(
        home=HomeSettings(data_dir=folder),
        telegram=ours,
        connectors=ConnectorSettings(terminal=True),
    )


@pytest.mark.parametrize(
    ("telegram", "named"),
    [
        ({"token": "abc"}, "telegram.token"),
        ({"token": TOKEN, "base_url": "api.example"}, "telegram.base_url"),
        ({"token": TOKEN, "base_file_url": "api.example"}, "telegram.base_file_url"),
        (
            {"token": TOKEN, "mode": "webhook", "webhook_url": "https://x", "webhook_secret": "ä"},
            "telegram.webhook_secret",
        ),
        (
            {"token": TOKEN, "mode": "webhook", "webhook_url": "x", "webhook_secret": "s"},
            "telegram.webhook_url",
        ),
    ],
)
def test_settings_that_cannot_work_are_named(
    tmp_path: Path, telegram: dict[str, str], named: str
) -> None:
    with pytest.raises(Refused, match=named) as refused:
        check_settings(settings(tmp_path, **telegram))
    assert "\n" not in str(refused.value)
    assert "DEF" not in str(refused.value)


def test_a_connector_without_its_token_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Refused, match="tokens/bots"):
        make_client(settings(tmp_path))
    monkeypatch.setattr(command, "from_environment", lambda: settings(tmp_path, token=TOKEN))
    assert command.main([]) == 2
    said = capsys.readouterr().err
    assert said.startswith("bots: ")
    assert said.count("\n") == 1


def test_without_a_token_there_is_nothing_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "from_environment", lambda: settings(tmp_path))
    assert command.main([]) == 0
    assert "telegram.token is not set" in capsys.readouterr().out


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_terminal_of_the_readme_works_beside_the_demo_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    seated: list[console.Guest] = []

    async def sit(given: Settings, _: object, guest: console.Guest, __: object) -> None:
        assert given.connectors.terminal
        seated.append(guest)

    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_HOME_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(command, "run_console", sit)
    lines = re.findall(r"`\.venv/bin/python -m bots ([^`]+)`", (ROOT / page).read_text("utf-8"))
    assert lines
    assert not any(command.main(line.split()) for line in lines)
    assert len(seated) == len(lines)


@pytest.mark.parametrize("base", ["http://here:81", "http://here:81/", "http://here:81/bot"])
def test_the_bot_api_of_the_settings_is_spoken_to(base: str) -> None:
    bot = make_bot(TelegramSettings(token=TOKEN, base_url=base))
    assert bot.base_url == f"http://here:81/bot{TOKEN}"
    assert bot.base_file_url == f"http://here:81/file/bot{TOKEN}"
    assert (
        make_bot(TelegramSettings(token=TOKEN)).base_url == f"https://api.telegram.org/bot{TOKEN}"
    )


async def typed(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, person: str, *lines: str
) -> str:
    """Run the console on some lines; gives all that was shown."""
    monkeypatch.setattr(console, "make_client", lambda _: stage.backend)
    source, out = io.StringIO("".join(f"{line}\n" for line in lines)), io.StringIO()
    guest = console.Guest(person)
    await console.run_console(settings(tmp_path), stage.clock, guest, (source, out))
    return out.getvalue()


async def test_the_terminal_reports_as_a_citizen(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await typed(stage, tmp_path, monkeypatch, "", "中山东路井盖没了", "1", "photo /no/such")
    assert "[1] ✅ 提交" in shown
    assert "已登记" in shown
    assert "请重发" in shown
    assert len(stage.backend.reports) == 1


async def test_the_terminal_knows_posts_and_people(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.report()
    assert "待办 1 件" in await typed(stage, tmp_path, monkeypatch, "acceptor")
    assert "没有待办" in await typed(stage, tmp_path, monkeypatch, "water2")
    with pytest.raises(Refused, match="--as nobody"):
        await typed(stage, tmp_path, monkeypatch, "nobody")


async def test_an_office_that_takes_no_terminal_says_so(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> None:
        raise Forbidden("not for the terminal", code="not_this_connector")

    monkeypatch.setattr(stage.backend, "open_chat", refuse)
    with pytest.raises(Refused, match=r"connectors\.terminal is off"):
        await typed(stage, tmp_path, monkeypatch, "acceptor")


async def test_the_terminal_says_that_the_system_is_away(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.backend.down = True
    assert "连不上" in await typed(stage, tmp_path, monkeypatch, "", "words")


async def test_a_line_that_looks_like_a_button_can_be_words(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ("中山东路井盖没了", "say 1", "at the corner", "at 200,100")
    shown = await typed(stage, tmp_path, monkeypatch, "", *lines)
    assert "1\nat the corner\nat 200,100" in shown
    assert not stage.backend.reports


async def test_the_terminal_tells_of_cases_that_arrive(stage: Stage) -> None:
    out = io.StringIO()
    terminal = console.Terminal(out, "zh_CN")
    watch = console.Watch(stage.backend, terminal, "terminal:acceptor1")
    await stage.report()
    await watch.look()
    assert not out.getvalue(), "the first look only learns"
    await stage.report("中山东路路灯不亮")
    await watch.look()
    await watch.look()
    assert out.getvalue().count("新到您这里") == 1


async def test_the_terminal_tells_of_a_case_that_went_and_came_back_between_two_looks(
    stage: Stage,
) -> None:
    out = io.StringIO()
    number = await stage.report()
    terminal = console.Terminal(out, "zh_CN")
    watch = console.Watch(stage.backend, terminal, "terminal:acceptor1")
    await watch.look()
    await stage.move(number, "ask_verify", "acceptor1", given={"collector": "collector01"})
    await stage.clock.sleep(1)
    await stage.move(number, "verify_untrue", "collector01")
    await watch.look()
    assert out.getvalue().count("新到您这里") == 1
