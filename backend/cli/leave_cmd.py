"""`hotline leave`: who is away and who acts for them; set and ended by whoever runs the machine."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from backend.cli.command import Command, CommandContext, take_action, user_here
from backend.cli.database import opened
from backend.current import fetch_current, read_release
from backend.desks import absence
from backend.desks.absence import LeavePlan
from backend.operations.preflight import NotPossible
from backend.store import leaves
from backend.store.schema import migrate
from backend.store.session import Store
from hotline.city import City
from hotline.clock import SystemClock
from hotline.leave import Leave

ACTIONS: Final = ("list", "history", "set", "end")
_MOST: Final = 1_000


def arguments(part: argparse.ArgumentParser) -> None:
    """Take what is to be done: whose leave, or which one."""
    take_action(part, ACTIONS)
    part.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a person's code for history and set, a leave's number for end",
    )
    part.add_argument("--proxy", default="", help="who acts for them, by their code")
    part.add_argument("--since", help="from when on, such as 2026-12-01T08:00 (now)")
    part.add_argument("--until", help="until when (until somebody ends it)")


def run(given: CommandContext) -> int:
    """Do it."""
    return asyncio.run(_run(given))


async def _run(given: CommandContext) -> int:
    action = given.options.action
    if action != "list" and not given.options.name:
        raise NotPossible(given.words(f"staff.leave_{action}_usage"))
    async with opened(given.settings) as store:
        await migrate(store.engine)
        async with store.connect() as connection:
            fetched = await fetch_current(connection, SystemClock().now())
        city = (await asyncio.to_thread(read_release, fetched)).city
        await _DO[action](given, store, city)
    return 0


async def _list(given: CommandContext, _: Store, city: City) -> None:
    if not city.organisation.leaves:
        given.tell("staff.nobody_away")
    for one in city.organisation.leaves:
        _show(given, city, one)


async def _history(given: CommandContext, store: Store, city: City) -> None:
    person = city.organisation.person(given.options.name).code
    async with store.connect() as connection:
        found = await leaves.of_people(connection, [person], _MOST)
    if not found:
        given.tell("staff.nobody_away")
    for one in reversed(found):
        _show(given, city, one)


async def _set(given: CommandContext, store: Store, city: City) -> None:
    options = given.options
    since, until = (_instant(given, city, one) for one in (options.since, options.until))
    plan = LeavePlan(since, until, options.proxy or None, options.note)
    made = await absence.set_leave(store, SystemClock(), city, options.name, plan, user_here())
    _show(given, city, made)


async def _end(given: CommandContext, store: Store, city: City) -> None:
    told = given.options.name
    if not (told.isascii() and told.isdigit() and len(told) < 18):
        raise NotPossible(given.words("staff.leave_end_usage"))
    ended = await absence.end_leave(store, SystemClock(), city, int(told), user_here())
    _show(given, city, ended)


def _instant(given: CommandContext, city: City, told: str | None) -> datetime | None:
    """Give an instant; without an offset it is by the city's wall clock."""
    if told is None:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError as error:
        raise NotPossible(given.words("staff.leave_time", told=told)) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=city.zone)


def _show(given: CommandContext, city: City, leave: Leave) -> None:
    def local(at: datetime | None) -> str:
        return "…" if at is None else f"{at.astimezone(city.zone):%Y-%m-%d %H:%M}"

    given.tell(
        "staff.leave_proxy" if leave.proxy else "staff.leave",
        id=leave.id,
        person=leave.person,
        since=local(leave.since),
        until=local(leave.ends),
        proxy=leave.proxy or "",
        reason=leave.reason,
        by=leave.made_by,
    )


Do = Callable[[CommandContext, Store, City], Awaitable[None]]
_DO: Final[Mapping[str, Do]] = {
    "list": _list,
    "history": _history,
    "set": _set,
    "end": _end,
}
COMMAND = Command(run, arguments)
