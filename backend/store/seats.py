"""Seats as rows, and what they did: a row of `seat_event` a change of state, kept by time."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.session import Transaction
from backend.store.telephony_rows import SeatRow
from hotline.errors import Refused
from hotline.ids import new_id
from hotline.room.seat import LATEST, MISSED, MISSED_FOR, Device, Next, Seat, SeatState

MOST: Final = 999
# What a seat and the record of it share.
_SHARED: Final = ("state", "since", "reason", "call", "until", "extended", "told_at", "by", "why")
_NEXT: Final = ("next_state", "next_reason", "next_by", "next_why")


async def of_person(connection: AsyncConnection, person: str, *, lock: bool = False) -> Seat | None:
    """Give somebody's seat, or None where they never had one."""
    asked = select(SeatRow).where(SeatRow.person == person)
    found = (await connection.execute(asked.with_for_update() if lock else asked)).first()
    return None if found is None else _seat(found)


async def named(connection: AsyncConnection, names: Collection[str]) -> dict[str, Seat]:
    """Give the seats of these names, locked in the order of their names."""
    asked = select(SeatRow).where(SeatRow.name.in_(names)).order_by(SeatRow.name)
    rows = await connection.execute(asked.with_for_update())
    return {row.name: _seat(row) for row in rows}


async def all_on(connection: AsyncConnection, besides: Collection[str] = ()) -> list[Seat]:
    """Give the seats that are not off, and some others, locked in the order of their names."""
    on = (SeatRow.state != SeatState.OFF) | SeatRow.name.in_(besides)
    rows = await connection.execute(
        select(SeatRow).where(on).order_by(SeatRow.name).with_for_update()
    )
    return [_seat(row) for row in rows]


async def talking_in(connection: AsyncConnection, call: str) -> Seat | None:
    """Give the seat that has talked in a call for the longest, locked; None where none does."""
    rows = await connection.execute(
        select(SeatRow)
        .where(SeatRow.call == call, SeatRow.state == SeatState.TALKING)
        .order_by(SeatRow.since)
        .limit(1)
        .with_for_update()
    )
    found = rows.first()
    return None if found is None else _seat(found)


async def sitting(connection: AsyncConnection) -> list[Seat]:
    """Give the seats that are not off, to be shown."""
    rows = await connection.execute(
        select(SeatRow).where(SeatRow.state != SeatState.OFF).order_by(SeatRow.name)
    )
    return [_seat(row) for row in rows]


async def people_on(connection: AsyncConnection) -> dict[str, str]:
    """Give whose the seats are that are not off, by their names."""
    rows = await connection.execute(
        select(SeatRow.name, SeatRow.person).where(SeatRow.state != SeatState.OFF)
    )
    return {row.name: row.person for row in rows}


async def due(connection: AsyncConnection, now: datetime) -> list[Seat]:
    """Give the seats whose time behind a call is over, and that have long missed one, locked.

    What lies in the future was set before clocks were set back.
    """
    ends = (SeatRow.until <= now) | (SeatRow.since >= now + LATEST)
    missed = (SeatRow.state == SeatState.PAUSED) & SeatRow.reason.in_(MISSED)
    over = (SeatRow.state == SeatState.WRAP_UP) & ends
    over |= missed & (SeatRow.since <= now - MISSED_FOR)
    rows = await connection.execute(
        select(SeatRow).where(over).order_by(SeatRow.name).with_for_update(skip_locked=True)
    )
    return [_seat(row) for row in rows]


@dataclass(frozen=True, slots=True)
class SeatTelephone:
    """By which digest a seat's telephone signs in, and what kind it is."""

    secret: str
    device: Device


NO_TELEPHONE: Final = SeatTelephone("", Device.BROWSER)


async def telephones(
    connection: AsyncConnection, names: Collection[str]
) -> dict[str, SeatTelephone]:
    """Give the telephones of some seats."""
    rows = await connection.execute(
        select(SeatRow.name, SeatRow.secret, SeatRow.device).where(SeatRow.name.in_(names))
    )
    return {one.name: SeatTelephone(one.secret, Device(one.device)) for one in rows}


async def people_of(connection: AsyncConnection, names: Collection[str]) -> dict[str, str]:
    """Give whose each of some seats is."""
    if not names:
        return {}
    rows = await connection.execute(
        select(SeatRow.name, SeatRow.person).where(SeatRow.name.in_(names))
    )
    return {one.name: one.person for one in rows}


async def make(transaction: Transaction, person: str) -> Seat:
    """Give somebody a seat, under the first name that nobody has."""
    await transaction.connection.execute(select(func.pg_advisory_xact_lock(_NAMING)))
    rows = await transaction.connection.execute(select(func.count()).select_from(SeatRow))
    number = rows.scalar_one() + 1
    if number > MOST:
        raise Refused(f"there are {MOST} seats already", code="no_seat_left")
    seat = Seat(f"seat{number:03d}", person, SeatState.OFF, transaction.now)
    await transaction.connection.execute(
        insert(SeatRow).values(name=seat.name, person=person, secret="", **_values(seat))
    )
    return seat


_NAMING: Final = 4_711_009


async def save(transaction: Transaction, changes: Iterable[tuple[Seat, Seat]]) -> None:
    """Keep seats as they stand now, each given as it stood and as it stands, in one round trip.

    A change of state is told, and goes on record; a seat may have changed several times.
    """
    changed = [(old, new) for old, new in changes if new != old]
    if not changed:
        return
    values = [{"of": new.name, **_values(new)} for _, new in changed]
    await transaction.connection.execute(_KEEP, values)
    for old, new in changed:
        if _shown(new) == _shown(old):
            continue
        transaction.emit_change("seat", new.name)
        if old.state is SeatState.TALKING and new.state is not SeatState.TALKING:
            await _tell_others(transaction, old)
        if (new.state, new.since) != (old.state, old.since):
            transaction.add("seat_event", _event(transaction, new))


def _event(transaction: Transaction, seat: Seat) -> dict[str, Any]:
    return {
        "id": new_id(transaction.now),
        "seat": seat.name,
        "person": seat.person,
        "state": seat.state,
        "reason": seat.reason,
        "call": seat.call,
        "at": seat.since,
        "by": seat.by,
        "why": seat.why,
    }


async def at_call(connection: AsyncConnection, key: str) -> list[str]:
    """Give the seats that a call is at."""
    rows = await connection.execute(select(SeatRow.name).where(SeatRow.call == key))
    return list(rows.scalars())


async def _tell_others(transaction: Transaction, left: Seat) -> None:
    """Tell the seats that a call is at still, since one has left it: it may be theirs now."""
    others = select(SeatRow.name).where(SeatRow.call == left.call, SeatRow.name != left.name)
    for name in (await transaction.connection.execute(others)).scalars():
        transaction.emit_change("seat", name)


_KEEP: Final = (
    update(SeatRow)
    .where(SeatRow.name == bindparam("of"))
    .values({one: bindparam(one) for one in (*_SHARED, *_NEXT)})
)


async def set_telephone(transaction: Transaction, name: str, new: SeatTelephone) -> None:
    """Keep by which digest a seat's telephone signs in from now on ("": by none)."""
    mine = SeatRow.name == name
    given = {"secret": new.secret, "device": new.device, "line_at": transaction.now}
    await transaction.connection.execute(update(SeatRow).where(mine).values(**given))
    transaction.emit_change("seat", name)


async def seen_lines(transaction: Transaction, names: Collection[str]) -> None:
    """Keep that the telephones of some seats are there."""
    mine = SeatRow.name.in_(names)
    await transaction.connection.execute(
        update(SeatRow).where(mine).values(line_at=transaction.now)
    )


async def lines(connection: AsyncConnection) -> dict[str, datetime]:
    """Give when the telephone of each seat was there last."""
    rows = await connection.execute(
        select(SeatRow.name, SeatRow.line_at).where(SeatRow.line_at.is_not(None))
    )
    return {one.name: one.line_at for one in rows if one.line_at is not None}


def _values(seat: Seat) -> dict[str, Any]:
    shared = {name: getattr(seat, name) for name in _SHARED}
    return {**shared, **{one: getattr(seat.next, one.removeprefix("next_")) for one in _NEXT}}


def _shown(seat: Seat) -> tuple[object, ...]:
    return (*(getattr(seat, name) for name in _SHARED if name != "told_at"), seat.next)


def _seat(row: Any) -> Seat:
    found = row[0] if isinstance(row[0], SeatRow) else row
    return Seat(
        found.name,
        found.person,
        SeatState(found.state),
        found.since,
        found.reason,
        found.call,
        found.until,
        found.extended,
        Next(SeatState(found.next_state), found.next_reason, found.next_by, found.next_why),
        found.told_at,
        found.by,
        found.why,
    )
