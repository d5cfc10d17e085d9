"""Fixtures of the message connectors."""

import pytest

from tests.bots.stage import Stage


@pytest.fixture
async def stage() -> Stage:
    """A bot that is signed in, on a fresh backend."""
    made = Stage()
    await made.bot.initialize()
    return made
