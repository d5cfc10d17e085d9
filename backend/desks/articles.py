"""The knowledge base (知识库): found by whoever talks with citizens, written by who may."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.store import article_rows
from backend.store.article_rows import BY_HAND, ArticleChange
from backend.store.session import Transaction
from hotline.errors import Conflict, Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.knowledge.article import (
    Article,
    ArticleState,
    check_article,
    check_not_over,
)
from hotline.people import Actor

# So many are listed, and suggested, at most.
MOST: Final = 100
SUGGESTED: Final = 5
# What is worth less than this share of the best one is chance: everybody speaks of their estate.
WORTH: Final = 0.3
# What is listed besides those that count: what is gone is said to be so, not hidden.
LISTED: Final = frozenset({ArticleState.VALID, ArticleState.UPCOMING, ArticleState.EXPIRED})


@dataclass(frozen=True, slots=True)
class StandingArticle:
    """An article as it counts, and how it stands today."""

    change: ArticleChange
    state: ArticleState


def today_of(office: AppContext) -> date:
    """Give the day that it is in the city."""
    return office.clock.now().astimezone(office.city.zone).date()


async def find(
    office: AppContext,
    words: str = "",
    matters: Sequence[str] = (),
    states: frozenset[ArticleState] = LISTED,
) -> tuple[list[StandingArticle], int]:
    """Give the articles of these states that words and classes mean, and how many there are.

    What counts comes before what does not; without words all come, what was written last first.
    """
    standing = await _standing(office)
    among = {ident for ident, one in standing.items() if one.state in states}
    if words.strip() or matters:
        hits = office.shelf.index.ranked(words, matters, len(standing), among=among)
        found = [standing[one.id] for one in hits]
    else:
        found = [one for ident, one in standing.items() if ident in among]
        found.sort(key=lambda one: one.change.at, reverse=True)
    found.sort(key=lambda one: one.state is not ArticleState.VALID)
    return found[:MOST], len(found)


async def suggest(
    office: AppContext, words: str, matters: Sequence[str], most: int = SUGGESTED
) -> list[StandingArticle]:
    """Give what may be read out now to who says these words, of these classes; the likeliest first.

    `words` may be whatever there is: what was typed, or the end of what an engine hears. What has
    ended, or was taken out, is never among them.
    """
    standing = await _standing(office)
    among = {ident for ident, one in standing.items() if one.state is ArticleState.VALID}
    hits = office.shelf.index.ranked(words, matters, most, among=among, floor=WORTH)
    return [standing[one.id] for one in hits]


async def due(office: AppContext) -> list[StandingArticle]:
    """Give the articles that have ended or soon will, what ends first at the head."""
    today = today_of(office)
    found = [
        one
        for one in (await _standing(office)).values()
        if one.state is not ArticleState.RETIRED and one.change.article.is_due(today)
    ]
    return sorted(found, key=lambda one: one.change.article.valid_until or today)


async def _standing(office: AppContext) -> dict[str, StandingArticle]:
    await office.shelf.look(office.store)
    states = office.shelf.states(today_of(office))
    return {
        ident: StandingArticle(one, states[ident]) for ident, one in office.shelf.articles.items()
    }


async def load(office: AppContext, ident: str) -> list[ArticleChange]:
    """Give all versions of an article, the newest first; NotFound where there is none."""
    async with office.store.connect() as connection:
        found = await article_rows.history(connection, ident)
    if not found:
        raise NotFound(f"no article {ident}", code="no_article")
    return found


class ArticleOvertaken(Conflict):
    """Somebody has written an article since it was read; `now` is what counts."""

    def __init__(self, now: ArticleChange, read: int):
        super().__init__(f"{now.article.id} was written since {read}", code="article_changed")
        self.now = now


async def write(
    office: AppContext, actor: Actor, article: Article, version: int, reason: str = ""
) -> ArticleChange:
    """Write an article, in the stead of the `version` that was read (0: a new one).

    One that was retired counts again. Raises Invalid naming a field that is wrong, or an end that
    has passed, ArticleOvertaken where another has written since, Refused where nothing is new.
    """
    if not article.id and not version:
        article = replace(article, id=new_id(office.clock.now()).hex)
    check_article(article, office.matters)

    async def work(transaction: Transaction) -> ArticleChange:
        before = await _at(transaction, article.id, version)
        check_not_over(article, before.article if before else None, today_of(office))
        if before is not None and before.article == article and not before.retired:
            raise Refused(f"{article.id} says this already", code="article_same")
        return await _keep(transaction, actor, article, before, What.ARTICLE_WRITTEN, reason)

    return await office.store.transaction(office.clock.now, work)


async def retire(
    office: AppContext, actor: Actor, ident: str, version: int, reason: str
) -> ArticleChange:
    """Let an article be told no more; it stays on record, and may be written again."""
    if not reason.strip():
        raise Invalid("reason", "says nothing", code="input_missing")

    async def work(transaction: Transaction) -> ArticleChange:
        before = await _there(transaction, ident, version)
        if before.retired:
            raise Refused(f"{ident} is retired", code="not_open")
        what = What.ARTICLE_RETIRED
        return await _keep(transaction, actor, before.article, before, what, reason)

    return await office.store.transaction(office.clock.now, work)


async def restore(
    office: AppContext, actor: Actor, ident: str, version: int, earlier: int
) -> ArticleChange:
    """Let an earlier version count again, as a new one. Raises as `write` does."""

    async def work(transaction: Transaction) -> ArticleChange:
        before = await _there(transaction, ident, version)
        found = await article_rows.load(transaction.connection, ident, earlier)
        if found is None:
            raise NotFound(f"no version {earlier} of {ident}", code="no_article")
        if found.article == before.article and not before.retired:
            raise Refused(f"{ident} says this already", code="article_same")
        check_article(found.article, office.matters)
        check_not_over(found.article, before.article, today_of(office))
        return await _keep(transaction, actor, found.article, before, What.ARTICLE_RESTORED)

    return await office.store.transaction(office.clock.now, work)


async def _there(transaction: Transaction, ident: str, version: int) -> ArticleChange:
    before = await _at(transaction, ident, version) if version else None
    if before is None:
        raise NotFound(f"no article {ident}", code="no_article")
    return before


async def _at(transaction: Transaction, ident: str, version: int) -> ArticleChange | None:
    """Give what counts of an article, while nobody else writes; it must be of this version."""
    await article_rows.lock(transaction.connection)
    now = await article_rows.load(transaction.connection, ident)
    if now is None and version:
        raise NotFound(f"no article {ident}", code="no_article")
    if now is not None and now.version != version:
        raise ArticleOvertaken(now, version)
    return now


async def _keep(
    transaction: Transaction,
    actor: Actor,
    article: Article,
    before: ArticleChange | None,
    what: What,
    reason: str = "",
) -> ArticleChange:
    change = ArticleChange(
        article=article,
        version=before.version + 1 if before else 1,
        at=transaction.now,
        retired=what is What.ARTICLE_RETIRED,
        how=BY_HAND,
        made_by=actor.person,
        reason=reason.strip(),
    )
    await article_rows.add(transaction.connection, change)
    await record(
        transaction,
        what,
        actor.person,
        subject=f"{article.id} {change.version} {article.title}",
        reason=change.reason,
    )
    return change
