"""The hotline command refuses to start with one clear line, and keeps one hotline a folder."""

import asyncio
import json
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend.__main__ import COMMANDS, command_of, main
from backend.cli import worker
from backend.cli.command import Command, CommandContext
from backend.cli.processes import processes
from backend.demo.past import drawn_photo
from backend.health import Base, Ground, check_exchange
from backend.operations.postgres import embedded
from backend.operations.preflight import (
    NotPossible,
    Port,
    is_running,
    make_tokens,
    only_one,
    ports,
    require_free,
)
from config.sections import HomeSettings, TelegramSettings
from config.settings import ROOT, Settings, load
from hotline.clock import SystemClock
from hotline.health import State
from hotline.words import LANGUAGES, say
from tests.fakes.quick import quick_knowing
from tests.real.stack import free_ports

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load([], {}), home=HomeSettings(data_dir=tmp_path))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with an environment; gives code, output and errors."""
    monkeypatch.setenv("HOTLINE_HOME_DATA_DIR", str(tmp_path))

    def runs(*arguments: str, **environ: str) -> tuple[int, str, str]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        code = main(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return runs


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a city knows is not built for checks that are about something else."""
    monkeypatch.setattr("backend.health.load_knowing", quick_knowing)


def test_an_unknown_setting_stops_every_command(run: Run) -> None:
    code, _, err = run("settings", HOTLINE_WEB_PROT="1")
    assert (code, err) == (2, "hotline: unknown setting HOTLINE_WEB_PROT in the environment\n")


def test_secrets_are_not_among_the_settings_that_are_shown(run: Run) -> None:
    code, out, _ = run("settings", HOTLINE_TELEGRAM_TOKEN="12:hidden")
    assert code == 0
    assert "telegram.token = (secret)" in out
    assert "hidden" not in out


def test_a_port_in_use_is_named_with_its_setting(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", HOTLINE_WEB_PORT=str(port))
    assert (code, err) == (2, f"hotline: web.port: 127.0.0.1:{port} is in use or not ours\n")


def test_a_database_that_is_not_there_is_named_without_its_password(run: Run) -> None:
    url = "postgresql://hotline:hidden@127.0.0.1:1/hotline"
    code, _, err = run("migrate", HOTLINE_DATABASE_URL=url)
    assert code == 2
    assert err.startswith("hotline: database.url: the database cannot be reached")
    assert err.count("\n") == 1
    assert "hidden" not in err


def test_a_call_without_a_running_hotline_says_how_to_start_one(run: Run) -> None:
    code, _, err = run("call")
    assert code == 2
    assert "make demo" in err


def test_a_folder_has_one_hotline(settings: Settings) -> None:
    assert not is_running(settings)
    with only_one(settings):
        assert is_running(settings)
        with pytest.raises(NotPossible, match="another hotline runs in"), only_one(settings):
            pass
    assert not is_running(settings)


def test_each_connector_gets_a_token_of_its_own_once(settings: Settings) -> None:
    make_tokens(settings)
    files = [settings.tokens_folder / connector for connector in ("ivr", "bots")]
    first = [path.read_text("ascii") for path in files]
    make_tokens(settings)
    assert [path.read_text("ascii") for path in files] == first
    assert first[0] != first[1]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_taken_sip_port_is_seen_although_it_is_udp() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        wanted = Port("phone.sip_port", "127.0.0.1", port, socket.SOCK_DGRAM)
        with pytest.raises(NotPossible, match=rf"phone\.sip_port: 127\.0\.0\.1:{port}"):
            require_free([wanted])


def test_processes_are_those_that_the_settings_ask_for(settings: Settings, tmp_path: Path) -> None:
    bare = replace(settings, phone=replace(settings.phone, asterisk_root=tmp_path))
    assert [child.name for child in processes(bare)] == ["postgres", "backup", "backend", "worker"]
    assert {port.setting for port in ports(bare, phone=False)} == {"web.port"}
    starter = tmp_path / "bin" / "asterisk"
    starter.parent.mkdir()
    starter.touch()
    full = replace(
        bare,
        database=replace(bare.database, url="postgresql://elsewhere/hotline"),
        telegram=TelegramSettings(token="1:a", mode="webhook"),
        cast=replace(bare.cast, enabled=True),
    )
    names = [child.name for child in processes(full)]
    assert names == ["backup", "backend", "worker", "asterisk", "ivr", "bots", "cast"]
    assert "telegram.webhook_port" in {port.setting for port in ports(full, phone=True)}


async def test_a_worker_lives_as_long_as_its_own_loop_gives_signs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the database: others give the same there, and one whose clock is wrong none."""
    child = next(one for one in processes(settings) if one.name == "worker")
    (settings.home.data_dir / "log").mkdir()
    assert not await child.alive()
    monkeypatch.setattr("faulthandler.dump_traceback_later", lambda *_, **__: None)
    worker._lives(Path(child.command[-1]))
    assert await child.alive()
    assert not await child.alive()


def test_no_backup_yet_is_no_fault(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "not-yet"
    code, out, _ = run("backup", "--list", "--to", str(folder), LC_ALL="C")
    assert (code, out) == (0, f"There is no backup in {folder}.\n")


def test_the_photo_of_the_past_is_a_png() -> None:
    assert drawn_photo().startswith(b"\x89PNG\r\n\x1a\n")


def test_every_command_is_there(run: Run) -> None:
    assert all(isinstance(command_of(name), Command) for name in COMMANDS)


def test_what_is_said_behind_test_and_bench_is_handed_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def record(module: str, given: CommandContext) -> int:
        asked.append([module, *given.options.rest])
        return 0

    monkeypatch.setattr("backend.cli.test.run_module", record)
    assert run("test", "-q", "--co", "tests/config")[0] == 0
    assert asked == [["pytest", "-q", "--co", "tests/config"]]


def test_a_health_check_does_not_load_the_model() -> None:
    program = "import backend.cli.health, backend.cli.demo, sys; print('sklearn' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "False\n"


def test_reports_that_were_refused_are_told_by_the_check(
    run: Run, quick: None, tmp_path: Path
) -> None:
    assert "滞留" not in run("check", LC_ALL="zh_CN.UTF-8")[1]
    stuck = tmp_path / "spool" / "stuck"
    stuck.mkdir(parents=True)
    (stuck / "1790000000-1.json").write_text("{}")
    code, out, _ = run("check", LC_ALL="zh_CN.UTF-8")
    assert code == 2
    assert "✗ 语音上报：有 1 条" in out
    assert "1790000000-1" in out


def test_d7_the_check_leaves_an_older_database_as_it_is(
    run: Run, quick: None, database: str
) -> None:
    _, out, _ = run("check", LC_ALL="C", HOTLINE_DATABASE_URL=database)
    assert "Database: is not there yet" in out
    assert asyncio.run(tables_of(database)) == set()


def test_d7_the_check_changes_no_row(run: Run, quick: None, tables: str) -> None:
    before = asyncio.run(counts_of(tables))
    _, out, _ = run("check", LC_ALL="C", HOTLINE_DATABASE_URL=tables)
    assert "✓ Database: answers" in out
    assert asyncio.run(counts_of(tables)) == before


def test_f16_the_check_refuses_a_city_that_the_start_refuses(run: Run, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(ROOT / "config" / "city" / "demo", city)
    grids = json.loads((city / "grids.geojson").read_text("utf-8"))
    grids["features"][0]["geometry"] = {"type": "Point", "coordinates": [121.5, 29.8]}
    (city / "grids.geojson").write_text(json.dumps(grids), "utf-8")
    code, out, _ = run("check", LC_ALL="C", HOTLINE_HOME_CITY=str(city))
    assert code == 2
    assert "✗ City data: cannot be loaded: " in out


async def tables_of(url: str) -> set[str]:
    """The names of a database's tables."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def counts_of(url: str) -> dict[str, int]:
    """How many rows each table has."""
    names = await tables_of(url)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    counts = {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}
    await connection.close()
    return counts


def test_a_check_that_starts_the_database_takes_itself_for_no_hotline(
    run: Run, settings: Settings
) -> None:
    """It holds the data folder meanwhile, and called an exchange silent that does not run."""
    server = embedded(settings)
    server.start()
    server.stop()
    _, told, _ = run("check", HOTLINE_WEB_PORT=str(free_ports(1)[0]))
    silent = [say("health.exchange_silent", language) for language in LANGUAGES]
    assert any(say("health.exchange", language) in told for language in LANGUAGES)
    assert not any(words in told for words in silent)


@pytest.mark.parametrize(
    ("phone", "missing"),
    [
        ({"sip_host": "0.0.0.0"}, "phone.trunk_from"),
        ({"sip_host": "0.0.0.0", "trunk_from": "0.0.0.0/0"}, "phone.trunk_from"),
        ({"ami_host": "0.0.0.0"}, "phone.ami_from"),
    ],
)
async def test_h3_l7_the_check_says_who_has_not_been_named(
    settings: Settings, phone: dict[str, Any], missing: str
) -> None:
    asked = replace(settings, phone=replace(settings.phone, **phone))
    found = await check_exchange(Ground(asked, SystemClock(), Base(None), is_up=False))
    assert found.state is State.WRONG
    assert missing in str(found.values["reason"])
