"""A data folder of 0.1.0 is brought over by the start of this version, and everything goes on."""

import asyncio
import subprocess
import sys
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.store import cases
from backend.store.contacts import contact_ids
from backend.store.rows import CaseRow, ReportRow
from config.settings import ROOT
from hotline.call import NewTranscript
from hotline.case.case import replay
from hotline.channel import Channel
from hotline.notice import Outcome, Settled
from hotline.number import printed
from tests.bots.stage import picture
from tests.cities import demo_city
from tests.fakes.botapi import Sent
from tests.upgrade.conftest import CLOCK, Upgraded, until
from tests.upgrade.rows import CARD, CODE, COOKIE
from tests.upgrade.story import ACTS, CASES, WORDS
from tests.upgrade.walk import CELL, number_of

pytestmark = [pytest.mark.real, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

ENDS = ("closed", "declined", "void")
NEXT = {
    "reported": "file", "verifying": "verify_true", "to_dispatch": "dispatch",
    "handling": "report_done", "to_check": "ask_check", "checking": "pass_check",
    "to_close": "close",
}  # fmt: skip
# What a person names where neither the case nor a rule says it.
BY_HAND: dict[str, dict[str, str]] = {"dispatch": {"department": "water"}, "file": {"cell": CELL}}
# A photo proves one move, so each is of another colour.
SHADES = count(0x102030, 0x051709)


async def test_a_console_goes_on_where_it_stood(upgraded: Upgraded) -> None:
    ledger = upgraded.old.ledger
    last = ledger.tables["feed"][-1]["seq"]
    missed = [*ledger.tables["feed"][-3:], *ledger.tables["change"]]
    numbers = {one["ref"] for one in missed if one["kind"] == "case"}
    heard: list[dict[str, Any]] = []
    async with upgraded.seats["chief1"].feed(since=last - 3) as news, asyncio.timeout(60):
        while not numbers <= {one.get("number") for one in heard}:
            one = await news.get()
            assert one["kind"] != "reload"
            if one["kind"] != "hello":
                heard.append(one)
    seqs = [one["seq"] for one in heard]
    assert seqs == sorted(set(seqs))
    assert seqs[0] > last - 3


async def test_what_waited_to_be_told_is_told_once(upgraded: Upgraded) -> None:
    waited = {
        "verifying": (601, "核实任务"), "checking": (601, "核查任务"), "handling": (602, "新案件"),
        "closed": (500, "结案"),
    }  # fmt: skip
    for name in waited:
        await _standing(upgraded, name, {"sent", "dropped"})
    told = [one for one in upgraded.api.sent if one.text]
    for name, (chat, words) in waited.items():
        number = printed(upgraded.number(name))
        mine = [one for one in told if words in one.text and number in one.text]
        assert [one.chat for one in mine] == [chat], told
    assert len(told) == len(waited), told


async def _standing(upgraded: Upgraded, name: str, states: set[str]) -> None:
    """Wait until no notice about a case stands otherwise."""

    async def stand() -> bool:
        entries = (await upgraded.page(name))["timeline"]
        return {one["notice"]["state"] for one in entries if one["kind"] == "notice"} <= states

    await until(stand)


async def test_citizens_who_are_owed_a_call_are_rung_once(upgraded: Upgraded) -> None:
    owed = {upgraded.number("told"), upgraded.number("declined")}
    leased = await upgraded.phone.lease_notices([Channel.PHONE], 20)
    assert {one.number for one in leased} == owed
    await upgraded.phone.settle_notices([Settled(one.id, Outcome.SENT) for one in leased])
    assert await upgraded.phone.lease_notices([Channel.PHONE], 20) == []
    chief = upgraded.seats["chief1"]
    failed = (await chief.ask("GET", "/api/notices?state=failed"))["items"]
    assert [one["number"] for one in failed] == [upgraded.number("refused")]
    await chief.ask("POST", f"/api/notices/{failed[0]['id']}/retry")
    again = await upgraded.phone.lease_notices([Channel.PHONE], 20)
    assert [one.number for one in again] == [upgraded.number("refused")]


async def test_every_case_opens_and_is_what_its_steps_make(upgraded: Upgraded) -> None:
    chief = upgraded.seats["chief1"]
    for name in CASES:
        page = await upgraded.page(name)
        (row,) = upgraded.rows("cases", name)
        steps = [one["id"] for one in page["timeline"] if one["kind"] == "step"]
        assert set(steps) >= {one["id"] for one in upgraded.rows("step", name)}
        assert page["case"]["stage"] == row["stage"], name
        found = await chief.ask("GET", f"/api/cases?q={row['number']}&ended=1")
        assert [one["number"] for one in found["items"]] == [row["number"]]
    await _replayed(upgraded)


async def _replayed(upgraded: Upgraded) -> None:
    async with upgraded.store.connect() as connection:
        for number in upgraded.old.ledger.numbers.values():
            case = await cases.load(connection, number)
            assert replay(await cases.steps_of(connection, case.id)) == case


async def test_a_browser_that_was_left_open_is_signed_in(upgraded: Upgraded) -> None:
    status = await upgraded.seats["admin"].status(
        "GET", "/api/me", Cookie=f"hotline_session={COOKIE}"
    )
    assert status == 200


async def test_lights_turn_that_were_due_while_nothing_ran(upgraded: Upgraded) -> None:
    due = [one for one in upgraded.old.ledger.tables["timer"] if _at(one["due"]) <= CLOCK.now()]
    assert {one["kind"] for one in due} == {"yellow", "red"}
    for name in CASES:
        (row,) = upgraded.rows("cases", name)
        marks = {"yellow": row["stage_yellow"], "red": row["stage_due"]}
        lights = [light for light, at in marks.items() if at and _at(at) <= CLOCK.now()]

        async def shown(name: str = name, light: str = ["green", *lights][-1]) -> bool:
            return bool((await upgraded.page(name))["case"]["light"] == light)

        await until(shown)
        turns = [await _turns(upgraded, name, light) for light in lights]
        # Where both were due at once, the red one may have come alone.
        assert turns in ([], [1], [1, 1], [0, 1]), (name, turns)


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


async def _turns(upgraded: Upgraded, name: str, light: str) -> int:
    """Give how often a light of a case has turned since its stage began."""
    async with upgraded.store.connect() as connection:
        case = await cases.load(connection, upgraded.number(name))
        steps = await cases.steps_of(connection, case.id)
    turns = 0
    for step in steps:
        turns = 0 if "stage" in step.changes else turns
        turns += step.action == "light" and step.changes["light"] == light
    return turns


async def test_words_that_nobody_had_looked_at_are_understood(upgraded: Upgraded) -> None:
    async def looked_at() -> bool:
        return bool((await upgraded.page("unseen"))["case"]["suggestions"])

    await until(looked_at)


async def test_a_recording_that_waited_is_written_down_once(upgraded: Upgraded) -> None:
    number = upgraded.number("unheard")
    tasks = await upgraded.phone.transcript_tasks(100)
    (task,) = [one for one in tasks if one.number == number]
    heard = NewTranscript(task.number, task.sha256, "test", WORDS, WORDS, 0.9, 3.0)
    for _ in range(2):
        await upgraded.phone.put_transcript(heard)

    async def understood() -> bool:
        case = (await upgraded.page("unheard"))["case"]
        return bool(case["text"] == WORDS and case["suggestions"])

    await until(understood)
    sound = await upgraded.seats["chief1"].sound(task.sha256)
    assert sound == upgraded.old.ledger.files[task.sha256]
    assert len(await _steps(upgraded, "unheard", "transcribe")) == 1


async def _steps(upgraded: Upgraded, name: str, action: str) -> list[dict[str, Any]]:
    return [one for one in (await upgraded.page(name))["timeline"] if one.get("action") == action]


async def test_a_report_that_was_begun_in_a_chat_is_handed_in(upgraded: Upgraded) -> None:
    api = upgraded.api
    api.push(message={
        "message_id": 47, "date": 1795312800, "chat": {"id": 500, "type": "private"},
        "from": {"id": 500, "is_bot": False, "first_name": "王小明"}, "text": WORDS,
    })  # fmt: skip
    rows = [[{"text": text, "callback_data": data} for text, data in row] for row in CARD]
    for chat_id, done in ((500, "已登记"), (502, "Registered")):
        api.tap(chat_id, "提交", Sent(chat_id, 10, "", {"inline_keyboard": rows}))
        await upgraded.said(chat_id, done)
    api.write(501, "中山东路")
    await upgraded.said(501, "请确认")
    api.tap(501, "提交")
    await upgraded.said(501, "已登记")
    for chat, photos, words in (("500", 0, WORDS), ("501", 1, "井盖没了"), ("502", 2, WORDS)):
        brief = await upgraded.bots.newest_case(Channel.TELEGRAM, chat)
        assert brief is not None
        page = await upgraded.seats["chief1"].file(brief.number)
        assert (page["case"]["photos"], page["case"]["text"]) == (photos, words)
        assert page["case"]["place_text"].startswith("中山东路")
    async with upgraded.store.connect() as connection:
        ids = await contact_ids(connection, demo_city().telephone)
    # They do not show the chat that they came by.
    keys = [ids.hidden(one) for one in ("500:47", "501:50", "502:55")]
    assert await _taken(upgraded, Channel.TELEGRAM, keys) == 3


async def _taken(upgraded: Upgraded, channel: Channel, keys: list[str]) -> int:
    """Give how many reports with these keys there are."""
    asked = (
        select(func.count())
        .select_from(ReportRow)
        .where(ReportRow.channel == channel, ReportRow.key.in_(keys))
    )
    async with upgraded.store.connect() as connection:
        return int((await connection.execute(asked)).scalar_one())


async def test_a_move_that_was_begun_in_a_chat_is_made(upgraded: Upgraded) -> None:
    upgraded.api.photo(601, picture("green"))
    upgraded.api.write(602, "井盖已换")
    page = await upgraded.seats["chief1"].in_stage(upgraded.number("verifying"), "reported")
    assert page["case"]["fields"]["verified"] == "true"
    await upgraded.seats["chief1"].in_stage(upgraded.number("accepted"), "to_check")
    (done,) = await _steps(upgraded, "accepted", "report_done")
    assert done["note"] == "井盖已换"


async def test_a_code_that_was_not_used_yet_binds_a_chat(upgraded: Upgraded) -> None:
    upgraded.api.write(603, f"/start {CODE}")
    await upgraded.said(603, "已绑定")


async def test_a_hundred_reports_come_in_past_one_of_rubbish(upgraded: Upgraded) -> None:
    spooled, spool = upgraded.old.spooled, upgraded.old.data / "spool"

    async def is_empty() -> bool:
        kinds = ("reports", "rings", "notes")
        return not [one for kind in kinds for one in (spool / kind).glob("*.json")]

    await until(is_empty, lambda: list((spool / "reports").iterdir()))
    assert len(spooled.good) == 100
    assert await _numbers(upgraded, list(spooled.good)) == {
        key: number for key, number in spooled.numbers.items() if key in spooled.good and number
    }
    await until(lambda: _lies_aside(upgraded, spooled.rubbish))
    await asyncio.to_thread(_retry, upgraded, "reports", spooled.stuck)

    async def is_taken() -> bool:
        return await _taken(upgraded, Channel.PHONE, [spooled.stuck]) == 1

    await until(is_taken)
    assert await _lies_aside(upgraded, spooled.rubbish)


async def _numbers(upgraded: Upgraded, keys: list[str]) -> dict[str, str]:
    """Give the numbers of spoken reports that had been said; every key must be on record."""
    asked = (
        select(ReportRow.key, CaseRow.number)
        .join(CaseRow, CaseRow.id == ReportRow.case_id)
        .where(ReportRow.channel == Channel.PHONE, ReportRow.key.in_(keys))
    )
    async with upgraded.store.connect() as connection:
        found = {row.key: row.number for row in await connection.execute(asked)}
    assert sorted(found) == sorted(keys)
    return {key: one for key, one in found.items() if upgraded.old.spooled.numbers[key]}


async def _lies_aside(upgraded: Upgraded, ref: str) -> bool:
    """Say whether the health page names something that lies aside, with a reason."""
    page = await upgraded.seats["chief1"].ask("GET", "/api/health")
    items = [one for check in page["checks"] for one in check["items"]]
    return any(one["ref"] == ref and one["reason"] for one in items)


def _retry(upgraded: Upgraded, queue: str, ref: str) -> None:
    command = [sys.executable, "-m", "backend", "retry", queue, ref]
    subprocess.run(command, cwd=ROOT, env=upgraded.stack.environment, check=True)


async def test_a_recording_without_a_report_is_adopted(upgraded: Upgraded) -> None:
    async def is_taken() -> bool:
        return await _taken(upgraded, Channel.PHONE, [upgraded.old.spooled.orphan]) == 1

    await until(is_taken)
    await until(lambda: _no_recordings(upgraded))


async def _no_recordings(upgraded: Upgraded) -> bool:
    folder = upgraded.old.data / "asterisk" / "spool" / "recording"
    return not list(folder.iterdir())


async def test_no_number_is_given_out_twice(upgraded: Upgraded) -> None:
    journal = upgraded.old.data / "spool" / "numbers.log"
    lines = journal.read_text("ascii").split()
    leased = [line[1:] for line in lines if line.startswith("+")]
    free = set(leased) - {line[1:] for line in lines if line.startswith("-")}
    assert len(set(leased)) == len(leased)
    assert free > {number_of(200)}
    assert number_of(401) in free or number_of(402) in free
    async with upgraded.store.connect() as connection:
        given = set((await connection.execute(select(CaseRow.number))).scalars())
    assert not free & given
    fresh = await upgraded.phone.lease_numbers(10)
    assert not set(fresh) & (free | given | {number_of(serial) for serial in range(401)})


async def test_every_stage_goes_on_to_its_end(upgraded: Upgraded) -> None:
    pages = {name: (await upgraded.page(name))["case"] for name in CASES}
    one_each = {page["stage"]: page["number"] for page in pages.values()}
    assert set(one_each) == {*NEXT, *ENDS}
    for first, number in one_each.items():
        stage = first
        for _ in NEXT:
            if stage not in ENDS:
                stage = await _move_on(upgraded, number, stage)
        assert stage == (first if first in ENDS else "closed"), number
    await _replayed(upgraded)


async def _move_on(upgraded: Upgraded, number: str, stage: str) -> str:
    """Make the next move of a case by who may; gives the stage that it is in then."""
    action = NEXT[stage]
    act = ACTS[action]
    seat = upgraded.seats[act.person]
    given = {**act.given, **BY_HAND.get(action, {})}
    media: tuple[str, ...] = ()
    if act.photo:
        kind = {"collector": "photo_check", "department": "photo_done"}[act.post]
        media = (await seat.upload(picture(f"#{next(SHADES):06x}"), kind),)
    page = await seat.act(number, action, act.note, media, **given)
    return str(page["case"]["stage"])
