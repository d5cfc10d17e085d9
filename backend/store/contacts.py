"""Contacts of citizens, kept apart from what they reported."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.store.rows import CallRow, ContactRow, KeyRow, ReportRow
from hotline.channel import Channel
from hotline.report import Contact
from hotline.telephone import Plan, canonical, read_telephone

CONTACT = ContactRow.__table__
MAX_NAME_LENGTH: Final = 200
BETWEEN: Final = " / "
MANY: Final = 500
ALL: Final = "all"
DIGITS: Final = frozenset("0123456789")
TAIL: Final = 4
"""How many digits at a number's end are asked for over a counter."""


@dataclass(frozen=True, slots=True)
class ContactIds:
    """Gives every address its id without asking the database; the key hides the address.

    A telephone number has one id in all its spellings, by the city's plan.
    """

    key: bytes
    plan: Plan = field(default_factory=Plan)

    def of(self, channel: Channel, address: str) -> UUID:
        """Give the id of an address, always the same one."""
        one = f"{channel}:{self.address(channel, address)}"
        return UUID(bytes=hmac.new(self.key, one.encode(), hashlib.sha256).digest()[:16])

    def address(self, channel: Channel, address: str) -> str:
        """Give the one form of an address; empty where a telephone number is none."""
        return canonical(address, self.plan) if channel is Channel.PHONE else address

    def tail(self, digits: str) -> str:
        """Give the hash of a telephone number's last four digits; empty for anything shorter."""
        last = "".join(letter for letter in digits if letter in DIGITS)[-TAIL:]
        if len(last) < TAIL:
            return ""
        return hmac.new(self.key, f"tail:{last}".encode(), hashlib.sha256).hexdigest()[:32]

    def sealed(self, text: str) -> str:
        """Give a name for something that does not tell what it is, always the same one."""
        return hmac.new(self.key, f"sealed:{text}".encode(), hashlib.sha256).hexdigest()[:32]

    def row(self, contact: Contact) -> dict[str, Any]:
        """Give the row of a contact."""
        address = self.address(contact.channel, contact.address)
        by_phone = contact.channel is Channel.PHONE
        return {
            "id": self.of(contact.channel, address),
            "channel": contact.channel,
            "address": address,
            # Everybody who withholds their number is one contact, which nobody gives a name.
            "name": contact.name[:MAX_NAME_LENGTH] if address or not by_phone else "",
            "language": contact.language,
            "tail": self.tail(address) if by_phone else "",
        }


async def contact_ids(connection: AsyncConnection, plan: Plan) -> ContactIds:
    """Give the maker of contact ids with this database's own key, made when it is first asked."""
    made = insert(KeyRow).values(name="contact", value=secrets.token_hex(32))
    await connection.execute(made.on_conflict_do_nothing())
    rows = await connection.execute(select(KeyRow.value).where(KeyRow.name == "contact"))
    return ContactIds(bytes.fromhex(str(rows.scalar_one())), plan)


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


async def contacts_of(connection: AsyncConnection, case: UUID) -> list[Contact]:
    """Give who reported a case, each once."""
    report = ReportRow.__table__
    rows = await connection.execute(
        select(CONTACT.c.channel, CONTACT.c.address, CONTACT.c.name, CONTACT.c.language)
        .join(report, report.c.contact_id == CONTACT.c.id)
        .where(report.c.case_id == case)
        .distinct()
    )
    return [Contact(Channel(row[0]), row[1], row[2], row[3]) for row in rows]


async def contact(connection: AsyncConnection, contact_id: UUID) -> Contact | None:
    """Give a contact, or None where it is not known (or was removed)."""
    rows = await connection.execute(select(CONTACT).where(CONTACT.c.id == contact_id))
    row = rows.mappings().first()
    if row is None:
        return None
    return Contact(Channel(row["channel"]), row["address"], row["name"], row["language"])


async def set_language(connection: AsyncConnection, contact_id: UUID, language: str) -> None:
    """Remember the language that somebody chose."""
    await connection.execute(
        update(ContactRow).where(ContactRow.id == contact_id).values(language=language)
    )
