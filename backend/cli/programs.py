"""Running a program of this project that is no part of the product."""

import subprocess
import sys

from backend.cli.command import CommandContext
from config.settings import ROOT


def run_module(module: str, given: CommandContext) -> int:
    """Run a module; gives its exit code."""
    command = [sys.executable, "-m", module, *given.options.rest]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
