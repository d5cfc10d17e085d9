"""What was searched for when a list was taken out: it may name somebody, so it can be emptied.

The audit entry, which nothing changes, holds only the salted hash of the words; words and salt lie
here, and go together. So nobody puts other words in their place, and nobody finds out what went.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.writes import Writes
from hotline.ids import first_id
from hotline.numerals import narrow, plain_digits
from hotline.record.log_entry import seal
from hotline.report import Contact
from hotline.wire import read_stored

# So few signs name nobody.
_LEAST: Final = 2
_LEAST_DIGITS: Final = 4
_MARKS: Final = re.compile(r"[\W_]+")


class AuditWordsRow(Row):
    """The words of an audit entry, and the salt of their hash there; "" where they were erased.

    They are JSON: the filters that may name somebody, each with its values.
    """

    __tablename__ = "audit_words"

    audit_id: Mapped[UUID] = mapped_column(primary_key=True)
    salt: Mapped[str]
    words: Mapped[str]


_ROW: Final = AuditWordsRow


def sealed(words: str) -> tuple[str, str]:
    """Give a new salt, and the hash of some words by it."""
    salt = secrets.token_hex(32)
    return salt, seal(bytes.fromhex(salt), words)


def is_sealed(salt: str, words: str, seal_of: str) -> bool:
    """Tell whether a hash is of these words by a salt; whoever changed the salt changed both."""
    try:
        return seal(bytes.fromhex(salt), words) == seal_of
    except ValueError:
        return False


def add(writes: Writes, entry: UUID, salt: str, words: str) -> None:
    """Keep the words of an entry."""
    writes.add("audit_words", {"audit_id": entry, "salt": salt, "words": words})


async def words_of(connection: AsyncConnection, entries: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Give (salt, words) of those entries that have any."""
    asked = select(_ROW.audit_id, _ROW.salt, _ROW.words).where(_ROW.audit_id.in_(entries))
    return {row[0]: (row[1], row[2]) for row in await connection.execute(asked)}


async def forget_of(connection: AsyncConnection, contact: Contact) -> None:
    """Empty all words by which somebody was searched for: their name or address, or a part."""
    asked = select(_ROW.audit_id, _ROW.words).where(_ROW.words != "")
    rows = (await connection.execute(asked)).all()
    await _forget(connection, [row[0] for row in rows if names(row[1], contact)])


async def forget_before(connection: AsyncConnection, before: datetime) -> None:
    """Empty the words of all entries before an instant."""
    asked = select(_ROW.audit_id).where(_ROW.words != "", _ROW.audit_id < first_id(before))
    await _forget(connection, list((await connection.execute(asked)).scalars()))


async def _forget(connection: AsyncConnection, entries: Sequence[UUID]) -> None:
    if entries:
        mine = update(_ROW).where(_ROW.audit_id.in_(entries))
        await connection.execute(mine.values(salt="", words=""))


def names(words: str, contact: Contact) -> bool:
    """Tell whether words name somebody by more than chance; marks among them count for nothing."""
    lists = read_stored(words).values()
    whole = " ".join(str(one) for values in lists for one in values)
    said = _parts(narrow(whole)) + _parts(plain_digits(whole))
    known = ((one, _LEAST) for one in contact.name.split(" / "))
    for one, least in (*known, (contact.address, _LEAST_DIGITS)):
        told = _parts(narrow(one))[0]
        if any(len(told) >= _LEAST and told in part for part in said):
            return True
        if any(len(part) >= least and part in told for part in said):
            return True
    return False


def _parts(text: str) -> list[str]:
    """Give a text without its marks, and each part between them, as a search takes it apart."""
    parts = _MARKS.sub(" ", text.casefold()).split()
    return ["".join(parts), *parts]
