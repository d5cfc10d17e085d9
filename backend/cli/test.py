"""`hotline test`: this project's own tests."""

from backend.cli.command import Command, CommandContext
from backend.cli.programs import run_module


def run(given: CommandContext) -> int:
    """Run `pytest` with whatever was said behind the command."""
    return run_module("pytest", given)


COMMAND = Command(run, hands_on=True)
