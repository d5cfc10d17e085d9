"""`hotline reset-password`: give an account a new password."""

import argparse
import asyncio

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.desks.accounts import reset_password
from backend.passwords import Passwords
from hotline.clock import SystemClock


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the account's name."""
    part.add_argument("username")
    part.add_argument(
        "--second-factor", action="store_true", help="take the second factor away, too"
    )


def run(given: CommandContext) -> int:
    """Print the new password; every session and chat of the account ends."""
    password = asyncio.run(_reset(given))
    given.tell("demo.password", username=given.options.username, password=password)
    return 0


async def _reset(given: CommandContext) -> str:
    async with opened(given.settings) as store:
        username = str(given.options.username)
        people = given.settings.people
        return await reset_password(
            *(store, SystemClock(), Passwords(), people, username),
            drop_factor=bool(given.options.second_factor),
        )


COMMAND = Command(run, arguments)
