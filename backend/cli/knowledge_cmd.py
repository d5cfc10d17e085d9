"""`hotline knowledge`: the articles that seats read out, from files and into them."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from backend.cli.command import Command, CommandContext, take_action, user_here
from backend.cli.database import opened
from backend.current import fetch_current, read_release
from backend.desks import article_import
from backend.operations.preflight import NotPossible
from backend.store import article_rows
from backend.store.article_rows import BY_COMMAND
from backend.store.schema import migrate
from backend.store.session import Store
from config.textfile import Unreadable, read_text
from hotline.clock import SystemClock
from hotline.knowledge.article import Article, ArticleState
from hotline.knowledge.article_files import RowFault, from_csv, from_toml, to_csv, to_toml
from hotline.words import UnknownWords

ACTIONS: Final = ("list", "import", "export")
CSV: Final = ".csv"


def arguments(part: argparse.ArgumentParser) -> None:
    """Take what is to be done, with which file."""
    take_action(part, ACTIONS)
    part.add_argument(
        "name",
        nargs="?",
        metavar="FILE",
        help="a file like knowledge.toml, or a CSV with the same columns",
    )


def run(given: CommandContext) -> int:
    """Do it; 1 where some rows could not be taken in."""
    return asyncio.run(_run(given))


async def _run(given: CommandContext) -> int:
    async with opened(given.settings) as store:
        await migrate(store.engine)
        match given.options.action:
            case "list":
                return await _list(given, store)
            case "import":
                return await _import(given, store, _file(given))
            case _:
                return await _export(given, store, _file(given))


def _file(given: CommandContext) -> Path:
    if not given.options.name:
        raise NotPossible(given.words("articles.no_name"))
    return Path(given.options.name)


async def _list(given: CommandContext, store: Store) -> int:
    now = SystemClock().now()
    async with store.connect() as connection:
        city = read_release(await fetch_current(connection)).city
        found = await article_rows.changed_since(connection, 0)
    today = now.astimezone(city.zone).date()
    for one in found:
        state = one.article.state(today, retired=one.retired)
        given.tell(
            "articles.listed",
            id=one.article.id,
            title=one.article.title,
            state=given.words(f"articles.state_{state}"),
            version=one.version,
        )
    return 0


async def _import(given: CommandContext, store: Store, path: Path) -> int:
    if not path.is_file():
        raise NotPossible(given.words("staff.no_file", file=path))
    async with store.connect() as connection:
        release = read_release(await fetch_current(connection))
    matters = {row["code"] for row in release.files.catalogue.matters}
    try:
        text = read_text(path)
    except Unreadable as error:
        raise NotPossible(f"{path}: {error}") from error
    read = (from_csv if path.suffix.lower() == CSV else from_toml)(text, matters)
    for fault in read.faults:
        _tell_fault(given, fault)
    clock, by = SystemClock(), user_here()
    taken = await article_import.keep(
        *(store, clock, read.articles, BY_COMMAND, by), given.options.note
    )
    given.tell("articles.taken_in", many=len(taken), of=len(read.articles))
    today = clock.now().astimezone(release.city.zone).date()
    for one in read.articles:
        if one.state(today) is ArticleState.EXPIRED:
            given.tell("articles.over", id=one.id, until=one.valid_until)
    return int(bool(read.faults))


def _tell_fault(given: CommandContext, fault: RowFault) -> None:
    error = fault.error
    try:
        said = given.words(f"error.{error.code}", **error.values)
    except UnknownWords:
        said = error.reason
    given.tell(
        "articles.fault",
        row=fault.row,
        id=fault.article or "?",
        field=error.field,
        said=said,
        reason=error.reason,
    )


async def _export(given: CommandContext, store: Store, path: Path) -> int:
    async with store.connect() as connection:
        found = await article_rows.changed_since(connection, 0)
    articles: list[Article] = [one.article for one in found if not one.retired]
    text = to_csv(articles) if path.suffix.lower() == CSV else to_toml(articles)
    if str(path) == "-":
        sys.stdout.write(text)
        return 0
    try:
        # Line ends as they are: a CSV has its own.
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise NotPossible(f"{path}: {error}") from error
    given.tell("articles.written", many=len(articles), file=path)
    return 0


COMMAND = Command(run, arguments)
