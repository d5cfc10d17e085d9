"""How well articles are found: the share of questions whose article is among the first three.

The questions (tests/data/knowledge_questions.csv) were written apart from the articles, before
anything was measured, as citizens say it; a quarter hold a recogniser's wrong characters. Half of
them (`held`) were never looked at while the ranking was made. The baseline counts the pairs of
characters that a question shares with a title.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Final

from backend.desks.articles import WORTH
from config.settings import ROOT
from hotline.knowledge.article import Article
from hotline.knowledge.article_files import from_toml
from hotline.knowledge.ranking import index_of
from tests.bench.figure import show

QUESTIONS: Final = ROOT / "tests" / "data" / "knowledge_questions.csv"
ARTICLES: Final = ROOT / "config" / "city" / "demo" / "knowledge.toml"
CODES: Final = ROOT / "config" / "catalogue" / "gbt47678-2026" / "matters.csv"
FIRST: Final = 3
Find = Callable[[str], list[str]]


def articles(path: Path = ARTICLES) -> list[Article]:
    """Give the articles of the demo city."""
    codes = {line.partition(",")[0] for line in CODES.read_text("utf-8").splitlines()}
    return list(from_toml(path.read_text("utf-8"), codes).articles)


def questions() -> list[dict[str, str]]:
    """Give the questions: article, split (tune or held), heard_wrong, question."""
    with QUESTIONS.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def by_ranking() -> Find:
    """Give what finds articles as they are suggested to a seat."""
    index = index_of(articles())
    among = frozenset(index.entries)
    return lambda text: [one.id for one in index.ranked(text, (), FIRST, among=among, floor=WORTH)]


def by_title() -> Find:
    """Give what finds articles by pairs of characters of their titles."""
    known = [(one.id, _pairs(one.title)) for one in articles()]

    def find(text: str) -> list[str]:
        said = _pairs(text)
        order = sorted(known, key=lambda one: -len(one[1] & said))
        return [ident for ident, pairs in order[:FIRST] if pairs & said]

    return find


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def recall(find: Find, split: str = "") -> float:
    """Give the share of the questions (of a split) whose article is found."""
    asked = [one for one in questions() if split in ("", one["split"])]
    return sum(one["article"] in find(one["question"]) for one in asked) / len(asked)


def figures() -> None:
    """Print recall, of all and of those held out, and how long a search takes."""
    ours, plain = by_ranking(), by_title()
    for name, split in (("knowledge_recall_at_3", ""), ("knowledge_recall_at_3_held", "held")):
        value, below = recall(ours, split), recall(plain, split)
        versus = f"pairs of characters of titles, {below:.3f}; wanted at least 0.9"
        show(name, value, "share", versus, value / below if below else None)
    asked = [one["question"] for one in questions()]
    begun = perf_counter()
    for text in asked:
        ours(text)
    show(
        "knowledge_search", (perf_counter() - begun) / len(asked), "s", f"{len(asked)} asked", None
    )
