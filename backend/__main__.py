"""The `hotline` command: one subcommand a file below backend/cli."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from backend.cli import (
    call,
    check,
    demo,
    health,
    load_city,
    migrate,
    office,
    programs,
    reset,
    serve,
    told,
)
from backend.cli.command import Command, Given
from backend.cli.ground import NotPossible
from backend.postgres import PostgresFailed
from config.logs import set_up
from config.settings import ROOT, SettingsError, files_named, load_with, terminal_language
from hotline.errors import HotlineError

COMMANDS: Final[dict[str, Command]] = {
    "demo": demo.COMMAND,
    "call": call.COMMAND,
    "serve": serve.COMMAND,
    "backend": office.COMMAND,
    "migrate": migrate.COMMAND,
    "load-city": load_city.COMMAND,
    "reset-password": reset.COMMAND,
    "health": health.COMMAND,
    "check": check.COMMAND,
    "settings": told.COMMAND,
    "bench": programs.BENCH,
    "test": programs.TEST,
}
WRONG: Final = 2
DEMO: Final = ROOT / "config" / "demo.toml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; gives the exit code, 2 for what its user has to set right."""
    options = _parser().parse_args(arguments)
    command = COMMANDS[options.command]
    files = [*([DEMO] if command.demo else []), *files_named(), *map(Path, options.config)]
    try:
        settings = load_with(files)
        set_up(settings.log)
        return command.run(Given(settings, files, terminal_language(), options))
    except (SettingsError, NotPossible, PostgresFailed, HotlineError) as error:
        sys.stderr.write(f"hotline: {' '.join(str(error).split())}\n")
        return WRONG
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hotline", description=__doc__)
    parser.add_argument(
        "--config", action="append", default=[], metavar="FILE", help="a settings file"
    )
    parts = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        part = parts.add_parser(name, help=command.meaning, description=command.meaning)
        command.arguments(part)
    return parser


if __name__ == "__main__":
    sys.exit(main())
