"""Bringing telephone numbers under their one form where the city's plan has changed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.store.contacts import CONTACT, MAX_NAME_LENGTH, ContactIds
from backend.store.rows import ContactRow, KeyRow
from hotline.channel import Channel
from hotline.report import Contact
from hotline.telephone import read_telephone

BETWEEN: Final = " / "
MANY: Final = 500
ALL: Final = "all"
# One statement for all that are moved: not every table has an index by contact.
_PAIRS: Final = "unnest(CAST(:olds AS uuid[]), CAST(:news AS uuid[])) AS moved(old, new)"
_HELD: Final = f"{_PAIRS} WHERE h.holder = 'contact:' || moved.old"
# Whatever names a contact, and then the contact itself.
_MOVE: Final = (
    # Of what a number has one that is open the first of two spellings' stays.
    *(
        f"DELETE FROM {table} AS b USING "
        "(SELECT a.id, row_number() OVER (PARTITION BY coalesce(moved.new, a.contact_id) "
        f"ORDER BY a.id) AS place FROM {table} AS a LEFT JOIN {_PAIRS} "
        "ON moved.old = a.contact_id WHERE a.ended_at IS NULL) AS one "
        "WHERE b.id = one.id AND one.place > 1"
        for table in ("call_back", "do_not_call")
    ),
    *(
        f"UPDATE {table} AS t SET contact_id = moved.new FROM {_PAIRS} "
        "WHERE t.contact_id = moved.old"
        for table in (
            *("call", "joined_caller", "nuisance", "call_back", "do_not_call", "revisit"),
            "former_contact",
        )
    ),
    # The log goes on naming who reported by the id that they had then.
    "UPDATE report AS t SET contact_id = moved.new, "
    "logged_as = NULLIF(COALESCE(t.logged_as, moved.old), moved.new) "
    f"FROM {_PAIRS} WHERE t.contact_id = moved.old",
    "INSERT INTO former_contact (id, contact_id, address) SELECT c.id, moved.new, c.address "
    f"FROM contact AS c, {_PAIRS} WHERE c.id = moved.old "
    "ON CONFLICT (id) DO UPDATE SET contact_id = excluded.contact_id",
    # A file that both have handed in keeps its one holder.
    "INSERT INTO media_holder (sha256, holder, at) SELECT h.sha256, 'contact:' || moved.new, "
    f"min(h.at) FROM media_holder AS h, {_HELD} GROUP BY 1, 2 ON CONFLICT DO NOTHING",
    f"DELETE FROM media_holder AS h USING {_HELD}",
    "DELETE FROM contact WHERE id = ANY(CAST(:olds AS uuid[]))",
)


async def keep_to_plan(engine: AsyncEngine, ids: ContactIds, most: int = MANY) -> int:
    """Bring some telephone numbers under their one form that another plan, or none, has kept.

    Two spellings of a number become one contact with all that both had: reports, calls, call-backs,
    cases that they joined, what they were asked, files, what is held against them. A number with an
    extension and what is no number stay as they were written. Gives how many were looked at: 0 once
    all of them were, until the plan changes.
    """
    plan = f"{ids.plan.region} {ids.plan.area}/"
    kept = select(KeyRow.value).where(KeyRow.name == "contact_plan")
    async with engine.begin() as connection:
        told = str(await connection.scalar(kept) or "")
        after = told.removeprefix(plan) if told.startswith(plan) else str(UUID(int=0))
        if after == ALL:
            return 0
        phones = select(CONTACT).where(CONTACT.c.channel == Channel.PHONE, CONTACT.c.id > after)
        found = await connection.execute(phones.order_by(CONTACT.c.id).limit(most))
        rows = found.mappings().all()
        moves = await asyncio.to_thread(_moves, ids, rows)
        if moves:
            await _move(connection, moves)
        value = f"{plan}{rows[-1]['id'] if rows else ALL}"
        made = insert(KeyRow).values(name="contact_plan", value=value)
        await connection.execute(
            made.on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )
    return len(rows)


def _moves(ids: ContactIds, rows: Sequence[Mapping[Any, Any]]) -> list[tuple[UUID, dict[str, Any]]]:
    """Give the ids of contacts that are kept otherwise, each with the row that it becomes."""
    moves = []
    for row in rows:
        read = read_telephone(row["address"], ids.plan)
        if read is not None and not read.extension and read.number != row["address"]:
            new = Contact(Channel.PHONE, read.number, row["name"], row["language"])
            moves.append((row["id"], ids.row(new)))
    return moves


async def _move(connection: AsyncConnection, moves: list[tuple[UUID, dict[str, Any]]]) -> None:
    """Put contacts under their new rows; no name is lost where several become one."""
    new = {row["id"]: row for _, row in reversed(moves)}
    known = await connection.execute(
        select(ContactRow.id, ContactRow.name).where(ContactRow.id.in_(new)).with_for_update()
    )
    names = {one: list[str]() for one in new} | {row.id: row.name.split(BETWEEN) for row in known}
    for _, row in moves:
        names[row["id"]].append(row["name"])
    for one, row in new.items():
        row["name"] = BETWEEN.join(dict.fromkeys(filter(None, names[one])))[:MAX_NAME_LENGTH]
    made = insert(ContactRow)
    named = made.on_conflict_do_update(index_elements=["id"], set_={"name": made.excluded.name})
    await connection.execute(named, list(new.values()))
    pairs = {"olds": [str(old) for old, _ in moves], "news": [str(row["id"]) for _, row in moves]}
    for statement in _MOVE:
        await connection.execute(text(statement), pairs)
