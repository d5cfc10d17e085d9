"""Drafts: what somebody has begun to tell in a chat, what is typed and said in a call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import DraftRow
from backend.store.writes import Writes
from hotline.channel import Channel

# Beside the channels of chats: the address is the key of a call.
_CALL: Final = "call"
_TALK: Final = "talk"


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


async def drop_draft(connection: AsyncConnection, channel: Channel, address: str) -> None:
    """Let go of what somebody has begun in a chat."""
    mine = (DraftRow.channel == channel) & (DraftRow.address == address)
    await connection.execute(delete(DraftRow).where(mine))


async def of_call(
    connection: AsyncConnection, key: str, *, lock: bool = False
) -> dict[str, object] | None:
    """Give what was typed in a call, or None."""
    return await _body(connection, _CALL, key, lock=lock)


async def of_talk(
    connection: AsyncConnection, key: str, *, lock: bool = False
) -> dict[str, object] | None:
    """Give what was said in a call as it was written down, or None."""
    return await _body(connection, _TALK, key, lock=lock)


async def _body(
    connection: AsyncConnection, channel: str, key: str, *, lock: bool
) -> dict[str, object] | None:
    asked = select(DraftRow.body).where(DraftRow.channel == channel, DraftRow.address == key)
    rows = await connection.execute(asked.with_for_update() if lock else asked)
    return rows.scalar_one_or_none()


async def is_newer(connection: AsyncConnection, key: str, since: datetime) -> bool:
    """Tell whether something was typed in a call since an instant."""
    rows = await connection.execute(
        select(DraftRow.updated_at).where(
            DraftRow.channel == _CALL, DraftRow.address == key, DraftRow.updated_at >= since
        )
    )
    return rows.first() is not None


def keep_of_call(writes: Writes, key: str, body: Mapping[str, object]) -> None:
    """Keep what was typed in a call, in the stead of what was kept before."""
    writes.add("draft", _row(_CALL, key, body, writes.now))


def keep_of_talk(writes: Writes, key: str, body: Mapping[str, object]) -> None:
    """Keep what was said in a call, in the stead of what was kept before."""
    writes.add("draft", _row(_TALK, key, body, writes.now))


async def open_of_call(
    connection: AsyncConnection, key: str, body: Mapping[str, object], now: datetime
) -> None:
    """Keep an empty draft of a call, unless there is one."""
    row = insert(DraftRow).values(**_row(_CALL, key, body, now))
    await connection.execute(row.on_conflict_do_nothing())


async def open_of_talk(
    connection: AsyncConnection, key: str, body: Mapping[str, object], now: datetime
) -> None:
    """Keep that nothing was said in a call yet, unless something is kept."""
    row = insert(DraftRow).values(**_row(_TALK, key, body, now))
    await connection.execute(row.on_conflict_do_nothing())


def _row(channel: str, key: str, body: Mapping[str, object], now: datetime) -> dict[str, object]:
    return {"channel": channel, "address": key, "body": body, "updated_at": now}
