"""Understanding words on a thread of its own, for a limited time that counts from its start."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from backend.desks.office import Office
from hotline.intake.understand import Understanding
from hotline.place.point import Point

LONGEST_S: Final = 5.0


async def thought(
    office: Office, words: str, point: Point | None, *, longest_s: float = LONGEST_S
) -> Understanding:
    """Understand some words; TimeoutError where that takes too long.

    No pool is shared: one whose threads all hang, or are all taken by other work, would let the
    words of everybody else wait for one, and their time run out before they are looked at.
    """
    alone = ThreadPoolExecutor(max_workers=1, thread_name_prefix="understanding")
    running = asyncio.get_running_loop().run_in_executor(
        alone, office.knowing.understand, words, point
    )
    alone.shutdown(wait=False)
    async with asyncio.timeout(longest_s):
        return await asyncio.shield(running)
