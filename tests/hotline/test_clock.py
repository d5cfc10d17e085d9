"""Waiting for an event."""

import asyncio

from hotline.clock import pause


async def test_a_cancellation_that_comes_as_the_event_is_set_is_not_swallowed() -> None:
    """A loop that went on after it kept a stopping process alive until it was killed."""
    woken = asyncio.Event()

    async def loop() -> None:
        while True:
            woken.clear()
            await pause(woken, 5)

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    woken.set()
    await asyncio.sleep(0)  # the waiter inside is done, whoever waits for it has not gone on yet
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=2)
    assert done
    assert task.cancelled()


async def test_a_pause_ends_with_the_event_or_the_time() -> None:
    woken = asyncio.Event()
    async with asyncio.timeout(2):
        await pause(woken, 0.01)
        woken.set()
        await pause(woken, 60)
