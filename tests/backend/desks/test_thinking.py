"""L14: words that take too long, fail, or come in crowds hold up no door and nobody behind them."""

import asyncio
import threading

from backend.desks.thinking import MOST_IN_LINE, Thinking


async def test_l14_words_are_understood_one_at_a_time() -> None:
    thinking, most, now = Thinking(longest_s=30.0), 0, 0

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
    thinking, held = Thinking(longest_s=30.0), threading.Event()
    waiting = [asyncio.ensure_future(thinking.of(held.wait)) for _ in range(MOST_IN_LINE)]
    await asyncio.sleep(0)
    assert await thinking.of(lambda: "at once") is None
    held.set()
    assert await asyncio.gather(*waiting) == [True] * MOST_IN_LINE
    assert await thinking.of(lambda: "at once") == "at once"


async def test_l14_words_that_hang_are_left_and_take_no_second_thread() -> None:
    thinking, held = Thinking(longest_s=0.05), threading.Event()
    begun: list[int] = []

    def think(number: int) -> bool:
        begun.append(number)
        return held.wait()

    assert await thinking.of(lambda: think(1)) is None
    assert await thinking.of(lambda: think(2)) is None
    assert begun == [1]
    held.set()
    thinking.longest_s = 30.0
    assert await thinking.of(lambda: "again") == "again"
