"""Who works in a city: every change of a person as a row, of which the last one counts.

Nothing of it is ever changed or removed: who held which post at an instant stays to be seen, and a
step's maker has a name for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Identity, Index, Select, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.leaves import LeaveRow
from hotline.organisation import PersonData, Staff

# How a change came: with the city's file, or by somebody's command.
BY_FILE: Final = "import"
BY_COMMAND: Final = "command"


class PersonChangeRow(Row):
    """What a person is from an instant on; `gone` says that they work there no more."""

    __tablename__ = "person_change"
    __table_args__ = (Index("person_change_of", "person", "seq"),)

    seq: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person: Mapped[str]
    at: Mapped[datetime]
    about: Mapped[dict[str, Any]] = mapped_column(JSONB)
    gone: Mapped[bool]
    how: Mapped[str]
    made_by: Mapped[str]
    reason: Mapped[str]


@dataclass(frozen=True, slots=True)
class PersonChange:
    """A change of a person: the row that says what they are, or last were where they are gone."""

    person: str
    at: datetime
    about: PersonData
    gone: bool
    how: str
    made_by: str
    reason: str


_MARK: Final = select(
    func.coalesce(select(func.max(PersonChangeRow.seq)).scalar_subquery(), 0)
    + func.coalesce(select(func.max(LeaveRow.mark)).scalar_subquery(), 0)
)


async def mark(connection: AsyncConnection) -> int:
    """Give the number of the last change of people and of their leaves; 0 before the first."""
    return int((await connection.execute(_MARK)).scalar_one())


async def everybody(connection: AsyncConnection) -> Staff:
    """Give who works there now and who has left, in the order in which they came."""
    first = select(PersonChangeRow.person, func.min(PersonChangeRow.seq).label("first"))
    came = first.group_by(PersonChangeRow.person).subquery()
    last = _last().subquery()
    joined = select(last).join(came, came.c.person == last.c.person).order_by(came.c.first)
    rows = (await connection.execute(joined)).all()
    return Staff(
        {row.person: row.about for row in rows if not row.gone},
        {row.person: row.about for row in rows if row.gone},
        max((row.seq for row in rows), default=0),
    )


async def last_by_file(connection: AsyncConnection) -> Mapping[str, PersonData]:
    """Give the people as the city's file last told them; whom it took away is not among them."""
    rows = await connection.execute(_last(PersonChangeRow.how == BY_FILE))
    return {row.person: row.about for row in rows if not row.gone}


async def ended_by_command(connection: AsyncConnection) -> set[str]:
    """Give who has left because somebody said so, and not the city's file."""
    rows = await connection.execute(_last())
    return {row.person for row in rows if row.gone and row.how == BY_COMMAND}


async def add(connection: AsyncConnection, changes: Sequence[PersonChange]) -> None:
    """Keep some changes, in their order."""
    for one in changes:
        await connection.execute(insert(PersonChangeRow).values(asdict(one)))


async def history(connection: AsyncConnection, person: str) -> list[PersonChange]:
    """Give the changes of a person, the oldest first."""
    names = PersonChange.__dataclass_fields__
    wanted = select(*(getattr(PersonChangeRow, name) for name in names))
    of_person = wanted.where(PersonChangeRow.person == person).order_by(PersonChangeRow.seq)
    return [PersonChange(*row) for row in await connection.execute(of_person)]


def _last(*which: ColumnElement[bool]) -> Select[Any]:
    wanted = select(PersonChangeRow.__table__).where(*which)
    return wanted.ext(distinct_on(PersonChangeRow.person)).order_by(
        PersonChangeRow.person, PersonChangeRow.seq.desc()
    )
