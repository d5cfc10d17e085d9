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
from hotline.report import Channel, Contact
from hotline.telephone import Plan, canonical, read_telephone

CONTACT = ContactRow.__table__
LONGEST_NAME: Final = 200
BETWEEN: Final = " / "
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

    def row(self, contact: Contact) -> dict[str, Any]:
        """Give the row of a contact."""
        address = self.address(contact.channel, contact.address)
        return {
            "id": self.of(contact.channel, address),
            "channel": contact.channel,
            "address": address,
            "name": contact.name[:LONGEST_NAME],
            "language": contact.language,
            "tail": self.tail(address) if contact.channel is Channel.PHONE else "",
        }


async def contact_ids(connection: AsyncConnection, plan: Plan) -> ContactIds:
    """Give the maker of contact ids with this database's own key, made when it is first asked."""
    made = insert(KeyRow).values(name="contact", value=secrets.token_hex(32))
    await connection.execute(made.on_conflict_do_nothing())
    rows = await connection.execute(select(KeyRow.value).where(KeyRow.name == "contact"))
    return ContactIds(bytes.fromhex(str(rows.scalar_one())), plan)


async def keep_to_plan(engine: AsyncEngine, ids: ContactIds) -> None:
    """Bring the telephone numbers under their one form that another plan, or none, has kept.

    Two spellings of a number become one contact with the reports and calls of both. A number with
    an extension and what is no number stay as they were written. Looks once for each plan.
    """
    plan = f"{ids.plan.region} {ids.plan.area}"
    kept = select(KeyRow.value).where(KeyRow.name == "contact_plan")
    async with engine.begin() as connection:
        # Of two that start at once, one waits here for the other.
        await connection.execute(select(KeyRow).where(KeyRow.name == "contact").with_for_update())
        if await connection.scalar(kept) == plan:
            return
        phones = select(CONTACT).where(CONTACT.c.channel == Channel.PHONE).order_by(CONTACT.c.id)
        rows = (await connection.execute(phones)).mappings().all()
        moves, joined = await asyncio.to_thread(_joined, ids, rows)
        if moves:
            await _move(connection, moves, joined)
        told = insert(KeyRow).values(name="contact_plan", value=plan)
        await connection.execute(
            told.on_conflict_do_update(index_elements=["name"], set_={"value": plan})
        )


def _joined(
    ids: ContactIds, rows: Sequence[Mapping[Any, Any]]
) -> tuple[list[dict[str, UUID]], list[dict[str, Any]]]:
    """Give which contacts become which, and these as they are then."""
    found: dict[UUID, dict[str, Any]] = {row["id"]: dict(row) for row in rows}
    moves: list[dict[str, UUID]] = []
    for row in rows:
        read = read_telephone(row["address"], ids.plan)
        if read is None or read.extension or read.number == row["address"]:
            continue
        old = Contact(Channel.PHONE, read.number, row["name"], row["language"])
        new = ids.row(old)
        there = found.setdefault(new["id"], new)
        names = dict.fromkeys(name for name in (*there["name"].split(BETWEEN), old.name) if name)
        there["name"] = BETWEEN.join(names)[:LONGEST_NAME]
        moves.append({"old": row["id"], "new": new["id"]})
    return moves, [found[one] for one in {move["new"] for move in moves}]


async def _move(
    connection: AsyncConnection, moves: list[dict[str, UUID]], joined: list[dict[str, Any]]
) -> None:
    made = insert(ContactRow)
    named = made.on_conflict_do_update(index_elements=["id"], set_={"name": made.excluded.name})
    await connection.execute(named, joined)
    for row in (ReportRow, CallRow):
        mine = update(row).where(row.contact_id == bindparam("old"))
        await connection.execute(mine.values(contact_id=bindparam("new")), moves)
    await connection.execute(delete(ContactRow).where(ContactRow.id == bindparam("old")), moves)


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
