"""A scope lets the same cases through at every door: list, page, file, feed, map, search."""

import hashlib
from dataclasses import dataclass, replace
from random import Random

import pytest

from backend.desks import media
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.queries import casefile, feed_messages, inbox
from backend.queries.feed_messages import FeedMessage
from backend.store import cases, feed
from backend.store.media import add_file, link_row
from hotline.case.case import Case, Step, entries_of
from hotline.errors import NotFound
from hotline.ids import new_id
from hotline.media import Attachment, MediaKind
from hotline.people import CITIZEN_POST, Actor
from hotline.place.point import Point
from hotline.rights.permissions import SEE
from hotline.rights.posts import Grant, Post, Rights
from hotline.rights.scopes import AnyOf, Everything, Holds, InAreas, Scope, covers
from tests.backend.store.test_scopes import drawn_case, tokens
from tests.cities import MONDAY

MANY, SCOPES, LOOKED_AT = 300, 30, 12
# Of this city and of others, of none, and with what a pattern would read as anything.
CELLS = (
    *(None, "", "330299001001001", "330299002001001", "330298001001001", "110101001001001"),
    *("3302_9001001001", "3302%9001001001", "3302\\9001001001", "33"),
)
BEGINNINGS = ("330299001", "330298", "3302_9", "3302%", "3302\\", "33", "11", "330299001001", "9")
LOOK = Post("look", "看", "Look", frozenset({SEE}))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Cases with a file of each, and what the feed has told of them."""

    office: AppContext
    cases: list[Case]
    news: list[FeedMessage]


def drawn_scope(dice: Random, depth: int = 3) -> Scope:
    """A scope of any kind, in unions of unions."""
    kinds: list[Scope] = [
        Everything(),
        InAreas(tuple(dice.sample(BEGINNINGS, dice.randrange(4)))),
        Holds(tokens(dice)),
    ]
    if depth:
        parts = tuple(drawn_scope(dice, depth - 1) for _ in range(dice.randrange(4)))
        kinds += [AnyOf(parts)] * 4
    return dice.choice(kinds)


def file_of(case: Case) -> str:
    """The hash of a case's file."""
    return hashlib.sha256(case.number.encode()).hexdigest()


@pytest.fixture
async def shelf(office: AppContext) -> Shelf:
    """Cases that lie anywhere, with anybody."""
    dice, many, rules = Random(10), list[Case](), office.city.rules(office.city.release)
    async with office.store.append(office.clock.now()) as writes:
        for at in range(1, MANY + 1):
            case = replace(drawn_case(dice, at), release=office.city.release)
            case = replace(case, cell=dice.choice(CELLS), point=Point(121.5, 29.8))
            made = (new_id(MONDAY), case.id, 1, "report", MONDAY, "x", CITIZEN_POST)
            step = Step(*made, changes=entries_of(case))
            cases.add_step(writes, None, case, step, rules)
            file = Attachment(file_of(case), MediaKind.PHOTO, MediaKind.PHOTO.mime)
            add_file(writes, file, 1, {"person:x"})
            key = f"link-{at}"
            link = link_row(case.id, file.sha256, MediaKind.PHOTO, key, writes.now)
            writes.add("case_media", link)
            many.append(case)
    async with office.store.connect() as connection:
        await feed.number(connection)
    async with office.store.one_moment() as connection:
        office.tally.load((await feed.snapshot(connection)).standings)
    news = await feed_messages.after(office, 0)
    assert news is not None
    return Shelf(office, many, news)


async def listed(office: AppContext, who: Actor, words: str = "") -> tuple[set[str], int]:
    """The numbers in all pages of a list, and how many cases it says there are."""
    found, before = set[str](), ""
    while True:
        asked = CaseQuery(words=words, limit=70, before=before)
        page = await inbox.list_cases(office, who, asked)
        numbers = [one.number for one in page.items]
        assert not found & set(numbers)
        found.update(numbers)
        if page.next is None:
            return found, sum(page.counts.stages.values())
        before = page.next


async def opens(office: AppContext, who: Actor, case: Case) -> tuple[bool, bool]:
    """Whether somebody opens a case's page and its file."""
    found = []
    for door in (
        casefile.check_in_sight(office, case.number, who),
        media.check_may_open(office, who, file_of(case)),
    ):
        try:
            await door
        except NotFound:
            found.append(False)
        else:
            found.append(True)
    return found[0], found[1]


async def test_every_door_lets_the_same_cases_through(shelf: Shelf) -> None:
    office, dice, sizes = shelf.office, Random(11), set[int]()
    for _ in range(SCOPES):
        scope = drawn_scope(dice)
        who = Actor("x", LOOK.id, rights=Rights((Grant(LOOK, scope),)))
        mine = {one.number for one in shelf.cases if covers(scope, one.assigned, one.cell or "")}
        assert await listed(office, who) == (mine, len(mine)), scope
        assert (await listed(office, who, "井盖"))[0] == mine, scope
        points = (await inbox.map_cases(office, who, open_only=False)).features
        assert {one.properties.number for one in points} == mine, scope
        heard = {one.message.number for one in shelf.news if feed_messages.shows(one, scope, "x")}
        assert heard == mine, scope
        for case in dice.sample(shelf.cases, LOOKED_AT):
            is_mine = case.number in mine
            assert await opens(office, who, case) == (is_mine, is_mine), (scope, case.cell)
        sizes.add(len(mine))
    assert {0, MANY} <= sizes
    assert len(sizes) > SCOPES // 4, "scopes too much alike to tell of any"
