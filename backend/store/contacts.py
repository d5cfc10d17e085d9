"""Contacts of citizens, kept apart from what they reported."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import ContactRow, KeyRow, ReportRow
from hotline.channel import Channel
from hotline.report import Contact
from hotline.telephone import Plan, canonical

CONTACT = ContactRow.__table__
MAX_NAME_LENGTH: Final = 200
DIGITS: Final = frozenset("0123456789")
TAIL: Final = 4
"""How many digits at a number's end are asked for over a counter."""
HIDDEN: Final = "sealed:"
"""How a key begins that no longer shows the chat that it was made of."""


@dataclass(frozen=True, slots=True)
class ContactIds:
    """Gives every address its id without asking the database; the key hides the address.

    A telephone number has one id in all its spellings, by the city's plan.
    """

    key: bytes
    plan: Plan = field(default_factory=Plan)

    def of(self, channel: Channel, address: str) -> UUID:
        """Give the id of an address, always the same one."""
        return self._named(f"{channel}:{self.address(channel, address)}")

    def written(self, number: str) -> UUID:
        """Give the id of a telephone number as it was written, in whatever form."""
        return self._named(f"{Channel.PHONE}:{number}")

    def _named(self, one: str) -> UUID:
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

    def hidden(self, key: str) -> str:
        """Give the key under which something of a chat is kept: it does not show the chat."""
        return f"{HIDDEN}{self.sealed(key)}"

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
