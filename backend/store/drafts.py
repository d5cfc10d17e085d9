"""Drafts of conversations, and the versions of a city's rules that cases walk by."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import DraftRow, RulesRow
from backend.store.writes import Writes
from hotline.channel import Channel


async def load_draft(
    connection: AsyncConnection, channel: Channel, address: str
) -> dict[str, object] | None:
    """Give what somebody has begun in a chat, or None."""
    rows = await connection.execute(
        select(DraftRow.body).where(DraftRow.channel == channel, DraftRow.address == address)
    )
    return rows.scalar_one_or_none()


def keep_draft(writes: Writes, channel: Channel, address: str, body: Mapping[str, object]) -> None:
    """Keep what somebody has begun, in the stead of what was kept before."""
    row = {"channel": channel, "address": address, "body": body, "updated_at": writes.now}
    writes.add("draft", row)


async def keep_rules(
    connection: AsyncConnection, version: str, body: Mapping[str, object], now: datetime
) -> None:
    """Keep a version of the workflow; a version never changes once it is kept."""
    made = insert(RulesRow).values(version=version, body=dict(body), loaded_at=now)
    await connection.execute(made.on_conflict_do_nothing())


async def kept_rules(connection: AsyncConnection) -> dict[str, dict[str, object]]:
    """Give every version of the workflow that was ever used."""
    rows = await connection.execute(select(RulesRow.version, RulesRow.body))
    return {row[0]: row[1] for row in rows}
