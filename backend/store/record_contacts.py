"""Whether who reported is who the log names, where a telephone plan has written their number anew.

A report stays logged by the id that its maker had then (`logged_as`). That this is the contact
which it names now has to follow from what the number was: the ids are made of it, by a key.
"""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Row, select, text

from backend.store.contacts import ContactIds
from backend.store.rows import KeyRow
from backend.store.session import Connection
from hotline.telephone import REGION, is_written_anew

AT_ONCE: Final = 2_000
_LOWEST: Final = UUID(int=0)
_FORMER: Final = text(
    "SELECT f.id, f.address, f.contact_id, c.address AS now FROM former_contact AS f "
    "LEFT JOIN contact AS c ON c.id = f.contact_id AND c.channel = 'phone' "
    "WHERE f.id > :after ORDER BY f.id LIMIT :most"
)
_OTHERS: Final = text(
    "SELECT c.number FROM report AS r JOIN cases AS c ON c.id = r.case_id "
    "WHERE r.logged_as IS NOT NULL AND NOT EXISTS (SELECT FROM former_contact AS f "
    "WHERE f.id = r.logged_as AND f.contact_id = r.contact_id) ORDER BY 1 LIMIT 1"
)


async def contact_that_differs(connection: Connection) -> str | None:
    """Give the first case whose report names somebody else than the log, or the former contact.

    None where everybody is who they were.
    """
    number = (await connection.execute(_OTHERS)).scalar()
    if number is not None:
        return str(number)
    asked = select(KeyRow.name, KeyRow.value).where(KeyRow.name.in_(("contact", "contact_plan")))
    kept: dict[str, str] = {row.name: row.value for row in await connection.execute(asked)}
    ids = ContactIds(bytes.fromhex(kept.get("contact", "")))
    region = kept.get("contact_plan", "").partition(" ")[0] or REGION
    after = _LOWEST
    while True:
        rows = (await connection.execute(_FORMER, {"after": after, "most": AT_ONCE})).all()
        if not rows:
            return None
        # Each number takes half a millisecond to read.
        differing = await asyncio.to_thread(_differing, ids, region, rows)
        if differing is not None:
            return str(differing)
        after = rows[-1].id


def _differing(
    ids: ContactIds, region: str, rows: Sequence[Row[tuple[object, ...]]]
) -> UUID | None:
    """The first former contact that is not the number that its contact has now."""
    for row in rows:
        same = row.now is not None and is_written_anew(row.address, row.now, region)
        if not same or (ids.written(row.address), ids.written(row.now)) != (row.id, row.contact_id):
            return UUID(str(row.id))
    return None
