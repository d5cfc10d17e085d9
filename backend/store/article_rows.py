"""The knowledge base: every writing of an article as a row, of which the last one counts.

Nothing of it is ever changed or removed: what a seat read out on a day stays to be seen.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Identity, UniqueConstraint, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from hotline.knowledge.article import ARTICLE, Article
from hotline.wire import keep, kept

# How a change came: with the city's file, by a command, or on the console.
BY_FILE: Final = "import"
BY_COMMAND: Final = "command"
BY_HAND: Final = "console"
_WRITING: Final = 4_711_031


class ArticleChangeRow(Row):
    """What an article says from an instant on; `retired` says that it is told no more."""

    __tablename__ = "article_change"
    __table_args__ = (UniqueConstraint("article", "version"),)

    seq: Mapped[int] = mapped_column(Identity(), primary_key=True)
    article: Mapped[str]
    version: Mapped[int]
    at: Mapped[datetime]
    about: Mapped[dict[str, Any]]
    retired: Mapped[bool]
    how: Mapped[str]
    made_by: Mapped[str]
    reason: Mapped[str]


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """A writing of an article, or that it was retired; `version` counts from 1."""

    article: Article
    version: int
    at: datetime
    retired: bool
    how: str
    made_by: str
    reason: str = ""


class Reachable(Protocol):
    """What gives connections: the store."""

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection."""
        ...


_ROW: Final = ArticleChangeRow
_TOLD: Final = (
    *(_ROW.about, _ROW.version, _ROW.at, _ROW.retired, _ROW.how, _ROW.made_by, _ROW.reason),
)


def _change(row: Sequence[Any]) -> ArticleChange:
    return ArticleChange(kept(ARTICLE, row[0]), *row[1:])


async def lock(connection: AsyncConnection) -> None:
    """Let nobody else write articles until the transaction ends: numbers come in their order."""
    await connection.execute(select(func.pg_advisory_xact_lock(_WRITING)))


async def mark(connection: AsyncConnection) -> int:
    """Give the number of the last change of all articles; 0 before the first."""
    rows = await connection.execute(select(func.coalesce(func.max(_ROW.seq), 0)))
    return int(rows.scalar_one())


async def changed_since(connection: AsyncConnection, seq: int) -> list[ArticleChange]:
    """Give what counts of the articles that changed behind a number."""
    names = select(_ROW.article).where(_ROW.seq > seq).distinct()
    wanted = select(*_TOLD).where(_ROW.article.in_(names))
    last = wanted.ext(distinct_on(_ROW.article)).order_by(_ROW.article, _ROW.seq.desc())
    return [_change(row) for row in await connection.execute(last)]


async def load(
    connection: AsyncConnection, article: str, version: int | None = None
) -> ArticleChange | None:
    """Give a version of an article (None: the one that counts), or None where there is none."""
    mine = select(*_TOLD).where(_ROW.article == article)
    if version is not None:
        mine = mine.where(_ROW.version == version)
    rows = await connection.execute(mine.order_by(_ROW.version.desc()).limit(1))
    found = rows.first()
    return None if found is None else _change(found)


async def history(connection: AsyncConnection, article: str) -> list[ArticleChange]:
    """Give the versions of an article, the newest first."""
    mine = select(*_TOLD).where(_ROW.article == article).order_by(_ROW.version.desc())
    return [_change(row) for row in await connection.execute(mine)]


async def last_by_file(
    connection: AsyncConnection, articles: Collection[str]
) -> dict[str, Article]:
    """Give some articles as the city's file last told them."""
    wanted = select(*_TOLD).where(_ROW.how == BY_FILE, _ROW.article.in_(articles))
    last = wanted.ext(distinct_on(_ROW.article)).order_by(_ROW.article, _ROW.seq.desc())
    found = [_change(row) for row in await connection.execute(last)]
    return {one.article.id: one.article for one in found}


async def add(connection: AsyncConnection, change: ArticleChange) -> None:
    """Keep a writing of an article; the caller holds the lock."""
    row = {
        "article": change.article.id,
        "version": change.version,
        "at": change.at,
        "about": keep(ARTICLE, change.article),
        "retired": change.retired,
        "how": change.how,
        "made_by": change.made_by,
        "reason": change.reason,
    }
    await connection.execute(insert(_ROW).values(row))
