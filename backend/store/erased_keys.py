"""Hiding the keys of what came from chats, which name the chat, where an erasure comes by.

What is kept from now on is hidden from the start; this is for what was kept before. A key goes over
into the form in which the same message would be kept today, so it is still known when it comes
again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.contacts import HIDDEN, ContactIds
from hotline.channel import Channel

_ATTACHED: Final = "attach:"
_REPORTS: Final = text(
    f"SELECT id, key FROM report WHERE (contact_id = CAST(:contact AS uuid) "
    "OR case_id = ANY(CAST(CAST(:cases AS text[]) AS uuid[]))) "
    f"AND channel <> '{Channel.PHONE}' AND NOT starts_with(key, '{HIDDEN}')"
)
_HIDE_REPORT: Final = text("UPDATE report SET key = :key WHERE id = :id")
# Moves of citizens by their chat, and photos that were sent after a report.
_STEPS: Final = text(
    "SELECT case_id, seq, key FROM step "
    "WHERE case_id = ANY(CAST(CAST(:cases AS text[]) AS uuid[])) "
    f"AND (key ~ '^[0-9a-f-]{{36}}/' OR starts_with(key, '{_ATTACHED}')) "
    f"AND strpos(key, '{HIDDEN}') = 0 AND (erased_at IS NULL OR erased_at = :now)"
)
_HIDE_STEP: Final = text(
    "UPDATE step SET key = :key, erased_at = :now WHERE case_id = :case AND seq = :seq"
)
_HIDE_MOVE: Final = text("UPDATE move_key SET key = :key WHERE key = :was")


async def hide_reports(
    connection: AsyncConnection, ids: ContactIds, contact: UUID | None, cases: Sequence[str]
) -> None:
    """Hide the keys of the reports of somebody and of some cases; the caller logs them anew."""
    given = {"contact": contact and str(contact), "cases": list(cases)}
    rows = (await connection.execute(_REPORTS, given)).all()
    if rows:
        hidden = [{"id": row.id, "key": ids.hidden(row.key)} for row in rows]
        await connection.execute(_HIDE_REPORT, hidden)


async def hide_moves(
    connection: AsyncConnection, ids: ContactIds, cases: Sequence[str], now: datetime
) -> None:
    """Hide the keys of what was done by chat on some cases whose words go at this moment.

    The steps are erased ones from then on; the caller lets go of their salts.
    """
    rows = (await connection.execute(_STEPS, {"cases": list(cases), "now": now})).all()
    if rows:
        hidden = [
            {"case": row.case_id, "seq": row.seq, "key": _hidden(ids, row.key), "was": row.key}
            for row in rows
        ]
        await connection.execute(_HIDE_STEP, [one | {"now": now} for one in hidden])
        await connection.execute(_HIDE_MOVE, hidden)


def _hidden(ids: ContactIds, key: str) -> str:
    mark = ":" if key.startswith(_ATTACHED) else "/"
    begins, _, rest = key.partition(mark)
    return f"{begins}{mark}{ids.hidden(rest)}"
