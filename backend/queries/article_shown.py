"""Articles of the knowledge base as the console shows them."""

from dataclasses import dataclass
from datetime import date

from backend.desks.articles import StandingArticle, today_of
from backend.desks.context import AppContext
from backend.queries.names import person_name
from backend.store.article_rows import ArticleChange
from hotline.clock import iso
from hotline.knowledge.article import Article, ArticleState, differing
from hotline.wire import Instant


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article in a list: what is read out of it, and how it stands."""

    id: str
    version: int
    title: str
    title_en: str
    answer: str
    answer_en: str
    matters: tuple[str, ...]
    state: ArticleState
    valid_from: date | None
    valid_until: date | None
    at: Instant
    made_by: str


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """A version of an article: who wrote it, when and why, and which fields it changed.

    `how` is the city's file, a command or the console; the first version changed nothing.
    """

    version: int
    at: Instant
    made_by: str
    how: str
    reason: str
    retired: bool
    changed: list[str]
    article: Article


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """An article with its history, the newest version first."""

    article: Article
    version: int
    state: ArticleState
    versions: list[ArticleVersion]


def listed(office: AppContext, one: StandingArticle) -> ListedArticle:
    """Give an article as lists show it."""
    change, article = one.change, one.change.article
    return ListedArticle(
        id=article.id,
        version=change.version,
        title=article.title,
        title_en=article.title_en,
        answer=article.answer,
        answer_en=article.answer_en,
        matters=article.matters,
        state=one.state,
        valid_from=article.valid_from,
        valid_until=article.valid_until,
        at=iso(change.at),
        made_by=person_name(office.city.organisation, change.made_by) or "",
    )


def shown(office: AppContext, changes: list[ArticleChange]) -> ShownArticle:
    """Give an article with its history; the newest version is the first of some."""
    now = changes[0]
    return ShownArticle(
        now.article,
        now.version,
        now.article.state(today_of(office), retired=now.retired),
        [
            _version(office, one, changes[place + 1] if place + 1 < len(changes) else None)
            for place, one in enumerate(changes)
        ],
    )


def _version(
    office: AppContext, change: ArticleChange, before: ArticleChange | None
) -> ArticleVersion:
    return ArticleVersion(
        change.version,
        iso(change.at),
        person_name(office.city.organisation, change.made_by) or "",
        change.how,
        change.reason,
        change.retired,
        differing(before.article, change.article) if before else [],
        change.article,
    )
