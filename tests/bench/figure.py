"""One figure of the bench: measured in pairs with its limit, printed as one JSON line."""

import json
import statistics
import sys
from collections.abc import Awaitable, Callable

PAIRS = 5

Measure = Callable[[], Awaitable[float]]


class BenchFailed(Exception):
    """A figure that could not be measured, or whose measure would not be honest; says why."""


def show(name: str, value: float, unit: str, versus: str, ratio: float | None) -> None:
    """Print a figure; `ratio` is of the limit named in `versus`, taken in the same run."""
    line = {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "versus": versus,
        "ratio": None if ratio is None else round(ratio, 3),
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Tell whoever watches how far we are."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


async def in_pairs(name: str, ours: Measure, limit: Measure, pairs: int = PAIRS) -> "Pairs":
    """Measure ours and the limit in turn; who comes first changes from pair to pair."""
    values, limits = [], []
    for turn in range(pairs):
        if turn % 2:
            value = await ours()
            below = await limit()
        else:
            below = await limit()
            value = await ours()
        note(f"{name}: {value:.0f}/s of {below:.0f}/s, {value / below:.3f}")
        values.append(value)
        limits.append(below)
    return Pairs(values, limits)


class Pairs:
    """What pairs came to."""

    def __init__(self, values: list[float], limits: list[float]):
        ratios = [value / below for value, below in zip(values, limits, strict=True)]
        self.value = statistics.median(values)
        self.limit = statistics.median(limits)
        self.ratio = statistics.median(ratios)
