"""Nothing leaks: every route, asked as every post for a case out of its scope, gives nothing.

What is asked stands in asking.py, the city with its cases in outside.py. Each is asked twice: by
the names of a case that is there, and by those of one that never was. The answers are the same, and
hold no word of such a case. Who may know of everything asks the same, and finds each word.
"""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from aiohttp.web import Application

from backend.api.routes import CONSOLE_ROUTES
from backend.desks import telephone
from backend.desks.context import AppContext
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.clock import FixedClock
from tests.backend.api import outside
from tests.backend.api.asking import APART, Ask, Asking, NotToldHow, asked_of, signed_in
from tests.backend.api.conftest import SignIn, publish
from tests.backend.api.outside import CALLER, WHOLE_CITY, Mark, Place

LIVE: Final = "h1-1764000777-7"
# The number of the newest change counts all changes of the city, by which consoles go on.
# How often a number has called is no case's.
COUNTED: Final = re.compile(rb'"(feed|calls)":[0-9]+')
# Whether all parts work, and how much lies aside, is the business of who operates the hotline.
OPERATED: Final = "/api/health"
AUDITED: Final = "/api/audit"
# Fewer requests than this are not all.
MANY: Final = 3_500


@pytest.fixture
async def office(office: AppContext) -> AppContext:
    """The office of a city with people of every post who may not know of everything."""
    return replace(office, city=outside.city())


@pytest.fixture
def place(app: Application) -> Place:
    """The office as cases go their way in it."""
    return Place(app)


def asks(mark: Mark) -> list[Ask]:
    """Every request of the console's routes."""
    return [one for route in CONSOLE_ROUTES for one in asked_of(route, mark)]


async def sit(asking: Asking, office: AppContext, clock: FixedClock) -> None:
    """Let somebody sit at whose seat the caller of the hidden case rings."""
    await asking.who["acceptor-here"].post("/api/seat/online")
    await telephone.ring(office, CallRing(LIVE, CALLER, clock.now() - timedelta(minutes=9)))
    rings = CallEvent(LIVE, CallEventType.SEAT_RINGING, clock.now(), "seat001")
    await telephone.note(office, [rings])


async def seen_by_all(asking: Asking) -> dict[str, dict[str, bytes]]:
    """What everybody reads; the audit at last, for it tells of what was refused meanwhile."""
    found = {person: await seen_of(asking, person) for person in asking.here}
    await seen_of(asking, WHOLE_CITY)
    for person in asking.here:
        await seen_of(asking, person, audited=True)
    for person, seen in found.items():
        seen |= await seen_of(asking, person, audited=True)
    return found


async def seen_of(asking: Asking, person: str, *, audited: bool = False) -> dict[str, bytes]:
    """What somebody reads without naming a case."""
    one = outside.nobodys()
    mine = [Ask("GET", f"/api/seat/calls/{LIVE}")]
    reads = [ask for ask in asking.few(person, (*asks(one), *mine)) if ask.method == "GET"]
    named = [ask for ask in reads if one.is_named_in(ask.named)]
    fixed = [ask for ask in reads if ask not in named and OPERATED not in ask.path]
    audits = [ask for ask in fixed if AUDITED in ask.path]
    wanted = audits if audited else [ask for ask in fixed if ask not in audits]
    return {ask.named: (await asking.ask(person, ask)).whole for ask in wanted}


def test_every_route_is_told_how_it_is_asked() -> None:
    mark, unknown = outside.nobodys(), []
    for route in CONSOLE_ROUTES:
        try:
            asked_of(route, mark)
        except NotToldHow as error:
            unknown.append(str(error))
    assert unknown == []
    there = {f"{one.method} {one.path}" for one in CONSOLE_ROUTES}
    assert set(APART) <= there


async def test_no_route_tells_of_a_case_out_of_scope(
    app: Application, office: AppContext, place: Place, sign_in: SignIn, clock: FixedClock
) -> None:
    asking = await signed_in(sign_in)
    near = await outside.near(place)
    await sit(asking, office, clock)
    await publish(app)
    before = await seen_by_all(asking)
    spoken, written = await outside.spoken(place, near.call), await outside.written(place)
    gone = await outside.left(place)
    marks = [spoken, written, *gone]
    await controlled(asking, spoken, written)
    kept = await outside.fingerprint(office, marks)
    for person, seen in (await seen_by_all(asking)).items():
        for what, told in seen.items():
            same = (COUNTED.sub(b"", one) for one in (told, before[person][what]))
            asking.alike(person, f"{what}, as before,", *same)
            asking.hold(person, what, told, marks)
        for mark in (spoken, written):
            await both(asking, person, mark, marks)
        for mark in gone:
            await both(asking, person, mark, marks, once=True)
        page = Ask("GET", f"/api/cases/{near.number}")
        asking.hold(person, "a case of theirs", (await asking.ask(person, page)).whole, marks)
        for what, told in (await seen_of(asking, person, audited=True)).items():
            asking.hold(person, what, told, marks)
    asking.check()
    assert await outside.fingerprint(office, marks) == kept, "what nobody may see was changed"
    assert asking.many > MANY, "less is asked than there is"


async def both(
    asking: Asking, person: str, mark: Mark, marks: list[Mark], *, once: bool = False
) -> None:
    """Ask for a case and for none by all that names it; with `once`, each route in one way."""
    none, routes = outside.nobodys(), set[str]()
    others = {ask.named: other for ask, other in zip(asks(mark), asks(none), strict=True)}
    for ask in asking.few(person, asks(mark)):
        if not mark.is_named_in(ask.named):
            if mark is marks[0] and (ask.method != "GET" or OPERATED in ask.path):
                told = await asking.ask(person, ask)
                asking.hold(person, ask.named, told.whole, marks)
            continue
        if once and ask.route in routes:
            continue
        routes.add(ask.route)
        told, nothing = [
            await asking.ask(person, ask),
            await asking.ask_once(person, others[ask.named]),
        ]
        asking.hold(person, ask.named, told.whole, [one for one in marks if one is not mark])
        unnamed = none.unnamed(nothing.whole)
        asking.alike(person, ask.named, mark.unnamed(told.whole), unnamed)


async def controlled(asking: Asking, spoken: Mark, written: Mark) -> None:
    """Who may know of everything is told every word that is looked for: it can be found."""
    told = b""
    for mark in (spoken, written):
        # Another's call is refused to them too, which would be written down.
        reads = [one for one in asks(mark) if one.method == "GET" and "/seat/" not in one.path]
        reads += [
            Ask("POST", f"/api/cases/{mark.number}/contact", {"json": {"reason": "call_back"}})
        ]
        for ask in reads:
            told += (await asking.ask(WHOLE_CITY, ask)).body
    names = (
        *(spoken.number, spoken.call, spoken.sound, spoken.photo, spoken.alarm),
        written.number,
    )
    wanted = [one.encode() for one in (*names, written.notice, spoken.aside)]
    words = ("text", "place", "note", "done", "heard", "raw", "said", "reason")
    wanted += [f"{spoken.word}{one}".encode() for one in words]
    wanted += [f"{written.word}name".encode()]
    missing = [one for one in wanted if one not in told]
    assert missing == [], "nothing that could leak is asked for"
