"""A witness sees the log grow, over months and after a week away, and refuses a rewritten one."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web import Application

from backend.api.keys import SETTINGS
from backend.desks.context import AppContext
from backend.jobs.log_keeper import LogKeeper, Signing
from backend.operations.preflight import NotPossible, log_signer
from backend.store import log_checkpoints
from backend.store.record_check import Differs, RecordCheck, RecordFound
from backend.witness import KeptLine, WitnessClient, WitnessFile, look
from hotline.clock import FixedClock
from hotline.errors import Forbidden, Invalid, NotFound, Refused, Unauthorised, Unavailable
from hotline.record.checkpoint import Checkpoint, Signer
from hotline.record.growth import LogGrown, LogMonth, LogSeen, LogWitnessed, judge
from hotline.record.log_entry import LogDamaged
from hotline.wire import encode
from tests.backend.api.conftest import TOKENS
from tests.backend.store.test_record_log import ALL_DUE, asked, report, sql, work_off
from tests.sources import ROOT

pytestmark = pytest.mark.slow

EVERY = timedelta(minutes=5)
TABLES = ("log_entry", "log_node", "log_segment", "log_checkpoint", "log_due")


@pytest.fixture
async def witness(server: TestServer) -> AsyncIterator[WitnessClient]:
    """A witness's way in."""
    client = WitnessClient(str(server.make_url("/")), TOKENS["witness"], timeout_seconds=30)
    yield client
    await client.close()


@pytest.fixture
def file(tmp_path: Path) -> WitnessFile:
    return WitnessFile(tmp_path / "elsewhere.jsonl")


@pytest.fixture
def keeper(app: Application, office: AppContext) -> LogKeeper:
    return LogKeeper(office.store, office.clock, Signing(log_signer(app[SETTINGS]), EVERY))


@dataclass(frozen=True, slots=True)
class LogWatch:
    """A log that grows, and who watches it from elsewhere."""

    office: AppContext
    keeper: LogKeeper
    client: WitnessClient
    file: WitnessFile

    async def go_on(self, key: str, many: int = 3) -> None:
        await go_on(self.office, self.keeper, key, many)

    async def look(self) -> Checkpoint:
        return await look(self.client, self.file, self.file.signer("auditor"))

    async def check(self, *seen: Checkpoint) -> RecordFound:
        assert self.keeper.signing is not None
        return await RecordCheck(self.office.store, self.keeper.signing.signer.public, seen).run()


@pytest.fixture
def watch(
    office: AppContext, keeper: LogKeeper, witness: WitnessClient, file: WitnessFile
) -> LogWatch:
    return LogWatch(office, keeper, witness, file)


async def go_on(office: AppContext, keeper: LogKeeper, key: str, many: int = 3) -> None:
    for turn in range(many):
        await report(office, f"{key}/{turn}")
    await work_off(office)
    await keeper.sign()


async def test_it_sees_the_log_grow_and_keeps_what_it_saw(
    watch: LogWatch, clock: FixedClock
) -> None:
    with pytest.raises(NotFound):
        await watch.look()
    sizes = []
    # Minutes, a week away, and a month and a half in which it looked at nothing.
    for turn, away in enumerate((0, 6, 0, 7 * 1440, 45 * 1440, 3 * 45 * 1440)):
        for _ in range(1 + away // (45 * 1440)):
            clock.move(timedelta(minutes=min(away, 45 * 1440)))
            await watch.go_on(f"{turn}/{clock.now()}", 1 + turn * 7)
        sizes.append((await watch.look()).size)
    assert sizes[0] == 5
    file = watch.file
    months = [one.month for one in file.seen()]
    assert months == ["2026-11", "2026-11", "2026-11", "2027-02", "2027-08"]
    assert file.key.stat().st_mode & 0o777 == file.path.stat().st_mode & 0o777 == 0o600
    async with watch.office.store.connect() as connection:
        assert await log_checkpoints.last_witnessed(connection) == clock.now()
    assert (await watch.check(*file.seen())).months == 7


async def test_it_refuses_a_log_that_was_rewritten(watch: LogWatch, clock: FixedClock) -> None:
    await watch.go_on("one", 20)
    await watch.look()
    await sql(
        watch.office.store,
        "UPDATE step SET changes = jsonb_set(changes, '{text}', '\"一切正常\"')",
        "UPDATE cases SET text = '一切正常'",
        "DELETE FROM log_witness",
        *(f"DELETE FROM {one}" for one in TABLES),
        *ALL_DUE,
    )
    for again in range(2):
        with pytest.raises((Refused, NotFound), match=r"there|grow"):
            await watch.look()
        clock.move(EVERY)
        await watch.go_on(f"{again}", 30)
    await watch.check()
    with pytest.raises(Differs, match="witnessed"):
        await watch.check(*watch.file.seen())
    assert len(watch.file.seen()) == 1


async def test_it_refuses_another_key_and_a_shorter_log(
    app: Application, watch: LogWatch, clock: FixedClock
) -> None:
    await watch.go_on("one")
    await watch.look()
    clock.move(EVERY)
    await watch.go_on("two")
    await watch.look()
    # A backup was brought back that is older than what it saw.
    await sql(watch.office.store, "DELETE FROM log_checkpoint WHERE size > 13")
    with pytest.raises(Refused, match="nothing leads there"):
        await watch.look()
    key = app[SETTINGS].log_key_file
    key.write_text("ab" * 32)
    clock.move(EVERY)
    signing = Signing(log_signer(app[SETTINGS]), EVERY)
    await LogKeeper(watch.office.store, clock, signing).sign()
    with pytest.raises(Refused, match="another key"):
        await watch.look()


@pytest.mark.parametrize(
    ("lost", "what", "named"),
    [
        ("DELETE FROM log_node", "node", r"2026-11 \d+/\d+"),
        ("DELETE FROM log_node WHERE level = 5 AND place = 0", "node", "2026-11 5/0"),
        ("DELETE FROM log_entry WHERE seq >= 96", "shorter_than_signed", r"2026-11 \d+/\d+"),
    ],
)
async def test_a_log_that_has_lost_hashes_says_so_and_is_looked_at_again(
    watch: LogWatch, clock: FixedClock, lost: str, what: str, named: str
) -> None:
    # 48 entries, and then 104: of either a subtree of 32 is asked for.
    await watch.go_on("one", 12)
    before = await watch.look()
    assert before.size == 49
    clock.move(EVERY)
    await watch.go_on("two", 14)
    store = watch.office.store
    await sql(
        store,
        *(f"CREATE TABLE kept_{one} AS SELECT * FROM {one}" for one in ("log_node", "log_entry")),
        lost,
    )
    for _ in range(2):
        with pytest.raises(Unavailable, match=named) as damaged:
            await watch.look()
        assert damaged.value.code == "log_damaged"
    with pytest.raises(Differs, match=f"^{what}: "):
        await watch.check()
    # Nothing was kept of it, and nothing is held against the office once it is whole again.
    assert watch.file.seen() == [before]
    await sql(
        store,
        *(f"INSERT INTO {one} SELECT * FROM kept_{one} ON CONFLICT DO NOTHING"
          for one in ("log_node", "log_entry")),
        "DROP TABLE kept_log_node, kept_log_entry",
    )  # fmt: skip
    assert (await watch.look()).size > before.size
    await watch.check(*watch.file.seen())


async def test_nothing_is_added_to_a_log_that_has_lost_hashes(watch: LogWatch) -> None:
    await watch.go_on("one", 12)
    await sql(watch.office.store, "DELETE FROM log_node")
    await report(watch.office, "two")
    with pytest.raises(LogDamaged):
        await watch.keeper.append()
    rows = await asked(watch.office.store, "SELECT count(*), max(seq) FROM log_entry")
    assert rows == [(49, 48)]


async def test_nobody_else_asks_and_what_is_not_signed_is_not_taken(
    office: AppContext,
    keeper: LogKeeper,
    server: TestServer,
    witness: WitnessClient,
) -> None:
    await go_on(office, keeper, "one")
    for token, error in ((TOKENS["bots"], Forbidden), ("", Unauthorised), ("x", Unauthorised)):
        other = WitnessClient(str(server.make_url("/")), token, timeout_seconds=30)
        with pytest.raises(error):
            await other.grown(LogSeen())
        await other.close()
    # Its token opens nothing else.
    bare = WitnessClient(str(server.make_url("/")), TOKENS["witness"], timeout_seconds=30)
    with pytest.raises(Forbidden):
        await bare.lease_numbers(1)
    await bare.close()
    grown = await witness.grown(LogSeen())
    signer = Signer("auditor", bytes(32))
    for told in (
        LogWitnessed("auditor", signer.public, grown.signed),
        LogWitnessed("office", signer.public, signer.sign(grown.signed)),
        LogWitnessed("auditor", "00" * 32, signer.sign(grown.signed)),
        LogWitnessed("auditor", signer.public, signer.sign("nothing\n")),
        LogWitnessed("Auditor\n", signer.public, signer.sign(grown.signed)),
        LogWitnessed("auditor", signer.public, "x" * 5_000),
    ):
        with pytest.raises(Invalid):
            await witness.witnessed(told)
    for seen in (
        LogSeen("2026-11", 99),
        LogSeen("2026-11", 0),
        LogSeen("2031-01", 1),
        LogSeen("x", 1),
        LogSeen("2026-10", 1),
    ):
        assert (await witness.grown(seen)).months == ()
    for bad in ({"month": "x" * 99}, {"size": -1}, {"size": 1 << 60}, {"size": "many"}):
        with pytest.raises(Invalid):
            await witness._send("POST", "/connector/log/grown", encode(bad))


async def test_a_name_stays_with_its_key_and_nothing_older_is_taken(
    watch: LogWatch, clock: FixedClock
) -> None:
    await watch.go_on("one")
    old = (await watch.client.grown(LogSeen())).signed
    await watch.look()
    clock.move(EVERY)
    await watch.go_on("two")
    await watch.look()
    own, other = watch.file.signer("auditor"), Signer("auditor", bytes(32))
    new = (await watch.client.grown(LogSeen())).signed
    for signer, signed, why in ((other, new, "another key"), (own, old, "older")):
        with pytest.raises(Invalid, match=why):
            await watch.client.witnessed(
                LogWitnessed("auditor", signer.public, signer.sign(signed))
            )
    await watch.client.witnessed(LogWitnessed("auditor", own.public, own.sign(new)))


async def test_what_an_answer_does_not_prove_is_refused(watch: LogWatch, clock: FixedClock) -> None:
    await watch.go_on("one", 9)
    await watch.look()
    clock.move(timedelta(days=31))
    await watch.go_on("two", 9)
    last = watch.file.last()
    grown = await watch.client.grown(last.asked)
    assert judge(last, grown).month == "2026-12"
    first, second = grown.months

    def told(*months: LogMonth) -> LogGrown:
        return replace(grown, months=months)

    for wrong in (
        told(),
        told(first),
        told(second),
        told(second, first),
        told(first, first, second),
        told(replace(first, growth=(*first.growth, "00" * 32)), second),
        told(replace(first, root="00" * 32), second),
        told(replace(first, size=first.size + 1), second),
        told(first, replace(second, head=second.head.replace("2026-12", "2026-13"))),
        told(first, replace(second, path=())),
        told(first, replace(second, root="zz")),
        told(first, replace(second, head='[]\n{"month"')),
        replace(grown, signed=grown.signed.replace("2026-12", "2026-11")),
        replace(grown, signed=Signer("office", bytes(32)).sign(grown.signed.split("\n\n")[0])),
    ):
        with pytest.raises(Refused):
            judge(last, wrong)


def test_its_file_outlives_a_line_that_was_cut_and_tells_what_is_none(tmp_path: Path) -> None:
    file = WitnessFile(tmp_path / "seen.jsonl")
    signer = file.signer("auditor")
    assert file.signer("auditor") == signer
    point = Checkpoint("hotline/x", "2026-11", 1, "ab" * 32, "now")
    assert file.last().checkpoint is None
    file.add(KeptLine(signer.sign(point.text()), "aa"))
    with file.path.open("ab") as torn:
        torn.write(b'{"signed": "hot')
    assert file.seen() == [point]
    file.add(KeptLine(signer.sign(replace(point, size=2).text()), "aa"))
    assert [one.size for one in file.seen()] == [1, 2]
    file.path.write_bytes(b"\xff\n")
    with pytest.raises(NotPossible, match="no file of a witness"):
        file.seen()
    file.key.write_text("short")
    with pytest.raises(NotPossible, match="no key"):
        file.signer("auditor")


async def test_the_command_looks_once_and_ends_loudly_where_it_refuses(
    office: AppContext, clock: FixedClock, keeper: LogKeeper, server: TestServer, tmp_path: Path
) -> None:
    token, file = tmp_path / "token", tmp_path / "seen.jsonl"
    token.write_text(TOKENS["witness"] + "\n", "ascii")

    async def command() -> tuple[int | None, str]:
        told = ("--file", str(file), "--token-file", str(token), "--name", "auditor")
        ran = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend", "audit", "witness", "--once", *told),
            *("--url", str(server.make_url("/"))),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "LANG": "en_US.UTF-8"},
        )
        said, _ = await ran.communicate()
        return ran.returncode, said.decode()

    await go_on(office, keeper, "one")
    code, said = await command()
    assert (code, "Witnessed: 13 entries of 2026-11" in said) == (0, True), said
    await sql(office.store, *(f"DELETE FROM {one}" for one in TABLES))
    clock.move(EVERY)
    await go_on(office, keeper, "two", 9)
    code, said = await command()
    assert (code, "REFUSED" in said) == (2, True), said
    assert len(WitnessFile(file).seen()) == 1


async def test_the_command_goes_on_looking_at_a_damaged_log_and_says_why(
    office: AppContext, clock: FixedClock, keeper: LogKeeper, server: TestServer, tmp_path: Path
) -> None:
    token, file = tmp_path / "token", tmp_path / "seen.jsonl"
    token.write_text(TOKENS["witness"] + "\n", "ascii")
    await go_on(office, keeper, "one", 12)
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend", "audit", "witness", "--file", str(file)),
        *("--token-file", str(token), "--url", str(server.make_url("/"))),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "LANG": "en_US.UTF-8", "HOTLINE_RECORD_CHECKPOINT_S": "1"},
    )
    assert ran.stdout is not None
    said = ran.stdout

    async def hears(words: str) -> str:
        async for line in said:
            if words in line.decode():
                return line.decode()
        raise AssertionError(f"{words} was never said")

    try:
        async with asyncio.timeout(90):
            await hears("Witnessed: 49 entries")
            await sql(office.store, "CREATE TABLE kept AS SELECT * FROM log_node",
                      "DELETE FROM log_node")  # fmt: skip
            for _ in range(2):
                assert "2026-11 5/0" in await hears("DAMAGED")
            await sql(office.store, "INSERT INTO log_node SELECT * FROM kept",
                      "DROP TABLE kept")  # fmt: skip
            await hears("Witnessed: 49 entries")
            ran.terminate()
            assert await ran.wait() == 0
    finally:
        if ran.returncode is None:
            ran.kill()
            await ran.wait()
    assert len(WitnessFile(file).seen()) == 1
