"""The supervisor keeps its children, and leaves none behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from backend.operations.supervisor import (
    Child,
    NotReady,
    Supervisor,
    answers_http,
    answers_tcp,
    backoff,
    touches,
)
from config.logs import MAX_BYTES
from hotline.clock import SystemClock

pytestmark = pytest.mark.slow

SLEEPER = ["sleep", "60"]


def make_supervisor(logs: Path, told: list[tuple[str, str]] | None = None) -> Supervisor:
    notes = [] if told is None else told
    return Supervisor(logs, os.environ, SystemClock(), lambda *what: notes.append(what))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


async def never() -> bool:
    return False


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    supervisor = make_supervisor(tmp_path)
    await supervisor.start(Child("sleeper", SLEEPER))
    first = supervisor.pid("sleeper")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pid("sleeper") not in {None, first})
    await supervisor.stop()
    assert supervisor.pid("sleeper") is None


def test_a_child_that_keeps_dying_waits_longer_each_time() -> None:
    assert list(islice(backoff(), 8)) == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


async def test_a_child_that_cannot_run_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    supervisor = make_supervisor(tmp_path)
    child = Child("broken", ["sh", "-c", "echo no such city; exit 2"], ready=never)
    with pytest.raises(NotReady, match="broken is not ready: no such city"):
        await supervisor.start(child)
    await supervisor.stop()


async def test_stopping_ends_the_whole_group_of_a_child_that_will_not(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"
    supervisor = make_supervisor(tmp_path)
    await supervisor.start(Child("stubborn", ["sh", "-c", stubborn], grace_s=0.2))
    log = tmp_path / "stubborn.log"
    await until(lambda: log.read_text().strip() != "")
    grandchild = int(log.read_text().split()[0])
    pid = supervisor.pid("stubborn")
    await supervisor.stop()
    assert pid is not None
    await until(lambda: not alive(pid) and not alive(grandchild))


async def test_a_child_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    answers = True

    async def alive() -> bool:
        return answers

    supervisor = make_supervisor(tmp_path)
    await supervisor.start(Child("sleeper", SLEEPER, alive=alive, hung_s=0.2))
    first = supervisor.pid("sleeper")
    await asyncio.sleep(0.5)
    assert supervisor.pid("sleeper") == first
    answers = False
    await until(lambda: supervisor.pid("sleeper") not in {None, first})
    await supervisor.stop()


async def test_a_child_without_a_port_that_touches_its_file_no_more_is_started_anew(
    tmp_path: Path,
) -> None:
    sign = tmp_path / "sign"
    turns = ["sh", "-c", f"while :; do touch '{sign}'; sleep 0.05; done"]
    child = Child("turner", turns, alive=touches(sign), hung_s=1.0)
    supervisor = make_supervisor(tmp_path)
    await supervisor.start(child)
    await until(sign.exists)
    first = supervisor.pid("turner")
    assert first is not None
    await asyncio.sleep(2.0)
    assert supervisor.pid("turner") == first, "one that lives is left alone"
    os.kill(first, signal.SIGSTOP)
    await until(lambda: supervisor.pid("turner") not in {None, first})
    await supervisor.stop()


async def test_a_file_is_touched_by_no_clock(tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    lives = touches(sign)
    assert not await lives()
    sign.touch()
    assert await lives()
    assert not await lives()
    os.utime(sign, (1, 1))
    assert await lives(), "a clock that is set back leaves it alive"


async def test_a_child_that_says_too_much_fills_no_disk(tmp_path: Path) -> None:
    supervisor = make_supervisor(tmp_path)
    spoken = MAX_BYTES + 1_000_000
    talker = ["sh", "-c", f"head -c {spoken} /dev/zero; exec sleep 60"]
    log = tmp_path / "talker.log"
    await supervisor.start(Child("talker", talker, hung_s=0.2))
    await until(lambda: log.stat().st_size == MAX_BYTES // 2)
    await supervisor.stop()


async def test_a_child_that_starts_anew_is_given_the_time_of_a_start(tmp_path: Path) -> None:
    async def alive() -> bool:
        return supervisor.pid("slow") == first

    supervisor = make_supervisor(tmp_path)
    await supervisor.start(Child("slow", SLEEPER, alive=alive, hung_s=0.2, ready_s=30))
    first = supervisor.pid("slow")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pid("slow") not in {None, first})
    second = supervisor.pid("slow")
    await asyncio.sleep(0.8)
    assert supervisor.pid("slow") == second
    await supervisor.stop()


async def test_a_port_whose_process_hangs_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:
        assert not await answers_tcp("127.0.0.1", hung.getsockname()[1], within_s=0.2)()


async def test_children_stop_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    supervisor = make_supervisor(tmp_path, told)
    for name in ("database", "backend", "connector"):
        await supervisor.start(Child(name, SLEEPER))
    await supervisor.stop()
    assert [n for n, what in told if what == "stopped"] == ["connector", "backend", "database"]


async def test_a_child_that_never_answers_is_named_with_its_log(tmp_path: Path) -> None:
    supervisor = make_supervisor(tmp_path)
    with pytest.raises(NotReady, match=r"mute is not ready .*mute\.log"):
        await supervisor.start(Child("mute", SLEEPER, ready=never, ready_s=0.2))
    await supervisor.stop()


async def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import asyncio, os, sys
        from pathlib import Path
        from backend.operations.supervisor import Child, Supervisor
        from hotline.clock import SystemClock
        def print_nothing(name, what):
            pass
        async def main():
            supervisor = Supervisor(Path(sys.argv[1]), os.environ, SystemClock(), print_nothing)
            await supervisor.start(Child("sleeper", ["sleep", "60"]))
            print(supervisor.pid("sleeper"), flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    await until(lambda: not alive(child))


async def test_a_probe_tells_an_answer_from_silence() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        writer.write(
            b"HTTP/1.0 200 OK\r\n\r\n" if b"/healthz" in line else b"HTTP/1.0 503 No\r\n\r\n"
        )
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await answers_http(f"http://127.0.0.1:{port}", "/healthz")()
    assert not await answers_http(f"http://127.0.0.1:{port}", "/readyz")()
    assert await answers_tcp("127.0.0.1", port)()
    server.close()
    await server.wait_closed()
    assert not await answers_tcp("127.0.0.1", port)()
