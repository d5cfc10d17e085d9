"""Instants as Python can hold them: the database's calendar is longer, and one odd row of it must
not keep all others from being read."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import AdaptedConnection

# What came before or comes later, infinity too, is read as these. Some days lie between them and
# the edges of Python's calendar, so that they can be told in every zone.
FIRST: Final = datetime(1, 1, 3, tzinfo=UTC)
LAST: Final = datetime(9999, 12, 29, tzinfo=UTC)
# The database counts from here.
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNIT: Final = timedelta(microseconds=1)
_LEAST: Final = (FIRST - _EPOCH) // _UNIT
_MOST: Final = (LAST - _EPOCH) // _UNIT


def read_any(connection: AdaptedConnection, _: object) -> None:
    """Let a new connection read every instant that the database can hold (a `connect` event)."""
    connection.run_async(_teach)


async def _teach(driver: Any) -> None:
    await driver.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=_told, decoder=_read, format="tuple"
    )


def _told(at: datetime) -> tuple[int]:
    return ((at.astimezone(UTC) - _EPOCH) // _UNIT,)


def _read(given: tuple[int]) -> datetime:
    (passed,) = given
    if _LEAST <= passed <= _MOST:
        return _EPOCH + timedelta(0, 0, passed)
    return FIRST if passed < 0 else LAST
