"""`hotline bench`: this project's own figures."""

from backend.cli.command import Command, CommandContext
from backend.cli.programs import run_module


def run(given: CommandContext) -> int:
    """Run `tests.bench` with whatever was said behind the command."""
    return run_module("tests.bench", given)


COMMAND = Command(run, hands_on=True)
