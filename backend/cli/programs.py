"""Running a program of this project that is no part of the product."""

import subprocess
import sys

from backend.cli.command import Given
from config.settings import ROOT


def run_module(module: str, given: Given) -> int:
    """Run a module; gives its exit code."""
    command = [sys.executable, "-m", module, *given.options.rest]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
