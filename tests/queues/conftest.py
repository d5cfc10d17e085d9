"""The parts that the queues' one test needs, from the rooms they belong to."""

import pytest

from tests.backend.conftest import clock, office
from tests.bots.conftest import stage
from tests.ivr.conftest import connector

# A good item must be done in it on a loaded machine too.
HANGS_S = 2.0

__all__ = ["clock", "connector", "office", "stage"]


@pytest.fixture
def answer_s() -> float:
    """A connector whose backend hangs waits for it no longer than the test needs."""
    return HANGS_S
