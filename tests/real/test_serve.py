"""`hotline serve` as a process: everything comes up, comes back, and ends without a rest."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from backend.operations.supervisor import answers_http
from config.settings import ROOT
from hotline.clock import SystemClock
from tests.real.stack import free_ports

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

CLOCK = SystemClock()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Settings of one test's own: its folder, its ports, no speech."""
    web, sip, agi, ami, http = free_ports(5)
    lines = [
        "[home]",
        f'data_dir = "{tmp_path / "data"}"',
        "[web]",
        f"port = {web}",
        "[phone]",
        f"sip_port = {sip}",
        f"agi_port = {agi}",
        f"ami_port = {ami}",
        f"http_port = {http}",
        "rtp_first = 21000",
        "rtp_last = 21099",
        "[speech]",
        'engine = "none"',
    ]
    path = tmp_path / "own.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def served(own: Path) -> Iterator[subprocess.Popen[str]]:
    """A running `hotline serve`."""
    command = [sys.executable, "-m", "backend", "--config", str(own), "serve"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        if process.poll() is None:
            process.kill()


def children_of(process: subprocess.Popen[str]) -> set[int]:
    """All processes below one, at whatever depth."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("ascii").rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = {process.pid}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process.pid}


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


async def until(true: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await CLOCK.sleep(0.2)


def port_of(own: Path) -> int:
    line = next(li for li in own.read_text("utf-8").splitlines() if li.startswith("port = "))
    return int(line.split()[-1])


def talk(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


async def test_a_killed_process_comes_back_and_ctrl_c_leaves_none(
    own: Path, served: subprocess.Popen[str]
) -> None:
    assert "http://127.0.0.1" in await asyncio.to_thread(talk, served)
    probe = answers_http(f"http://127.0.0.1:{port_of(own)}", "/readyz")
    assert await probe()
    await _a_second_one_refuses(own)
    running = children_of(served)
    killed = [pid for pid in running if "-m backend backend" in command_of(pid)]
    assert len(killed) == 1
    os.kill(killed[0], signal.SIGKILL)

    async def is_back() -> bool:
        again = {pid for pid in children_of(served) if "-m backend backend" in command_of(pid)}
        return bool(again) and not again & set(killed) and await probe()

    await until(is_back, 180)
    running = children_of(served)
    served.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(served.wait, 120) == 0
    assert not [command_of(pid) for pid in running if command_of(pid)]


async def _a_second_one_refuses(own: Path) -> None:
    command = [sys.executable, "-m", "backend", "--config", str(own), "serve"]
    second = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert second.stderr.startswith("hotline: ")
    assert second.stderr.count("\n") == 1


async def test_nothing_outlives_a_killed_supervisor(
    own: Path, served: subprocess.Popen[str]
) -> None:
    assert "http://127.0.0.1" in await asyncio.to_thread(talk, served)
    running = children_of(served)
    served.kill()

    async def all_gone() -> bool:
        return not any(command_of(pid) for pid in running)

    await until(all_gone, 120)
