"""Passwords: what fits, what does not, and what a printed one looks like."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from backend.passwords import ALPHABET, NOBODY, Passwords, random_password


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_only_the_password_fits(passwords: Passwords) -> None:
    stored = await passwords.hash("kx7m-p3vq")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(stored, "kx7m-p3vq")
    assert not await passwords.verify(stored, "kx7m-p3vr")
    assert not await passwords.verify(stored, "")


async def test_nobody_has_no_password(passwords: Passwords) -> None:
    assert not await passwords.verify(None, "")
    assert not await passwords.verify(None, "anything")
    assert not passwords.is_stale(NOBODY)  # else it would be refused faster than a real one


async def test_a_damaged_hash_fits_nothing(passwords: Passwords) -> None:
    assert not await passwords.verify("$argon2id$broken", "x")
    assert not await passwords.verify("plain", "plain")


async def test_the_same_letters_from_another_keyboard_fit(passwords: Passwords) -> None:
    stored = await passwords.hash("caf\u00e9")
    assert await passwords.verify(stored, "cafe\u0301")


async def test_a_long_password_is_not_cut_to_a_short_one(passwords: Passwords) -> None:
    stored = await passwords.hash("a" * 256)
    assert not await passwords.verify(stored, "a" * 257)


def test_a_hash_of_older_figures_is_stale(passwords: Passwords) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("x")
    assert passwords.is_stale(older)


def test_printed_passwords_are_readable_and_differ() -> None:
    drawn = {random_password() for _ in range(50)}
    assert len(drawn) == 50
    assert all(set(one) <= {*ALPHABET, "-"} and len(one) == 14 for one in drawn)
