"""The commands of `hotline` as tests run them."""

from collections.abc import Callable

# Gives the code of a command and all that it said, in English.
Run = Callable[..., tuple[int, str]]
