"""The costly parts of the backend at a price that tests can pay; each has real tests of its own."""

from functools import cache

from argon2 import PasswordHasher

from backend.city_files import CityFiles
from backend.passwords import Passwords
from config.settings import Settings
from hotline.intake.result import TriageResult
from tests.fakes.knowing import FakeTriageService

_FIGURES = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def quick_hash(password: str) -> str:
    """The hash of a password by figures that take no time."""
    return _FIGURES.hash(password)


def quick_knowing(settings: Settings, files: CityFiles) -> FakeTriageService:
    """Know nothing of a city, at once; what is built from files: tests.knowing."""
    return FakeTriageService(TriageResult())


def quick_passwords() -> Passwords:
    """Passwords that are hashed by figures that take no time; real ones: test_passwords."""
    return Passwords(hasher=_FIGURES, nobody=quick_hash("nobody's"))
