"""`hotline test` and `hotline bench`: this project's own tests and figures."""

import argparse
import subprocess
import sys

from backend.cli.command import Command, Given
from config.settings import ROOT


def arguments(part: argparse.ArgumentParser) -> None:
    """Take whatever the program behind takes."""
    part.add_argument("rest", nargs=argparse.REMAINDER, help="handed on")


def run_tests(given: Given) -> int:
    """Run the tests."""
    return _run("pytest", given)


def run_bench(given: Given) -> int:
    """Measure, one JSON line a figure."""
    return _run("tests.bench", given)


def _run(module: str, given: Given) -> int:
    command = [sys.executable, "-m", module, *given.options.rest]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


TEST = Command("run the tests", run_tests, arguments)
BENCH = Command("print the figures, one JSON line each", run_bench, arguments)
