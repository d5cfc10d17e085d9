"""The parts that the queues' one test needs, from the rooms they belong to."""

from tests.backend.conftest import clock, office
from tests.bots.conftest import stage
from tests.ivr.conftest import door

__all__ = ["clock", "door", "office", "stage"]
