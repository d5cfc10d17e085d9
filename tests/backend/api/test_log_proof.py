"""A citizen's proof holds by a program that knows nothing of ours, and by no changed sign."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.web import Application
from sqlalchemy import event, text

from backend.api.keys import SETTINGS
from backend.client import BackendClient
from backend.desks.context import AppContext
from backend.jobs.log_keeper import LogKeeper, Signing
from backend.operations.preflight import log_signer
from backend.queries import case_proof
from backend.store import log_checkpoints
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Forbidden, Refused, Unavailable
from hotline.record.checkpoint import read_checkpoint
from hotline.record.proof_file import CaseProof, LogProof
from hotline.report import Contact, NewReport
from hotline.wire import convert, plain
from tests.backend.api.conftest import MakeClient, SignIn, make_case
from tests.backend.papers.printed import words_of
from tests.backend.store.test_record_log import erased, sql, work_off
from tests.cities import MONDAY
from tests.sources import ROOT

pytestmark = pytest.mark.slow

CHAT = (Channel.TELEGRAM, "500")
MOST_LINES = 50


def program() -> str:
    """The program of the page."""
    page = (ROOT / "docs" / "record.md").read_text("utf-8")
    found = re.search(r"^```python check\.py\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture
def check(tmp_path: Path) -> "Check":
    (tmp_path / "check.py").write_text(program(), "utf-8")
    return Check(tmp_path)


class Check:
    """Runs the program as a citizen does."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, proof: LogProof | CaseProof, *more: str) -> tuple[int, str]:
        path = self.folder / "proof.json"
        path.write_text(json.dumps(plain(proof), ensure_ascii=False), "utf-8")
        ran = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", str(self.folder / "check.py"), str(path), *more],
            capture_output=True,
            check=False,
            text=True,
        )
        return ran.returncode, ran.stdout + ran.stderr


async def told(client: BackendClient, words: str, key: str) -> str:
    contact = Contact(*CHAT, "李", "zh_CN")
    report = NewReport(Channel.TELEGRAM, key, contact, MONDAY, text=words)
    return (await client.submit(report)).number


def keeper(app: Application, office: AppContext) -> LogKeeper:
    signing = Signing(log_signer(app[SETTINGS]), timedelta(minutes=5))
    return LogKeeper(office.store, office.clock, signing)


async def test_every_proof_holds_by_the_program_of_the_page(
    app: Application, office: AppContext, clock: FixedClock, client: MakeClient, check: Check
) -> None:
    assert len(program().splitlines()) <= MOST_LINES
    bots, ours = client("bots"), keeper(app, office)
    numbers = [await told(bots, f"路口的第 {turn} 个井盖没了", f"k{turn}") for turn in range(7)]
    with pytest.raises(Refused):
        await bots.proof(numbers[0], CHAT)
    await work_off(office)
    await ours.sign()
    early = await bots.proof(numbers[3], CHAT)
    clock.move(timedelta(days=40))
    # What comes after the last checkpoint of a month is signed for with the next.
    late = await told(bots, "月底之前", "late")
    clock.move(timedelta(days=-12))
    await work_off(office)
    clock.move(timedelta(days=12))
    after = await told(bots, "又一个月", "after")
    await work_off(office)
    await ours.sign()
    for number, words in zip(numbers, range(7), strict=True):
        code, said = check(await bots.proof(number, CHAT))
        assert code == 0, said
        assert f"第 {words} 个" in said
    for number in (late, after):
        code, said = check(await bots.proof(number, CHAT))
        assert code == 0, said
    assert check(early, early.root)[0] == 0
    assert check(early, "00" * 32)[0] != 0
    with pytest.raises(Forbidden):
        await client("ivr").proof(numbers[0], CHAT)


def resized(proof: LogProof, size: int) -> str:
    lines = proof.signed.split("\n")
    return "\n".join((lines[0], str(size), *lines[2:]))


def rerooted(proof: LogProof) -> str:
    lines = proof.signed.split("\n")
    return "\n".join((*lines[:2], "A" * 43 + "=", *lines[3:]))


async def test_nothing_of_a_proof_can_be_another(
    app: Application, office: AppContext, client: MakeClient, check: Check
) -> None:
    bots = client("bots")
    numbers = [await told(bots, f"第 {turn} 个", f"k{turn}") for turn in range(5)]
    await work_off(office)
    await keeper(app, office).sign()
    proof = await bots.proof(numbers[2], CHAT)
    other = await bots.proof(numbers[3], CHAT)
    for wrong in (
        replace(proof, payload=proof.payload.replace("第 2 个", "第 9 个")),
        replace(proof, salt=other.salt),
        replace(proof, salt="", payload='{"note": "what nobody said"}'),
        replace(proof, entry=proof.entry.replace("report", "repork")),
        replace(proof, entry=other.entry),
        replace(proof, index=other.index),
        replace(proof, index=proof.index + 2 * 2 ** len(proof.path)),
        replace(proof, size=proof.size + 1),
        replace(proof, path=proof.path[1:]),
        replace(proof, path=(*proof.path, "00" * 32)),
        replace(proof, path=("00" * 32, *proof.path[1:])),
        replace(proof, signed=resized(proof, proof.size + 1)),
        replace(proof, signed=rerooted(proof)),
    ):
        code, said = check(wrong)
        assert code != 0, said


async def test_a_proof_of_what_was_erased_tells_nothing_and_holds(
    app: Application, office: AppContext, client: MakeClient, check: Check
) -> None:
    bots = client("bots")
    number = await told(bots, "一句要删除的话", "k")
    await work_off(office)
    await keeper(app, office).sign()
    before = await bots.proof(number, CHAT)
    async with office.store.connect() as connection:
        case = (await connection.execute(text("SELECT case_id FROM step"))).scalar_one()
    await erased(office, case)
    proof = await bots.proof(number, CHAT)
    assert (proof.salt, proof.payload) == ("", "")
    code, said = check(proof)
    assert (code, "(erased or left out)" in said) == (0, True), said
    assert check(before)[0] == 0


async def test_a_log_that_has_lost_hashes_proves_nothing_and_says_so(
    app: Application, office: AppContext, client: MakeClient, sign_in: SignIn
) -> None:
    bots = client("bots")
    numbers = [await told(bots, f"第 {turn} 个", f"k{turn}") for turn in range(9)]
    await work_off(office)
    await keeper(app, office).sign()
    await bots.proof(numbers[-1], CHAT)
    await sql(office.store, "DELETE FROM log_node")
    with pytest.raises(Unavailable, match="2026-11 5/0") as damaged:
        await bots.proof(numbers[-1], CHAT)
    assert damaged.value.code == "log_damaged"
    acceptor = await sign_in("acceptor1")
    status, said = await acceptor.ask("GET", f"/api/cases/{numbers[-1]}/proof")
    assert (status, said["code"], "2026-11 " in said["message"]) == (503, "log_damaged", True)
    # Nobody is told to have taken what they did not get.
    auditor = await sign_in("auditor")
    assert (await auditor.get("/api/audit?what=proof_given"))["items"] == []


_OTHERS = (
    "INSERT INTO report (id, case_id, channel, key, said_at, received_at, language, text, "
    "place_text) SELECT gen_random_uuid(), case_id, channel, 'else/' || no, said_at, received_at, "
    "language, '别人的话', '' FROM report, generate_series({first}, {last}) AS no"
    " WHERE key NOT LIKE 'else/%'"
)


async def test_all_of_a_long_case_is_proved_by_as_many_queries_as_of_a_short_one(
    app: Application,
    office: AppContext,
    sign_in: SignIn,
    check: Check,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    acceptor, path = await sign_in("acceptor1"), f"/api/cases/{number}/proof"
    # A month before and one after, so that it is looked for in two trees.
    await sql(office.store, _OTHERS.format(first=1, last=3))
    await work_off(office)
    clock.move(timedelta(days=31))
    await sql(office.store, _OTHERS.format(first=4, last=6))
    await work_off(office)
    await keeper(app, office).sign()
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    acceptor = await sign_in("acceptor1")
    event.listen(office.store.engine.sync_engine, "before_cursor_execute", note)
    try:
        short = convert(await acceptor.get(path), CaseProof)
        few = len(asked)
        await sql(office.store, _OTHERS.format(first=7, last=320))
        await work_off(office)
        clock.move(timedelta(minutes=6))
        told = convert(await acceptor.get(path), CaseProof)
        # What is not signed yet is not there, and it is said that there is more.
        assert (len(told.entries), told.left_out) == (len(short.entries), 2 * 314)
        await keeper(app, office).sign()
        asked.clear()
        long = convert(await acceptor.get(path), CaseProof)
        assert len(asked) == few
    finally:
        event.remove(office.store.engine.sync_engine, "before_cursor_execute", note)
    assert (len(short.entries), short.left_out) == (15, 0)
    assert (len(long.entries), long.left_out) == (15 + 2 * 314, 0)
    code, said = check(long)
    assert (code, len(said.split("root ")) - 1, "further" in said) == (0, 643, False), said
    monkeypatch.setattr(case_proof, "MOST", 20)
    cut = convert(await acceptor.get(path), CaseProof)
    assert (cut.entries, cut.left_out) == (long.entries[:20], 623)
    code, said = check(cut)
    assert (code, "623 further entries" in said) == (0, True), said


async def test_who_called_gets_the_proof_at_the_counter(
    app: Application, office: AppContext, sign_in: SignIn, check: Check
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    path = f"/api/cases/{number}/proof"
    acceptor = await sign_in("acceptor1")
    assert (await acceptor.ask("GET", path))[0] == 422, "not signed yet"
    move = {"action": "ask_verify", "version": 1, "key": "once-only"}
    asked = {**move, "given": {"collector": "collector01"}}
    page = await acceptor.get(f"/api/cases/{number}")
    asked["version"] = page["case"]["version"]
    code, told = await acceptor.ask("POST", f"/api/cases/{number}/act", json=asked)
    assert code == 200, told
    await work_off(office)
    await keeper(app, office).sign()
    proof = convert(await acceptor.get(path), CaseProof)
    code, said = check(proof)
    assert code == 0, said
    assert len(proof.entries) == len(said.split("root ")) - 1 >= 4
    assert "中山东路供水井盖没了" in said
    # What the office has said among themselves, and how the citizen is reached, is no matter of it.
    whole = json.dumps(plain(proof), ensure_ascii=False)
    assert "collector01" not in whole
    assert "contact_id" not in whole
    assert all(one.payload == "" for one in proof.entries if '"kind":"reporter"' in one.entry)
    assert check(proof, proof.entries[0].root)[0] == 0
    wrong = replace(proof.entries[-1], index=0)
    assert check(CaseProof(number, (*proof.entries[:-1], wrong)))[0] != 0
    # It is for who may take the case's file, and it is written down.
    assert (await (await sign_in("water1")).ask("GET", path))[0] == 404
    auditor = await sign_in("auditor")
    rows = (await auditor.get("/api/audit?what=proof_given"))["items"]
    assert [(row["number"], row["person"]) for row in rows] == [(number, "acceptor1")]


async def test_of_a_case_that_several_reported_nobody_gets_the_words_of_others(
    app: Application, office: AppContext, sign_in: SignIn, check: Check
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    await work_off(office)
    await keeper(app, office).sign()
    acceptor, path = await sign_in("acceptor1"), f"/api/cases/{number}/proof"
    alone = convert(await acceptor.get(path), CaseProof)
    assert "中山东路供水井盖没了" in check(alone)[1]
    async with office.store.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO report (id, case_id, channel, key, said_at, received_at, language, text, "
            "place_text) SELECT gen_random_uuid(), case_id, channel, 'else', said_at, received_at, "
            "language, '别人的话', '' FROM report"
        )
    several = convert(await acceptor.get(path), CaseProof)
    assert len(several.entries) == len(alone.entries)
    assert {(one.salt, one.payload) for one in several.entries} == {("", "")}
    assert check(several)[0] == 0


async def test_the_file_on_paper_tells_by_which_root_it_is_held(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    acceptor = await sign_in("acceptor1")

    async def words() -> str:
        async with acceptor.client.get(f"/api/cases/{number}/paper") as answer:
            return words_of(await answer.read()).replace(" ", "").replace("\n", "")

    assert "树根" not in await words()
    await work_off(office)
    await keeper(app, office).sign()
    async with office.store.connect() as connection:
        last = await log_checkpoints.last(connection)
    assert last is not None
    told = await words()
    assert read_checkpoint(last.signed).root in told
    assert "树根" in told
