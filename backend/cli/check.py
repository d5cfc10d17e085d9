"""`hotline check`: whether everything is there that these settings need, a line a matter."""

import asyncio

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.health import Base, Ground, look, why_aside
from backend.operations.postgres import PostgresFailed, embedded
from backend.operations.preflight import NotPossible, is_running
from backend.store.revision import Age, age_of
from backend.store.session import Store
from config.settings import Settings
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from hotline.health import Finding, State
from hotline.number import printed
from hotline.queue import Aside, reason_of
from hotline.words import say

MAX_SHOWN = 20


def run(given: CommandContext) -> int:
    """Print each matter with what is wrong; 2 where anything is. Changes nothing."""
    findings = asyncio.run(_look(given.settings))
    for finding in findings:
        print(line_of(finding, given.language), flush=True)
        for item in finding.items[:MAX_SHOWN]:
            print(item_line(item, given.language), flush=True)
    return 2 if any(finding.state is State.WRONG for finding in findings) else 0


async def _look(settings: Settings) -> list[Finding]:
    clock, is_up = SystemClock(), is_running(settings)
    if not settings.database.url and not (embedded(settings).data / "PG_VERSION").exists():
        return await look(Ground(settings, clock, Base(None, "none"), is_up))
    try:
        async with opened(settings) as store:
            return await look(Ground(settings, clock, await _base(store), is_up))
    except (NotPossible, PostgresFailed, HotlineError) as error:
        return await look(Ground(settings, clock, Base(None, "wrong", reason_of(error)), is_up))


async def _base(store: Store) -> Base:
    """A database of another version is told, and left as it is."""
    async with store.connect() as connection:
        age = await age_of(connection)
    return Base(store) if age is Age.CURRENT else Base(None, age)


def line_of(finding: Finding, language: str) -> str:
    """Give what a check found as a line; where it complains, also what it means and what to do."""
    name = finding.check
    return say(
        f"health.line_{finding.state}",
        language,
        title=say(f"health.{name}", language),
        found=say(f"health.{name}_{finding.what}", language, **finding.values),
        means=say(f"health.{name}_means", language),
        todo=say(f"health.{name}_todo", language),
    )


def item_line(item: Aside, language: str) -> str:
    """Give an item that lies aside as a line."""
    return say(
        "health.item_of_case" if item.case else "health.item",
        language,
        case=printed(item.case),
        queue=item.queue,
        ref=item.ref,
        reason=why_aside(item, language),
        since=item.since.astimezone().strftime("%Y-%m-%d %H:%M"),
    )


COMMAND = Command(run)
