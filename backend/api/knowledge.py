"""The knowledge base: searched and suggested to seats, written by who may."""

from dataclasses import dataclass
from typing import Annotated, Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import LANGUAGE, Problem, answer, problem_of
from backend.api.office_keys import office_of
from backend.api.permissions import EDITING, READING
from backend.api.route import Route
from backend.desks import articles
from backend.desks.articles import LISTED, ArticleOvertaken
from backend.queries import article_shown
from backend.queries.article_shown import ListedArticle, ShownArticle
from hotline.knowledge.article import MOST, Article, ArticleState
from hotline.wire import Meta

Words = Annotated[str, Meta(max_length=500)]
# The end of a talk is what counts; more than this nobody sends.
Said = Annotated[str, Meta(max_length=20_000)]


@dataclass(frozen=True, slots=True)
class ArticlesQuery:
    """What articles are looked for: words, a class, and how they stand ("": all but retired)."""

    q: Words = ""
    matter: Annotated[str, Meta(max_length=40)] = ""
    state: ArticleState | None = None


@dataclass(frozen=True, slots=True)
class FoundArticles:
    """Articles that were found, the likeliest first, and how many there are."""

    items: list[ListedArticle]
    total: int


@dataclass(frozen=True, slots=True)
class ArticlesAsked:
    """What articles are wanted for: words of any kind (typed, heard), and classes."""

    text: Said = ""
    matters: Annotated[
        tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=MOST["matters"])
    ] = ()


@dataclass(frozen=True, slots=True)
class ArticleTyped:
    """An article as it was typed, in the stead of the `version` that was read (0: a new one)."""

    article: Article
    version: Annotated[int, Meta(ge=0)] = 0
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class ArticleRetired:
    """Why an article is told no more; `version` is the one that was read."""

    version: Annotated[int, Meta(ge=1)]
    reason: Words


@dataclass(frozen=True, slots=True)
class ArticleRestored:
    """Which earlier version is to count again; `version` is the newest that was read."""

    version: Annotated[int, Meta(ge=1)]
    earlier: Annotated[int, Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class ArticleOther(Problem):
    """Somebody has written an article since it was read; `now` is as it counts."""

    now: ShownArticle | None = None


async def find(request: web.Request, query: ArticlesQuery) -> FoundArticles:
    """Give the articles that words mean."""
    office = office_of(request)
    states = LISTED if query.state is None else frozenset({query.state})
    matters = (query.matter,) if query.matter else ()
    found, total = await articles.find(office, query.q, matters, states)
    return FoundArticles([article_shown.listed(office, one) for one in found], total)


async def suggest(request: web.Request, asked: ArticlesAsked) -> list[ListedArticle]:
    """Give what may be read out to who says this."""
    office = office_of(request)
    found = await articles.suggest(office, asked.text, asked.matters)
    return [article_shown.listed(office, one) for one in found]


async def due(request: web.Request) -> list[ListedArticle]:
    """Give the articles that have ended or soon will."""
    office = office_of(request)
    return [article_shown.listed(office, one) for one in await articles.due(office)]


async def opened(request: web.Request) -> ShownArticle:
    """Give an article with its history."""
    office = office_of(request)
    return article_shown.shown(office, await articles.load(office, request.match_info["article"]))


async def write(request: web.Request, asked: ArticleTyped) -> ShownArticle | web.Response:
    """Write an article."""
    office, actor = office_of(request), actor_of(request)
    try:
        kept = await articles.write(office, actor, asked.article, asked.version, asked.reason)
    except ArticleOvertaken as overtaken:
        return await _overtaken(request, overtaken)
    return article_shown.shown(office, await articles.load(office, kept.article.id))


async def retire(request: web.Request, asked: ArticleRetired) -> ShownArticle | web.Response:
    """Take an article out."""
    office, actor, ident = office_of(request), actor_of(request), request.match_info["article"]
    try:
        await articles.retire(office, actor, ident, asked.version, asked.reason)
    except ArticleOvertaken as overtaken:
        return await _overtaken(request, overtaken)
    return article_shown.shown(office, await articles.load(office, ident))


async def restore(request: web.Request, asked: ArticleRestored) -> ShownArticle | web.Response:
    """Let an earlier version count again."""
    office, actor, ident = office_of(request), actor_of(request), request.match_info["article"]
    try:
        await articles.restore(office, actor, ident, asked.version, asked.earlier)
    except ArticleOvertaken as overtaken:
        return await _overtaken(request, overtaken)
    return article_shown.shown(office, await articles.load(office, ident))


async def _overtaken(request: web.Request, overtaken: ArticleOvertaken) -> web.Response:
    office = office_of(request)
    told = problem_of(overtaken, request[LANGUAGE])
    changes = await articles.load(office, overtaken.now.article.id)
    now = article_shown.shown(office, changes)
    return answer(ArticleOther(told.code, told.message, now=now), status=409)


_OF_CHANGE: Final = ("article_changed", "no_article")
_OF_ARTICLE: Final = (
    *("bad_article_id", "input_missing", "too_long", "many_phrases", "no_html", "no_class"),
    *("ends_before", "date_passed", "article_same"),
)
ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/knowledge", find, "Articles of the knowledge base", READING),
    Route("POST", "/api/knowledge/suggest", suggest, "Articles that words mean", READING),
    Route("GET", "/api/knowledge/due", due, "Articles that end soon or have ended", EDITING),
    Route(
        "GET",
        "/api/knowledge/articles/{article}",
        opened,
        "An article with its history",
        READING,
        ("no_article",),
    ),
    Route(
        "POST",
        "/api/knowledge/articles",
        write,
        "Write an article",
        EDITING,
        (*_OF_ARTICLE, *_OF_CHANGE),
        gives=ShownArticle,
        problems={409: ArticleOther},
    ),
    Route(
        "POST",
        "/api/knowledge/articles/{article}/retire",
        retire,
        "Let an article be told no more",
        EDITING,
        (*_OF_CHANGE, "input_missing", "not_open"),
        gives=ShownArticle,
        problems={409: ArticleOther},
    ),
    Route(
        "POST",
        "/api/knowledge/articles/{article}/restore",
        restore,
        "Let an earlier version of an article count again",
        EDITING,
        (*_OF_ARTICLE, *_OF_CHANGE),
        gives=ShownArticle,
        problems={409: ArticleOther},
    ),
)
