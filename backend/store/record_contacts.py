"""Whether who reported is who the log names, where a telephone plan has written their number anew.

A report stays logged by the id that its maker had then (`logged_as`). That this is the contact
which it names now has to follow from what the number was: the ids are made of it, by a key, and it
is read by the plans that counted.
"""

import asyncio
import json
import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlalchemy import Row, select, text

from backend.store.contacts import ContactIds
from backend.store.rows import KeyRow
from backend.store.session import Connection
from hotline.errors import Invalid
from hotline.telephone import Plan, is_written_anew, parse_plan

AT_ONCE: Final = 2_000
_KEY: Final = re.compile("([0-9a-f]{2})*")
_LOWEST: Final = UUID(int=0)
_FORMER: Final = text(
    "SELECT f.id, f.address, f.contact_id, c.address AS now FROM former_contact AS f "
    "LEFT JOIN contact AS c ON c.id = f.contact_id AND c.channel = 'phone' "
    "WHERE f.id > :after ORDER BY f.id LIMIT :most"
)
# Newest first, as it is mostly the last one that wrote them so.
_CITIES: Final = text(
    "SELECT s.format, s.text FROM activation AS a JOIN release AS r ON r.id = a.release "
    "JOIN section AS s ON s.hash = r.sections->>'city' GROUP BY s.hash ORDER BY max(a.seq) DESC"
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
    asked = select(KeyRow.value).where(KeyRow.name == "contact")
    # Under another key nobody is found to be who they were.
    key = str(await connection.scalar(asked) or "")
    ids = ContactIds(bytes.fromhex(key) if _KEY.fullmatch(key) else b"")
    plans = await _plans(connection)
    after = _LOWEST
    while True:
        rows = (await connection.execute(_FORMER, {"after": after, "most": AT_ONCE})).all()
        if not rows:
            return None
        # Each number takes half a millisecond to read.
        differing = await asyncio.to_thread(_differing, ids, plans, rows)
        if differing is not None:
            return str(differing)
        after = rows[-1].id


async def _plans(connection: Connection) -> list[Plan]:
    """The telephone plans that the city has had: its releases are in the log."""
    plans = dict[Plan, None]()
    for row in await connection.execute(_CITIES):
        # What cannot be read wrote no number anew.
        with suppress(ValueError, AttributeError, RecursionError, Invalid):
            about = tomllib.loads(row.text) if row.format == "toml" else json.loads(row.text)
            plans[parse_plan(about.get("telephone", {}))] = None
    return list(plans)


def _differing(
    ids: ContactIds, plans: Sequence[Plan], rows: Sequence[Row[tuple[object, ...]]]
) -> UUID | None:
    """The first former contact that is not the number that its contact has now."""
    for row in rows:
        same = row.now is not None and is_written_anew(row.address, row.now, plans)
        if not same or (ids.written(row.address), ids.written(row.now)) != (row.id, row.contact_id):
            return UUID(str(row.id))
    return None
