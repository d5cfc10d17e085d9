"""Drafts of conversations, and the versions of a city's rules that cases walk by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import DraftRow, RulesRow
from hotline.report import Channel


async def load_draft(
    connection: AsyncConnection, channel: Channel, address: str
) -> dict[str, object] | None:
    """Give what somebody has begun in a chat, or None."""
    rows = await connection.execute(
        select(DraftRow.body).where(DraftRow.channel == channel, DraftRow.address == address)
    )
    return rows.scalar_one_or_none()


async def save_draft(
    connection: AsyncConnection,
    channel: Channel,
    address: str,
    body: Mapping[str, object] | None,
    now: datetime,
) -> None:
    """Keep what somebody has begun, or drop it."""
    if body is None:
        await connection.execute(
            delete(DraftRow).where(DraftRow.channel == channel, DraftRow.address == address)
        )
        return
    made = insert(DraftRow).values(
        channel=channel, address=address, body=dict(body), updated_at=now
    )
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=["channel", "address"], set_={"body": dict(body), "updated_at": now}
        )
    )


async def keep_rules(
    connection: AsyncConnection, version: str, body: Mapping[str, Any], now: datetime
) -> None:
    """Keep a version of the workflow; a version never changes once it is kept."""
    made = insert(RulesRow).values(version=version, body=dict(body), loaded_at=now)
    await connection.execute(made.on_conflict_do_nothing())


async def kept_rules(connection: AsyncConnection) -> dict[str, dict[str, Any]]:
    """Give every version of the workflow that was ever used."""
    rows = await connection.execute(select(RulesRow.version, RulesRow.body))
    return {row[0]: row[1] for row in rows}
