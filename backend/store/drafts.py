"""Drafts of conversations: what somebody has begun to tell in a chat."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import DraftRow
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
