"""Passwords: argon2id with OWASP's figures, in few threads so that logins eat no machine."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hotline.errors import Invalid

# No 0/o, 1/l/i: a printed password is read by people.
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
GROUP: Final = 4
MAX_LENGTH: Final = 256
# Fewer different characters, or steps to one that is no neighbour of the last, are a pattern.
MIN_KINDS: Final = 5
MIN_TURNS: Final = 4
T = TypeVar("T")
# The hash of a password that was thrown away: a name without an account takes as long to refuse.
NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "QTGobS+XrhdPbxSirl9SIQ$8XtOHe3xKsQ2Cg1hn4eSCZRCfMcaTLWQ2qeElfUeRE0"
)
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    """Hashes and checks passwords; at most `threads` at a time, the others wait their turn.

    `nobody` is a hash with the figures of `hasher`, which no password fits.
    """

    def __init__(
        self, threads: int = 2, hasher: PasswordHasher = HASHER, nobody: str = NOBODY
    ) -> None:
        self._hasher = hasher
        self._nobody = nobody
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        """Give the text to store for a password."""
        return await self._run(self._hasher.hash, _normal(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits; with no account (None) it takes as long and says no."""
        fits = await self._run(self._fits, stored or self._nobody, _normal(password))
        return fits and stored is not None

    def is_stale(self, stored: str) -> bool:
        """Tell whether a hash was made with other figures than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *given: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)


def random_password(length: int = 12) -> str:
    """Give a random password that can be read aloud: groups of four with dashes."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return "-".join(drawn[start : start + GROUP] for start in range(0, length, GROUP))


def check_new(field: str, password: str, least: int, username: str) -> None:
    """Refuse a password that is easily guessed; Invalid says by which part of the rule.

    `least` characters, no more than are hashed, not the username, no repetition or sequence.
    """
    text = _normal(password)
    if len(text) < least:
        raise Invalid(field, "too short", code="short_password", least=least)
    if len(text) > MAX_LENGTH:
        raise Invalid(field, "too long", code="long_password", most=MAX_LENGTH)
    turns = sum(abs(ord(one) - ord(next_one)) > 1 for one, next_one in pairwise(text))
    plain = len(set(text)) < MIN_KINDS or turns < MIN_TURNS
    if plain or username.lower() in text.lower():
        raise Invalid(field, "easily guessed", code="plain_password")


def _normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFC", password[: MAX_LENGTH + 1])
