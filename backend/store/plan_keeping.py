"""Bringing telephone numbers under their one form where the city's plan has changed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.store.contacts import CONTACT, MAX_NAME_LENGTH, ContactIds
from backend.store.log_again import log_anew
from backend.store.log_sources import REPORTER
from backend.store.rows import CallRow, ContactRow, KeyRow, ReportRow
from hotline.channel import Channel
from hotline.report import Contact
from hotline.telephone import read_telephone

BETWEEN: Final = " / "
MANY: Final = 500
ALL: Final = "all"


async def keep_to_plan(engine: AsyncEngine, ids: ContactIds, most: int = MANY) -> int:
    """Bring some telephone numbers under their one form that another plan, or none, has kept.

    Two spellings of a number become one contact with the reports and calls of both. A number with
    an extension and what is no number stay as they were written. Gives how many were looked at:
    0 once all of them were, until the plan changes.
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
    pairs = [{"old": old, "new": row["id"]} for old, row in moves]
    for table in (ReportRow, CallRow):
        mine = update(table).where(table.contact_id == bindparam("old"))
        await connection.execute(mine.values(contact_id=bindparam("new")), pairs)
    await connection.execute(delete(ContactRow).where(ContactRow.id == bindparam("old")), pairs)
    told = select(ReportRow.case_id).where(ReportRow.contact_id.in_(new)).distinct()
    of = [str(case) for case in (await connection.execute(told)).scalars()]
    await log_anew(connection, of, (REPORTER,))
