"""What a subcommand is: a function that runs it, and its arguments."""

import argparse
import os
import pwd
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from hotline.words import say


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a subcommand is given: settings, the files they came from, language and arguments."""

    settings: Settings
    files: list[Path]
    language: str
    options: argparse.Namespace

    def words(self, key: str, **values: object) -> str:
        """Give a sentence of the catalogue in the user's language."""
        return say(key, self.language, **values)

    def tell(self, key: str, **values: object) -> None:
        """Print a sentence of the catalogue to the user."""
        print(self.words(key, **values), flush=True)


def user_here() -> str:
    """Give the user of the machine who does this: no other account is asked for here."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def take_action(part: argparse.ArgumentParser, actions: Collection[str]) -> None:
    """Take one of several things to do, and why it is done."""
    part.add_argument("action", choices=actions, help="what is to be done")
    part.add_argument("--note", default="", help="why, for whoever reads it later")


def no_arguments(part: argparse.ArgumentParser) -> None:
    """Take no arguments."""


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand; `demo` puts the demo's settings before all others.

    With `hands_on` nothing is parsed: `options.rest` is all that was said behind the command.
    """

    run: Callable[[CommandContext], int]
    arguments: Callable[[argparse.ArgumentParser], None] = no_arguments
    demo: bool = False
    hands_on: bool = False
