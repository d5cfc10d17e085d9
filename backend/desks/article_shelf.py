"""The articles of the knowledge base at hand in this process, ready to be found. (知识库)

They are few and asked for often: they lie in memory, and before each question the database is asked
for the number of the last change, so that every backend tells the same at once.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import date

from backend.store import article_rows
from backend.store.article_rows import ArticleChange, Reachable
from hotline.knowledge.article import ArticleState
from hotline.knowledge.ranking import ArticleIndex, ReadArticle, read_article


@dataclass(slots=True)
class ArticleShelf:
    """All articles as they count, by their ids, with their index; `mark` is the last change."""

    mark: int = 0
    articles: dict[str, ArticleChange] = field(default_factory=dict)
    index: ArticleIndex = field(default_factory=ArticleIndex)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, store: Reachable) -> None:
        """Take in what has changed since."""
        async with store.connect() as connection:
            newest = await article_rows.mark(connection)
        if newest == self.mark:
            return
        async with self.turn:
            if newest <= self.mark:
                return
            async with store.connect() as connection:
                changes = await article_rows.changed_since(connection, self.mark)
            # Many at once (a start) would hold up everybody else.
            read = await asyncio.to_thread(_read, changes)
            for change, ready in zip(changes, read, strict=True):
                self.articles[change.article.id] = change
                self.index.put(ready)
                await asyncio.sleep(0)
            # What was written meanwhile is read once more.
            self.mark = newest

    def states(self, today: date) -> dict[str, ArticleState]:
        """Give how each article stands on a day of the city."""
        return {
            ident: one.article.state(today, retired=one.retired)
            for ident, one in self.articles.items()
        }


def _read(changes: list[ArticleChange]) -> list[ReadArticle]:
    return [read_article(one.article) for one in changes]
