"""Views of lists that people save for themselves: made, renamed and dropped by nobody else."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.desks.context import AppContext
from backend.store import view_rows
from backend.store.session import Transaction
from hotline.errors import Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.people import Actor
from hotline.pinyin import spelled

MAX_NAME: Final = 40
MAX_QUERY: Final = 2_000
MOST: Final = 50
"""So many views one person keeps: more are no way to find anything."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view: its name, and what stands in the address of the list behind the question mark.

    `spelled` is its name in pinyin, whole and by its beginnings.
    """

    id: str
    name: str
    query: str
    spelled: list[str]


async def all_of(office: AppContext, actor: Actor) -> list[SavedView]:
    """Give somebody's views by their names."""
    async with office.store.connect() as connection:
        rows = await view_rows.views_of(connection, actor.person)
    return [_view(row["id"], row["name"], row["query"]) for row in rows]


async def save(office: AppContext, actor: Actor, name: str, query: str) -> SavedView:
    """Save a view, in the stead of one of that name.

    Raises Invalid for a name or an address that is none, Refused (many_views) beyond so many.
    """
    called = _named(name)
    if len(query) > MAX_QUERY:
        raise Invalid("query", "is too long", code="too_long", most=MAX_QUERY)

    async def work(transaction: Transaction) -> UUID:
        connection = transaction.connection
        rows = await view_rows.views_of(connection, actor.person)
        if len(rows) >= MOST and all(row["name"] != called for row in rows):
            raise Refused(f"{actor.person} has {MOST} views", code="many_views", most=MOST)
        ident = new_id(transaction.now)
        return await view_rows.save_view(connection, ident, actor.person, called, query)

    kept = await office.store.transaction(office.clock.now, work)
    return _view(kept, called, query)


async def rename(office: AppContext, actor: Actor, ident: UUID, name: str) -> list[SavedView]:
    """Give a view another name, and give all; Refused (view_there) where one is called so."""
    called = _named(name)

    async def work(transaction: Transaction) -> None:
        rows = await view_rows.views_of(transaction.connection, actor.person)
        if any(row["name"] == called and row["id"] != ident for row in rows):
            raise Refused(f"there is a view {called!r}", code="view_there")
        if not await view_rows.rename_view(transaction.connection, ident, actor.person, called):
            raise NotFound(f"{actor.person} has no view {ident}", code="not_found")

    await office.store.transaction(office.clock.now, work)
    return await all_of(office, actor)


async def drop(office: AppContext, actor: Actor, ident: UUID) -> list[SavedView]:
    """Drop a view, and give those that are left; NotFound where it is nobody's or another's."""

    async def work(transaction: Transaction) -> None:
        if not await view_rows.drop_view(transaction.connection, ident, actor.person):
            raise NotFound(f"{actor.person} has no view {ident}", code="not_found")

    await office.store.transaction(office.clock.now, work)
    return await all_of(office, actor)


def _view(ident: UUID, name: str, query: str) -> SavedView:
    return SavedView(str(ident), name, query, list(spelled(name)))


def _named(name: str) -> str:
    called = name.strip()
    if not called:
        raise Invalid("name", "says nothing", code="input_missing")
    if len(called) > MAX_NAME:
        raise Invalid("name", "is too long", code="too_long", most=MAX_NAME)
    return called
