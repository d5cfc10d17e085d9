"""The `hotline` command: one subcommand a file below backend/cli."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from backend.cli.command import Command, CommandContext
from backend.operations.postgres import PostgresFailed
from backend.operations.preflight import NotPossible
from config.logs import set_up
from config.private import keep_private
from config.settings import DEMO, SettingsError, files_named, load_with, terminal_language
from config.textfile import Unreadable
from hotline.errors import HotlineError

# Loaded by name, and only the one that is asked for: a health check must not pay for the model
# that understands reports.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo", "start everything with the demo city and ring it up"),
    "call": ("call", "ring the running hotline up with a spoken report"),
    "serve": ("serve", "run everything under one supervisor"),
    "backend": ("backend_cmd", "run the backend's HTTP server alone"),
    "worker": ("worker", "do the office's jobs: lights and understanding; several may run"),
    "migrate": ("migrate", "bring the database to this version's schema"),
    "load-city": ("load_city", "give the city's people accounts, and a demo city its past"),
    "seed": ("seed", "fill an empty database with a past of any size"),
    "reset-password": ("reset", "give an account a new password, printed once"),
    "check": ("check", "tell whether everything is there that the settings need"),
    "release": ("release", "check, try, publish, compare and take back the city's configuration"),
    "people": ("people_cmd", "list, add, change and end the people of the city"),
    "knowledge": ("knowledge_cmd", "list, import and export the articles that seats read out"),
    "calendar": ("calendar_cmd", "give a year's official days, and write them into calendar.toml"),
    "leave": ("leave_cmd", "list, set and end the leave of people, with who acts for them"),
    "audit": ("audit_cmd", "read the whole log back, or be its witness elsewhere"),
    "clocks": ("clocks", "tell whether every due time is what its history and the calendar make"),
    "retention": ("retention", "erase what was kept long enough; --dry-run tells what would go"),
    "retry": ("retry", "try again what was set aside, all of it or one item"),
    "health": (
        "health",
        "tell whether backend, worker, asterisk, ivr or backup is as it should be",
    ),
    "backup": ("backup_cmd", "make a backup of database, media, spool and secrets"),
    "restore": ("restore_cmd", "bring a backup back as it was at an instant, or check one beside"),
    "proxy": ("proxy", "write a proxy's configuration for one https name, with certificates"),
    "settings": ("settings_cmd", "print every setting: as it is now, as a document, or as a file"),
    "bench": ("bench", "print the figures, one JSON line each"),
    "test": ("test", "run the tests"),
}
WRONG: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; gives the exit code, 2 for what its user has to set right."""
    options = _parser().parse_args(arguments)
    name = options.command
    command = command_of(name)
    given = argparse.Namespace(rest=options.rest)
    if not command.hands_on:
        given = _arguments(name, command).parse_intermixed_args(options.rest)
    files = [*([DEMO] if command.demo else []), *files_named(), *map(Path, options.config)]
    try:
        settings = load_with(files)
        set_up(settings.log)
        keep_private(settings.home.data_dir)
        return command.run(CommandContext(settings, files, terminal_language(), given))
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG
    except (SettingsError, NotPossible, PostgresFailed, HotlineError, Unreadable) as error:
        sys.stderr.write(f"hotline: {' '.join(str(error).split())}\n")
        return WRONG
    except KeyboardInterrupt:
        return 130


def command_of(name: str) -> Command:
    """The subcommand of a name."""
    module = import_module(f"backend.cli.{COMMANDS[name][0]}")
    command: Command = module.COMMAND
    return command


def _arguments(name: str, command: Command) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"hotline {name}", description=COMMANDS[name][1])
    command.arguments(parser)
    return parser


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:<16}{meaning}" for name, (_, meaning) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="hotline",
        description=__doc__,
        epilog=f"commands:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", action="append", default=[], metavar="FILE", help="a settings file"
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
