"""A figure is the middle of pairs, and no side is always measured first."""

import json

import pytest

from tests.bench.figure import in_pairs, show


async def test_the_ratio_is_the_middle_of_the_pairs_and_not_of_the_medians() -> None:
    values, limits = iter([10.0, 40.0, 90.0]), iter([100.0, 200.0, 100.0])

    async def ours() -> float:
        return next(values)

    async def limit() -> float:
        return next(limits)

    pairs = await in_pairs("figure", ours, limit, pairs=3)
    assert (pairs.value, pairs.limit, pairs.ratio) == (40.0, 100.0, 0.2)


async def test_who_is_measured_first_changes_from_pair_to_pair() -> None:
    order = []

    async def ours() -> float:
        order.append("ours")
        return 1.0

    async def limit() -> float:
        order.append("limit")
        return 1.0

    await in_pairs("figure", ours, limit, pairs=2)
    assert order == ["limit", "ours", "ours", "limit"]


def test_a_figure_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    show("intake_desk", 1234.56789, "1/s", "pgbench", 0.45678)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "name": "intake_desk",
        "value": 1234.5679,
        "unit": "1/s",
        "versus": "pgbench",
        "ratio": 0.457,
    }
