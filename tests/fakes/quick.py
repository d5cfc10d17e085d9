"""The costly parts of the backend at a price that tests can pay; each has real tests of its own."""

from functools import cache

from argon2 import PasswordHasher

from backend.passwords import Passwords

_FIGURES = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def quick_hash(password: str) -> str:
    """The hash of a password by figures that take no time."""
    return _FIGURES.hash(password)


def quick_passwords() -> Passwords:
    """Passwords that are hashed by figures that take no time; real ones: test_passwords."""
    return Passwords(hasher=_FIGURES, nobody=quick_hash("nobody's"))
