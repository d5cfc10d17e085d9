"""Makes requests of every route as it is declared, by which somebody might learn of a case."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from dataclasses import fields as fields_of
from typing import Any, Final
from urllib.parse import quote

from backend.api.permissions import Way
from backend.api.route import Route, shape_of
from tests.backend.api import outside
from tests.backend.api.conftest import TOKENS, Browser, SignIn
from tests.backend.api.outside import THEIRS, THERE, WHOLE_CITY, Mark
from tests.backend.test_media import make_photo

# What is asked by a name in a path or a query: each value is one request.
NAMED: Mapping[str, Callable[[Mark], list[str]]] = {
    "number": lambda mark: [mark.number],
    "sha256": lambda mark: [mark.photo, mark.sound],
    "key": lambda mark: [mark.call],
    "person": lambda mark: ["collector01", "walked-here"],
    "channel": lambda mark: ["telegram", "phone"],
    "layer": lambda mark: ["roads"],
    "language": lambda mark: ["zh_CN"],
    "prompt": lambda mark: ["greeting"],
    "stage": lambda mark: ["handling", "to_check,closed"],
    "light": lambda mark: ["red"],
    "matter": lambda mark: ["01001"],
    "group": lambda mark: ["01"],
    "area": lambda mark: [THERE[:9], THERE[:6]],
    "department": lambda mark: [THEIRS],
    "urgency": lambda mark: ["normal"],
    "field": lambda mark: [f"in_scope:{mark.word}"],
    "facet": lambda mark: ["verified:unclear"],
    "from_": lambda mark: ["2026-11-23"],
    "to": lambda mark: ["2026-11-23"],
    "q": lambda mark: [
        *(mark.number, mark.number[-4:], f"{mark.word}text", mark.word[:4], f"{mark.word}name"),
        *(f"{mark.word}place", "9000", "13900139000"),
    ],
    "mine": lambda mark: ["1"],
    "open": lambda mark: ["1"],
    "sort": lambda mark: ["left", "oldest"],
    "limit": lambda mark: ["1"],
    "format": lambda mark: ["csv"],
    "columns": lambda mark: ["number,text,place"],
    "newest": lambda mark: ["1"],
    "state": lambda mark: ["waiting", "sent"],
    "what": lambda mark: ["contact_opened", "recording_opened"],
    "view": lambda mark: ["opened"],
    "who": lambda mark: ["acceptor1"],
    "words": lambda mark: [mark.word],
    "kind": lambda mark: ["photo"],
    "article": lambda mark: ["x"],
    "since": lambda mark: ["2026-11-23"],
    "until": lambda mark: ["2026-11-23"],
    "day": lambda mark: ["2026-11-23"],
    "by": lambda mark: ["seat"],
    "seat": lambda mark: ["seat001"],
    "id": lambda mark: ["seat001"],
    "first": lambda mark: ["2026-11-23"],
    "last": lambda mark: ["2026-11-24"],
    "leave": lambda mark: ["1"],
    # A cursor that begins a list, as the id of a case that came last.
    "before": lambda mark: ["7fffffff-ffff-7fff-bfff-ffffffffffff"],
}
_IDS: Mapping[str, Callable[[Mark], str]] = {
    "/api/notices/": lambda mark: mark.notice,
    "/api/room/alarms/": lambda mark: mark.alarm,
    "/api/room/listen/": lambda mark: mark.notice,
    "/api/room/bulletins/": lambda mark: mark.notice,
    "/api/room/call-backs/": lambda mark: mark.notice,
    "/api/cases/": lambda mark: mark.notice,
    "/api/nuisance/": lambda mark: mark.notice,
    "/api/views/": lambda mark: mark.notice,
    "/api/me/sessions/": lambda mark: mark.notice,
    "/api/privacy/erasures/": lambda mark: mark.notice,
}
# The bodies of what is sent, by the names of the records that they are.
Body = Callable[[Mark], list[dict[str, Any]]]
BODIES: Mapping[str, Body] = {
    "Act": lambda mark: [
        _act(mark, "note", note="hello"),
        _act(mark, "note", key=mark.key),
        _act(mark, "note", version=99),
        _act(mark, "close", media=[mark.photo]),
        _act(mark, "correct", given={"cell": THERE}),
        _act(mark, "fly"),
    ],
    "AnswerWritten": lambda mark: [{"question": "is_solved", "value": "no"}],
    "DialAsked": lambda mark: [{}, {"reason": "hello"}],
    "SaidAsked": lambda mark: [{"said": "hello"}],
    "NumberAsked": lambda mark: [{"reason": "call_back"}],
    "StopAsked": lambda mark: [{"reason": "hello"}, {"reason": "hello", "ends": True}],
    "BatchAct": lambda mark: [
        _batch(mark, "note", note="hello"),
        _batch(mark, "note", key=mark.key),
        _batch(mark, "note", version=99),
        _batch(mark, "correct", given={"cell": THERE}),
        _batch(mark, "fly"),
    ],
    "FactorAsked": lambda mark: [{"password": "wrong"}],
    "FactorTyped": lambda mark: [{"code": "000000"}],
    "FactorEnded": lambda mark: [{"password": "wrong", "code": "000000"}],
    "OpenedPage": lambda mark: [{"tab": "page-1234"}],
    "HoldAsked": lambda mark: [{"reason": "court"}],
    "Whose": lambda mark: [{"channel": "phone", "address": "13900139000"}],
    "ErasureAsked": lambda mark: [
        {"channel": "phone", "address": "13900139000", "reason": "asked"}
    ],
    "ErasureAgreed": lambda mark: [{"seen": "0" * 64}],
    "UnmaskAsked": lambda mark: [{"reason": "call_back"}],
    "Ref": lambda mark: [{"queue": "transcripts", "ref": mark.aside}],
    "Chosen": lambda mark: [{"language": "en"}],
    "TypedReport": lambda mark: [
        {"text": "x", "key": "press-1234", "call": mark.call, "contact": {"address": ""}}
    ],
    "ChosenPost": lambda mark: [{"post": "nobody"}],
    "LeaveGiven": lambda mark: [{"reason": "x", "proxy": "nobody"}],
    "SeatTaken": lambda mark: [{}],
    "SeatAct": lambda mark: [{"what": "extend"}],
    "CallOrder": lambda mark: [{"kind": "back"}],
    "ListenAsked": lambda mark: [
        {"seat": "seat001", "call": mark.call, "way": "listen", "reason": "quality"}
    ],
    "CallMoved": lambda mark: [{"target": "english"}],
    "SeatForced": lambda mark: [{"what": "pause", "reason": "meal", "why": "hello"}],
    "ListenTurned": lambda mark: [{"way": "whisper"}],
    "ViewAsked": lambda mark: [{"name": "x", "query": f"q={mark.word}"}],
    "ViewNamed": lambda mark: [{"name": "y"}],
    "ArticlesAsked": lambda mark: [{"text": mark.word}],
    "ArticleTyped": lambda mark: [
        {"article": {"id": "x", "title": "x", "answer": "x"}, "version": 99}
    ],
    "ArticleRetired": lambda mark: [{"version": 1, "reason": "x"}],
    "ArticleRestored": lambda mark: [{"version": 2, "earlier": 1}],
    "AnswerTyped": lambda mark: [{"key": "press-1234", "note": mark.word}],
    "TypedDraft": lambda mark: [{"version": 0, "typed": {"number": mark.number}}],
    "NuisanceAsked": lambda mark: [{"call": mark.call, "level": "mark", "reason": "x", "days": 1}],
    "BulletinAsked": lambda mark: [{"text": "x", "case": mark.number}, {"sound": mark.sound}],
    "Where": lambda mark: [{}],
    "ActAsked": lambda mark: [
        {"action": "note", "key": "k", "note": "hello"},
        {"action": "note", "key": mark.key, "note": "hello"},
        {"action": "accept", "key": "k2", "version": 1, "draft": {"x": 1}},
        {"action": "fly", "key": "k3"},
    ],
}
# What is not asked, and why it tells of no case.
APART: Mapping[str, str] = {
    "POST /api/login": "is asked before anybody is known",
    "POST /api/logout": "ends who asks",
    "POST /api/me/password": "ends the other sessions of who asks",
    "POST /api/room/speak": "says the words that it is given",
    "GET /api/feed": "is heard by sockets",
    "GET /api/room/plan": "shows a file of the release, which tests have none of",
    "POST /api/room/try": "plays a call that nobody makes",
}


def _act(mark: Mark, action: str, **more: Any) -> dict[str, Any]:
    return {"action": action, "version": 1, "key": "press-1234", **more}


def _batch(mark: Mark, action: str, key: str = "press-1234", version: int = 1, **more: Any) -> Any:
    items = [{"number": mark.number, "version": version, "key": key}]
    return {"action": action, "items": items, **more}


# What differs from answer to answer by itself: no case is told by it.
ITS_OWN: Final = frozenset({"date", "x-request-id"})
# So many leaks are named at once.
MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of a route, for which one needs a right (None: none)."""

    method: str
    path: str
    more: Mapping[str, Any] = field(default_factory=dict)
    route: str = ""
    right: str | None = None

    @property
    def named(self) -> str:
        """How it is told of where it leaks."""
        return f"{self.method} {self.path} {dict(self.more) or ''}"


class NotToldHow(Exception):
    """A route that has to be told here how it is asked."""


def asked_of(route: Route, mark: Mark) -> list[Ask]:
    """Give the requests of a route by which a case might be found; NotToldHow names one unknown."""
    name = f"{route.method} {route.path}"
    if name in APART:
        return []
    try:
        paths = list(_paths(route, mark))
        bodies = list(_bodies(route, mark))
    except KeyError as error:
        raise NotToldHow(f"{name}: nobody said how {error} is filled") from error
    about = (name, route.may.right)
    return [Ask(route.method, path, more, *about) for path in paths for more in bodies]


def _paths(route: Route, mark: Mark) -> Iterator[str]:
    paths = [route.path.replace("{layer:[a-z]+}", "{layer}")]
    while "{" in paths[0]:
        name = paths[0].partition("{")[2].partition("}")[0]
        values = [_id(route, mark)] if name == "id" else NAMED[name](mark)
        paths = [path.replace(f"{{{name}}}", quote(one)) for path in paths for one in values]
    shape = shape_of(route)
    if shape.query is None:
        yield from paths
        return
    assert is_dataclass(shape.query)
    names = [one.name for one in fields_of(shape.query)]
    # Where a kind has to be said, there is no asking without it.
    asked = [] if "kind" in names else [""]
    for name in names:
        asked += [f"?{name.removesuffix('_')}={quote(one)}" for one in NAMED[name](mark)]
    yield from (path + one for path in paths for one in asked)


def _id(route: Route, mark: Mark) -> str:
    found = [of for beginning, of in _IDS.items() if route.path.startswith(beginning)]
    if not found:
        raise KeyError("id")
    return found[0](mark)


def _bodies(route: Route, mark: Mark) -> Iterator[dict[str, Any]]:
    shape = shape_of(route)
    if route.takes:
        yield {"data": make_photo(colour="#654321")}
    elif shape.body is not None:
        for body in BODIES[getattr(shape.body, "__name__", str(shape.body))](mark):
            yield {"json": body}
    elif "{sha256}" in route.path:
        yield {}
        yield {"headers": {"Range": "bytes=0-9"}}
        yield {"headers": {"If-None-Match": "*"}}
    else:
        yield {"json": {}} if route.method != "GET" and route.may.way is Way.SESSION else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was answered."""

    status: int
    headers: bytes
    body: bytes

    @property
    def whole(self) -> bytes:
        """Every byte of it."""
        return b"%d\n%s\n%s" % (self.status, self.headers, self.body)


@dataclass(slots=True)
class Asking:
    """Somebody who asks, how often, and what leaked."""

    who: Mapping[str, Browser]
    tokens: Mapping[str, str] = field(default_factory=lambda: TOKENS)
    many: int = 0
    leaks: list[str] = field(default_factory=list)
    known: dict[tuple[str, str], Answer] = field(default_factory=dict)

    async def ask(self, person: str, ask: Ask) -> Answer:
        """Ask as somebody with a session."""
        browser = self.who[person]
        headers = {"Origin": browser.origin, "X-CSRF-Token": browser.csrf}
        return await self._ask(browser, ask, headers)

    async def ask_once(self, person: str, ask: Ask) -> Answer:
        """Ask what is asked many times, and answered alike."""
        what = person, ask.named
        if what not in self.known:
            self.known[what] = await self.ask(person, ask)
        return self.known[what]

    def few(self, person: str, asks: Iterable[Ask]) -> list[Ask]:
        """Give of several requests of what somebody has no right to at all the first one only."""
        rights, found = outside.acting(self.who[person].office, person).rights, dict[str, Ask]()
        for ask in asks:
            has = ask.right is None or rights.may(ask.right)
            found.setdefault(ask.named if has else ask.route, ask)
        return list(found.values())

    async def ask_by_token(self, connector: str, ask: Ask) -> Answer:
        """Ask as a connector."""
        headers = {"Authorization": f"Bearer {self.tokens[connector]}"}
        return await self._ask(next(iter(self.who.values())), ask, headers)

    async def _ask(self, browser: Browser, ask: Ask, headers: dict[str, str]) -> Answer:
        self.many += 1
        more = dict(ask.more)
        sent = {**headers, **more.pop("headers", {})}
        async with browser.client.request(ask.method, ask.path, headers=sent, **more) as response:
            told = {k: v for k, v in response.headers.items() if k.lower() not in ITS_OWN}
            return Answer(response.status, repr(told).encode(), await response.read())

    @property
    def here(self) -> list[str]:
        """Those who may not know of everything."""
        return [one for one in self.who if one != WHOLE_CITY]

    def hold(self, person: str, what: str, told: bytes, marks: Iterable[Mark]) -> None:
        """Look for what nobody here may be told."""
        for mark in marks:
            found = sorted({one.decode() for one in mark.secrets if one in told})
            if found:
                self.leaks.append(f"{person}: {what} tells {found[:4]} of {mark.word}")

    def alike(self, person: str, what: str, theirs: bytes, nobodys: bytes) -> None:
        """Look whether what is not theirs and what is not there are answered alike."""
        if theirs != nobodys:
            self.leaks.append(f"{person}: {what} is answered {_differing(theirs, nobodys)}")

    def check(self) -> None:
        """Fail with all that leaked."""
        told = list(dict.fromkeys(self.leaks))
        shown = "\n".join(told[:MOST])
        assert told == [], f"{len(told)} leaks in {self.many} requests:\n{shown}"


def _differing(one: bytes, other: bytes) -> str:
    at = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0
    )
    begin = max(0, at - 60)
    return f"{one[begin : at + 90]!r}, and not {other[begin : at + 90]!r}"


async def signed_in(sign_in: SignIn) -> Asking:
    """Everybody who asks."""
    people = [row["code"] for row in outside.people()]
    found = Asking({one: await sign_in(one) for one in (*people, WHOLE_CITY)})
    for person, post in outside.CHOSEN.items():
        await found.who[person].post("/api/me/post", {"post": post})
    return found
