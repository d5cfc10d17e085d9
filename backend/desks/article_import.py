"""Taking articles in from files: the city's at a start, and those of a command. (导入)"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.store import article_rows
from backend.store.article_rows import BY_COMMAND, BY_FILE, ArticleChange
from backend.store.session import Store, Transaction
from config.textfile import Unreadable, read_text
from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.knowledge.article import Article
from hotline.knowledge.article_files import from_toml
from hotline.people import SYSTEM

log = logging.getLogger(__name__)
FILE: Final = "knowledge.toml"


async def take_in(office: AppContext, folder: Path) -> None:
    """Take the articles of a city's folder in, where they say something new.

    What somebody has written or retired in the meantime stays, where the file says nothing new.
    What is wrong is said in the log and stops nobody.
    """
    path = folder / FILE
    if not path.exists():
        return
    try:
        read = from_toml(read_text(path), None)
    except (HotlineError, OSError, Unreadable) as error:
        log.error("%s is not taken in: %s", path, error)  # noqa: TRY400 - one line for its writer
        return
    for fault in read.faults:
        log.error("%s: article %s (%s): %s", path, fault.row, fault.article, fault.error)
    articles = [_of_edition(one, office.matters) for one in read.articles]
    if taken := await keep(office.store, office.clock, articles, BY_FILE, SYSTEM.person):
        log.info("%s articles of %s were taken in", len(taken), path)


def _of_edition(article: Article, matters: Collection[str]) -> Article:
    """Leave the classes out that the edition does not have by which the city files now."""
    return replace(article, matters=tuple(one for one in article.matters if one in matters))


async def keep(
    store: Store,
    clock: Clock,
    articles: Sequence[Article],
    how: str,
    by: str,
    reason: str = "",
) -> list[str]:
    """Keep what is new of some articles; gives their ids. A command (`how`) has the last word."""

    async def work(transaction: Transaction) -> list[str]:
        connection = transaction.connection
        await article_rows.lock(connection)
        there = {one.article.id: one for one in await article_rows.changed_since(connection, 0)}
        told = await article_rows.last_by_file(connection, [one.id for one in articles])
        taken = []
        for one in articles:
            before = there.get(one.id)
            if _is_there(one, before) or (how == BY_FILE and told.get(one.id) == one):
                continue
            if before is not None and before.retired and how != BY_COMMAND:
                log.warning("the article %s was retired, and is not taken in again", one.id)
                continue
            version = before.version + 1 if before else 1
            change = ArticleChange(one, version, transaction.now, False, how, by, reason)
            await article_rows.add(connection, change)
            taken.append(one.id)
        if taken:
            subject = f"{len(taken)}: {', '.join(taken)}"
            await record(transaction, What.ARTICLES_TAKEN_IN, by, subject=subject, reason=reason)
        return taken

    return await store.transaction(clock.now, work)


def _is_there(one: Article, before: ArticleChange | None) -> bool:
    return before is not None and before.article == one and not before.retired
