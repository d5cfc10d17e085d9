"""`hotline people`: who works in the city, who came and went, and since when."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from backend.cli.command import Command, CommandContext, take_action, user_here
from backend.cli.database import opened
from backend.desks import staffing
from backend.desks.accounts import load_people
from backend.operations.preflight import NotPossible
from backend.passwords import Passwords
from backend.release_check import check_staff
from backend.store import staff, standing_counts
from backend.store.schema import migrate
from backend.store.session import Store
from config.textfile import read_toml
from hotline.clock import SystemClock
from hotline.errors import NotFound, Refused
from hotline.organisation import DEPARTMENT, PersonData, listed_posts, parse_people

ACTIONS: Final = ("list", "history", "import", "end")


def arguments(part: argparse.ArgumentParser) -> None:
    """Take what is to be done, with which person or file."""
    take_action(part, ACTIONS)
    part.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a person's code for history and end, a file like people.toml for import",
    )


def run(given: CommandContext) -> int:
    """Do it."""
    return asyncio.run(_run(given))


async def _run(given: CommandContext) -> int:
    if given.options.action != "list" and not given.options.name:
        raise NotPossible(given.words(f"staff.{given.options.action}_usage"))
    async with opened(given.settings) as store:
        await migrate(store.engine)
        await _DO[given.options.action](given, store)
    return 0


async def _list(given: CommandContext, store: Store) -> None:
    async with store.connect() as connection:
        there = await staff.everybody(connection)
    for code, row in there.rows.items():
        given.tell("staff.listed", code=code, name=row["name"], posts=_posts(given, row))


async def _history(given: CommandContext, store: Store) -> None:
    async with store.connect() as connection:
        changes = await staff.history(connection, given.options.name)
    if not changes:
        raise NotFound(f"there was never a person {given.options.name}", code="no_person")
    for one in changes:
        given.tell(
            "staff.gone" if one.gone else "staff.changed",
            at=one.at.isoformat(" ", "minutes"),
            name=one.about["name"],
            posts=_posts(given, one.about),
            how=given.words(f"staff.by_{one.how}"),
            by=one.made_by,
            reason=one.reason,
        )


def _posts(given: CommandContext, row: PersonData) -> str:
    """The posts with their areas and spans, as people.toml names them."""
    told = []
    for one in listed_posts(row):
        limits = [str(one[name]) for name in ("area", "since") if one.get(name)]
        if one.get("until"):
            limits.append(given.words("staff.until", until=one["until"]))
        told.append(f"{one.get('post')} ({', '.join(limits)})" if limits else str(one.get("post")))
    where = [str(row[name]) for name in (DEPARTMENT, "duty_grid") if row.get(name)]
    return "; ".join([*told, *where])


async def _import(given: CommandContext, store: Store) -> None:
    path = Path(given.options.name)
    if not path.is_file():
        raise NotPossible(given.words("staff.no_file", file=path))
    rows = parse_people(read_toml(path))
    if not rows:
        raise NotPossible(given.words("staff.nobody", file=path))
    clock, by = SystemClock(), (user_here(), given.options.note)
    try:
        changed = await staffing.change(store, clock, rows, check_staff, *by)
        given.tell("staff.taken_in", people=", ".join(changed))
    except Refused:
        # Whoever was killed before the accounts were made asks for the same again.
        given.tell("staff.nothing_new")
    passwords, settings = Passwords(), given.settings
    try:
        accounts = await load_people(
            *(store, clock, rows, passwords, settings.people, settings.home.language)
        )
    finally:
        passwords.close()
    for username, password in accounts:
        given.tell("demo.password", username=username, password=password)


async def _end(given: CommandContext, store: Store) -> None:
    person, by = given.options.name, (user_here(), given.options.note)
    await staffing.end(store, SystemClock(), person, check_staff, *by)
    async with store.connect() as connection:
        parts = await standing_counts.open_by_holder(connection)
    given.tell("staff.ended", person=person)
    if parts.get(person):
        given.tell("staff.has_cases", person=person, cases=parts[person])


Do = Callable[[CommandContext, Store], Awaitable[None]]
_DO: Final[Mapping[str, Do]] = {
    "list": _list,
    "history": _history,
    "import": _import,
    "end": _end,
}
COMMAND = Command(run, arguments)
