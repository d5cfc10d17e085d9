"""The base of every row class, and the column types that they share."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# The name in a table's info of what happens to a row that is there already (an ON CONFLICT clause);
# without one somebody was faster.
TWICE: Final = "twice"
ONCE: Final[dict[str, str]] = {TWICE: "ON CONFLICT DO NOTHING"}


_NO_PLACE: Final = "23514"  # SQLSTATE check_violation


def has_no_place(error: IntegrityError) -> bool:
    """Tell whether a row found no part of its table: the one of its time was made at this moment.

    Written once more it goes there. A row that breaks another of its table's conditions looks the
    same, and is refused once more.
    """
    return getattr(error.orig, "sqlstate", "") == _NO_PLACE


class Row(DeclarativeBase):
    """A row of our database; constraint names are given, so migrations can name them too."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy, never changed
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }
