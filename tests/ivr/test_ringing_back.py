"""Whom the keeper of the room has rung back: each once, and what came of it is told once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.notice import CallEnd
from hotline.room.exchange import CallBackOrder, NotReached, RoomWanted
from tests.ivr.test_room_keeper import Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A keeper between a backend and an exchange that remember."""
    return Room(tmp_path)


BACK = CallBackOrder("callback0a-1764000000-1", "13800138000", "zh_CN", None)


async def test_who_is_to_be_rung_back_is_rung_once_and_who_is_not_reached_is_told(
    room: Room,
) -> None:
    room.exchange.ends = CallEnd.BUSY
    room.backend.wanted = RoomWanted(call_backs=(BACK,))
    await room.keeper.look()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    room.backend.wanted = RoomWanted()
    await room.keeper.look()
    await room.keeper.look()
    assert room.exchange.rung == [BACK]
    told = [one.not_reached for one in room.backend.rooms]
    assert told == [(), (NotReached(BACK.leg, CallEnd.BUSY),), ()]


async def test_who_waits_is_told_with_since_when_in_all(room: Room) -> None:
    entry = {"Event": "QueueEntry", "Queue": "queue1", "Wait": "4", "Priority": "10"}
    room.exchange.waiting = [{**entry, "Uniqueid": "h1-1.1"}, {**entry, "Uniqueid": "h1-1.2"}]
    room.since["h1-1-1"] = room.clock.now() - timedelta(seconds=90)
    await room.keeper.look()
    waited = [(one.call, room.clock.now() - one.since) for one in room.backend.rooms[-1].waiting]
    assert waited == [("h1-1-1", timedelta(seconds=90)), ("h1-1-2", timedelta(seconds=4))]
