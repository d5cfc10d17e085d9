"""A case by chat from report to close: Bot API over HTTP, connector, backend and PostgreSQL."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from config.settings import ROOT
from hotline.case.case import replay
from hotline.channel import Channel
from hotline.media import MediaKind
from hotline.number import printed
from tests.bots.stage import CITIZEN, HANDLER, picture
from tests.real.chatting import (
    Hotline,
    checked,
    dispatched,
    handled,
    reported,
    until,
    verified_and_filed,
)

pytestmark = pytest.mark.real


async def test_a_case_is_returned_reworked_and_closed_by_chat(hotline: Hotline) -> None:
    case = await reported(hotline)
    await verified_and_filed(hotline, case)
    await hotline.seat(HANDLER, "water1")
    await dispatched(hotline, "自来水公司")
    await hotline.said(HANDLER, "新案件")
    hotline.api.tap(HANDLER, "申请回退")
    await hotline.said(HANDLER, "请选择回退原因")
    hotline.api.tap(HANDLER, "不属本单位")
    await hotline.in_stage("return_asked")
    dispatcher = await hotline.open_desk("dispatcher")
    await dispatcher.press("✅ 同意回退")
    assert (await hotline.in_stage("to_dispatch")).counts.get("return_count", 0) == 1
    await hotline.seat(HANDLER, "drainage1")
    await dispatched(hotline, "排水公司")
    await until(lambda: "✅ 接单" in hotline.api.last(HANDLER).buttons)
    hotline.api.tap(HANDLER, "接单")
    await until(lambda: "✅ 接单 · " in hotline.api.last(HANDLER).text)
    await handled(hotline, "white")
    await checked(hotline, "未解决", "handling", "black")
    await hotline.said(HANDLER, "需要返工")
    await handled(hotline, "grey")
    await checked(hotline, "已解决", "to_close", "yellow")
    chief = await hotline.open_desk("duty_chief")
    assert "已结案" in await chief.press("结案")
    await hotline.said(CITIZEN, "已处理完毕并结案")

    case = await hotline.case()
    steps = await hotline.steps(case)
    assert replay(steps) == case
    moves = [one.action for one in steps if one.action not in ("suggest", "light")]
    assert moves == [
        "report",
        "ask_verify",
        "verify_true",
        "file",
        "dispatch",
        "send_back",
        "approve_return",
        "dispatch",
        "accept",
        "report_done",
        "ask_check",
        "fail_check",
        "report_done",
        "ask_check",
        "pass_check",
        "close",
    ]
    assert case.counts.get("rework_count", 0) == 1
    told = [one.text for one in hotline.api.of(CITIZEN) if one.text.count(printed(case.number))]
    assert len(told) == len(set(told)) + 1 == 7, "handled twice, everything else once"
    card = await hotline.backend.card(case.number, (Channel.TERMINAL, "terminal:chief1"))
    kinds = [one.kind for one in card.photos]
    assert sorted(kinds) == sorted(
        [MediaKind.PHOTO] * 2
        + [MediaKind.PHOTO_VERIFY]
        + [MediaKind.PHOTO_DONE] * 2
        + [MediaKind.PHOTO_CHECK] * 2
    )
    await not_solved_says_the_citizen(hotline)


async def not_solved_says_the_citizen(hotline: Hotline) -> None:
    """It is opened again, reworked, checked and closed once more; then the citizen is content."""
    api, closing = hotline.api, "已处理完毕并结案"
    api.tap(CITIZEN, "❌ 未解决")
    await until(lambda: "还有什么问题" in api.last(CITIZEN).text)
    api.write(CITIZEN, "井盖还是松的")
    case = await hotline.in_stage("reopened")
    assert (case.fields["solved"], case.counts["reopen_count"]) == ("no", 1)
    seen = len(api.of(HANDLER))
    chief = await hotline.open_desk("duty_chief")
    assert "写一句" in await chief.press("退回返工")
    await chief.type("请重新固定")
    await hotline.in_stage("handling")
    await until(lambda: any("需要返工" in one.text for one in api.of(HANDLER)[seen:]))
    await handled(hotline, "navy")
    await checked(hotline, "✅ 已解决", "to_close", "olive")
    chief = await hotline.open_desk("duty_chief")
    await chief.press("结案")
    await until(lambda: sum(closing in one.text for one in api.of(CITIZEN)) == 2)
    api.tap(CITIZEN, "✅ 已解决")
    async with asyncio.timeout(90):
        while (await hotline.case()).fields["solved"] != "yes":
            await asyncio.sleep(0.05)
    assert (await hotline.case()).stage == "closed"


async def command(hotline: Hotline, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """Run the connectors' command as a process of its own; gives its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bots",
        *arguments,
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONIOENCODING": "utf-8", **hotline.environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, wrong = await asyncio.wait_for(process.communicate(typed.encode()), 120)
    return process.returncode or 0, out.decode(), wrong.decode()


async def test_the_command_leads_conversations_in_a_terminal(
    hotline: Hotline, tmp_path: Path
) -> None:
    assert await command(hotline, "--check") == (
        0,
        "bots: the backend answers, Telegram as double_bot\n",
        "",
    )
    photo = tmp_path / "a b.jpg"
    photo.write_bytes(picture())
    typed = f'photo "{photo}" -- 污水井盖不见了\nat 121.5886,29.8814\n1\n/status\n'
    code, shown, wrong = await command(hotline, "--console", "--name", "王", typed=typed)
    assert (code, wrong) == (0, "")
    assert "[1] ✅ 提交" in shown
    assert "已登记" in shown
    assert "等待受理" in shown
    code, shown, wrong = await command(hotline, "--console", "--as", "acceptor", typed="1\n")
    assert (code, wrong) == (0, "")
    assert "待办 1 件" in shown
    assert "📁 立案" in shown
    code, _, wrong = await command(hotline, "--console", "--as", "nobody")
    assert (code, wrong.count("\n")) == (2, 1)
    hotline.environment["HOTLINE_WEB_PORT"] = "1"
    code, _, wrong = await command(hotline, "--check")
    assert (code, wrong.count("\n")) == (2, 1)
