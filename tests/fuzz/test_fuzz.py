"""A thousand requests of the fuzzer, and whether it would see what it looks for."""

import secrets
from pathlib import Path

import pytest

from tests.fuzz.__main__ import told
from tests.fuzz.attack import attack, path_of
from tests.fuzz.world import world

MANY = 1_000


@pytest.mark.real
async def test_no_request_makes_the_backend_fail(tables: str, tmp_path: Path) -> None:
    seed = secrets.randbelow(10**9)
    async with world(tables, tmp_path / "data") as made:
        found = await attack(made, seed, MANY)
        routes = {f"{one.method} {path_of(one)}" for one in made.app.router.routes()}
    assert told(found, seed) == 0, f"seed {seed}"
    assert set(found.routes) == routes
    # It would be worth nothing if all were refused at the connector.
    assert found.statuses[200] > MANY / 10
    assert found.statuses[400] > MANY / 20
