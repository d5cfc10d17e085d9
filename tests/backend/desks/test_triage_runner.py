"""L14: words that take too long, fail, or come in crowds hold up nobody."""

import asyncio
import subprocess
import sys
import threading
from functools import partial

from backend.desks.triage_runner import MAX_IN_LINE, MAX_LEFT, TriageRunner


async def test_l14_words_are_understood_one_at_a_time() -> None:
    thinking, most, now = TriageRunner(longest_s=30.0), 0, 0

    def think() -> int:
        nonlocal most, now
        now += 1
        most = max(most, now)
        threading.Event().wait(0.01)
        now -= 1
        return 1

    assert await asyncio.gather(*(thinking.of(think) for _ in range(5))) == [1] * 5
    assert most == 1


async def test_l14_a_crowd_gets_no_longer_line_than_so_many() -> None:
    thinking, held = TriageRunner(longest_s=30.0), threading.Event()
    waiting = [asyncio.ensure_future(thinking.of(held.wait)) for _ in range(MAX_IN_LINE)]
    await asyncio.sleep(0)
    assert await thinking.of(lambda: "at once") is None
    held.set()
    assert await asyncio.gather(*waiting) == [True] * MAX_IN_LINE
    assert await thinking.of(lambda: "at once") == "at once"


async def test_l14_words_that_hang_keep_no_turn_and_take_few_threads() -> None:
    """One text that hung kept the connectors' only thread: no words were understood ever after."""
    thinking, held = TriageRunner(longest_s=0.02), threading.Event()
    begun: list[int] = []

    def think(number: int) -> bool:
        begun.append(number)
        return held.wait()

    assert await thinking.of(lambda: think(-1)) is None
    thinking.longest_s = 30.0
    assert await thinking.of(lambda: "behind it") == "behind it"
    thinking.longest_s = 0.02
    for number in range(MAX_LEFT + 1):
        assert await thinking.of(partial(think, number)) is None
    assert begun == [-1, *range(MAX_LEFT - 1)]
    held.set()
    for thread in thinking.left:
        thread.join(10)
    thinking.longest_s = 30.0
    assert await thinking.of(lambda: "again") == "again"


async def test_l14_words_that_turn_in_a_circle_are_ended() -> None:
    thinking = TriageRunner(longest_s=0.02)

    def circle() -> int:
        while True:
            pass

    assert await thinking.of(circle) is None
    (left,) = thinking.left
    left.join(10)
    assert not left.is_alive()


def test_words_that_hang_hold_up_no_end_of_the_process() -> None:
    """The interpreter waits for the threads of pools: a restart took until it was killed."""
    script = (
        "import asyncio, threading\n"
        "from backend.desks.triage_runner import TriageRunner\n"
        "print(asyncio.run(TriageRunner(longest_s=0.02).of(threading.Event().wait)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (0, b"None\n")
