"""What is on record of a caller, read from the database of a running hotline."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from backend.store import cases
from backend.store.rows import CallEventRow, CallRow, CaseMediaRow, CaseRow, ContactRow, ReportRow
from backend.store.session import Store, make_engine
from backend.store.telephony_rows import SeatRow
from hotline.case.case import Case, Step
from hotline.clock import SystemClock
from hotline.media import MediaKind
from hotline.room.seat import BUSY
from tests.real.stack import Stack

T = TypeVar("T")
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Kept:
    """A report on record, with its recording's hash where it has one."""

    number: str
    recording: str | None


class Record:
    """The database behind a running hotline; a test only reads it."""

    def __init__(self, store: Store):
        self._store = store

    async def reports(self, caller: str) -> list[Kept]:
        """Give every report of a caller."""
        async with self._store.connect() as connection:
            rows = await connection.execute(
                select(CaseRow.number, CaseMediaRow.sha256)
                .join(ReportRow, ReportRow.case_id == CaseRow.id)
                .join(ContactRow, ContactRow.id == ReportRow.contact_id)
                .outerjoin(
                    CaseMediaRow,
                    (CaseMediaRow.case_id == CaseRow.id)
                    & (CaseMediaRow.kind == MediaKind.RECORDING),
                )
                .where(ContactRow.address == caller)
            )
            return [Kept(row[0], row[1]) for row in rows]

    async def calls(self, caller: str) -> list[str]:
        """Give the keys of a caller's calls that are on record as ended."""
        async with self._store.connect() as connection:
            rows = await connection.execute(
                select(CallRow.key)
                .join(ContactRow, ContactRow.id == CallRow.contact_id)
                .join(CallEventRow, CallEventRow.call_key == CallRow.key)
                .where(ContactRow.address == caller, CallEventRow.mark == "ended")
                .distinct()
            )
            return list(rows.scalars())

    async def marks(self, caller: str) -> list[str]:
        """Give what happened in a caller's calls, in the order of time."""
        async with self._store.connect() as connection:
            rows = await connection.execute(
                select(CallEventRow.mark)
                .join(CallRow, CallEventRow.call_key == CallRow.key)
                .join(ContactRow, ContactRow.id == CallRow.contact_id)
                .where(ContactRow.address == caller)
                .order_by(CallEventRow.at)
            )
            return list(rows.scalars())

    async def unended(self) -> list[str]:
        """Give the keys of the calls that have no end."""
        async with self._store.connect() as connection:
            ended = select(CallEventRow.call_key).where(CallEventRow.mark == "ended")
            rows = await connection.execute(select(CallRow.key).where(CallRow.key.not_in(ended)))
            return list(rows.scalars())

    async def busy_seats(self) -> list[str]:
        """Give the seats that ring or talk, as the office has it."""
        async with self._store.connect() as connection:
            busy = select(SeatRow.name).where(SeatRow.state.in_(BUSY))
            return list((await connection.execute(busy)).scalars())

    async def names(self, caller: str) -> list[str]:
        """Give the names that a caller showed."""
        async with self._store.connect() as connection:
            rows = await connection.execute(
                select(ContactRow.name).where(ContactRow.address == caller)
            )
            return list(rows.scalars())

    async def story(self, number: str) -> tuple[Case, list[Step]]:
        """Give a case and its steps."""
        async with self._store.connect() as connection:
            case = await cases.load(connection, number)
            return case, await cases.steps_of(connection, case.id)


@asynccontextmanager
async def on_record(stack: Stack) -> AsyncIterator[Record]:
    """Open the database of a running hotline."""
    store = Store(make_engine(stack.database().url(), pool_size=2))
    try:
        yield Record(store)
    finally:
        await store.close()


async def eventually(
    look: Callable[[], Awaitable[T]], enough: Callable[[T], object], seconds: float = 120.0
) -> T:
    """Look until it is enough; gives what was seen last, enough or not."""
    until = CLOCK.monotonic() + seconds
    while True:
        seen = await look()
        if enough(seen) or CLOCK.monotonic() > until:
            return seen
        await asyncio.sleep(0.1)
