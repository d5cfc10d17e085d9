"""An article of the knowledge base (知识条目): what a seat may tell a citizen, and until when."""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from hotline.errors import Invalid
from hotline.sanitize import says_something
from hotline.wire import Schema

ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
# So many characters a field has at most.
LONGEST: Final = {
    "title": 80,
    "title_en": 160,
    "answer": 500,
    "answer_en": 1_000,
    "body": 20_000,
    "body_en": 40_000,
    "source": 200,
    "reviewed_by": 80,
}
MOST: Final = {"matters": 20, "words": 60, "questions": 60}
LONGEST_PHRASE: Final = 120
# An article is looked through again so long before it ends.
REVIEW_BEFORE: Final = timedelta(days=30)
# What a page would read as a tag; a plain "<" between numbers is none.
_TAG: Final = re.compile(r"<\s*[/!?]?\s*[A-Za-z]")


class ArticleState(StrEnum):
    """How an article stands on a day: it counts, not yet, no more, or was taken out (停用)."""

    VALID = "valid"
    UPCOMING = "upcoming"
    EXPIRED = "expired"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Article:
    """What is known of a matter, in Chinese first.

    `answer` is read out as it stands; `body` is plain text of a few marks (`#` headings, `-` and
    `1.` lists, `**` for what is strong). `matters` are the classes that it is for, `words` what
    people call it, `questions` what they ask. It counts from `valid_from` until the end of
    `valid_until` (None: without an end), days of the city. `source` says where it is from,
    `reviewed_by` who has looked it through.
    """

    id: str
    title: str
    answer: str
    body: str = ""
    title_en: str = ""
    answer_en: str = ""
    body_en: str = ""
    matters: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = ""
    reviewed_by: str = ""

    def state(self, today: date, *, retired: bool = False) -> ArticleState:
        """Tell how it stands on a day of the city."""
        if retired:
            return ArticleState.RETIRED
        if self.valid_until is not None and self.valid_until < today:
            return ArticleState.EXPIRED
        if self.valid_from is not None and today < self.valid_from:
            return ArticleState.UPCOMING
        return ArticleState.VALID

    def is_due(self, today: date) -> bool:
        """Tell whether it has ended, or ends so soon that somebody has to look at it."""
        return self.valid_until is not None and self.valid_until < today + REVIEW_BEFORE


ARTICLE: Final = Schema(Article)
# What somebody writes of an article: all but its id.
WRITTEN: Final = tuple(one.name for one in fields(Article) if one.name != "id")


def check_article(article: Article, matters: Collection[str]) -> None:
    """Raise Invalid naming the field that is wrong; `matters` are the codes of the classes."""
    if not ID.fullmatch(article.id):
        raise Invalid("id", "is not made of a-z, 0-9, _ and -", code="bad_article_id")
    for name in ("title", "answer"):
        if not says_something(getattr(article, name)):
            raise Invalid(name, "says nothing", code="input_missing")
    for name, most in LONGEST.items():
        _check_text(name, getattr(article, name), most)
    for name, most in MOST.items():
        phrases = getattr(article, name)
        if len(phrases) > most:
            raise Invalid(name, f"has more than {most}", code="many_phrases", most=most)
        for phrase in phrases:
            _check_text(name, phrase, LONGEST_PHRASE)
    for code in article.matters:
        if code not in matters:
            raise Invalid("matters", f"there is no class {code!r}", code="no_class")
    since, until = article.valid_from, article.valid_until
    if since is not None and until is not None and until < since:
        raise Invalid("valid_until", "lies before valid_from", code="ends_before")


def _check_text(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Invalid(name, "is too long", code="too_long", most=most)
    if _TAG.search(text):
        raise Invalid(name, "holds HTML", code="no_html")


def check_not_over(article: Article, before: Article | None, today: date) -> None:
    """Raise Invalid where somebody gives an article an end that has passed.

    An end that stands there already may stay: a slip of the pen is put right without a new one.
    """
    until = article.valid_until
    if until is None or until >= today or (before is not None and before.valid_until == until):
        return
    raise Invalid("valid_until", "has passed", code="date_passed")


def differing(one: Article, other: Article) -> list[str]:
    """Give the names of the fields in which two writings of an article differ."""
    return [name for name in WRITTEN if getattr(one, name) != getattr(other, name)]
