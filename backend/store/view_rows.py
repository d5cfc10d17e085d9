"""Views of lists that people have saved: each is a list's address with a name, of one person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, UniqueConstraint, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row


class SavedViewRow(Row):
    """A view: what its list is narrowed to and ordered by, as it stands in the address."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]


async def views_of(connection: AsyncConnection, person: str) -> Sequence[RowMapping]:
    """Give somebody's views by their names."""
    rows = await connection.execute(
        select(SavedViewRow.__table__)
        .where(SavedViewRow.person == person)
        .order_by(SavedViewRow.name)
    )
    return rows.mappings().all()


async def save_view(
    connection: AsyncConnection, ident: UUID, person: str, name: str, query: str
) -> UUID:
    """Save a view, in the stead of one of that name; gives its id."""
    row = insert(SavedViewRow).values(id=ident, person=person, name=name, query=query)
    kept = row.on_conflict_do_update(index_elements=["person", "name"], set_={"query": query})
    saved = await connection.execute(kept.returning(SavedViewRow.id))
    found: UUID = saved.scalar_one()
    return found


async def rename_view(connection: AsyncConnection, ident: UUID, person: str, name: str) -> bool:
    """Give a view of somebody another name; tells whether there is one."""
    mine = (SavedViewRow.id == ident) & (SavedViewRow.person == person)
    rows = await connection.execute(
        update(SavedViewRow).where(mine).values(name=name).returning(SavedViewRow.id)
    )
    return rows.first() is not None


async def drop_view(connection: AsyncConnection, ident: UUID, person: str) -> bool:
    """Drop a view of somebody; tells whether there was one."""
    mine = (SavedViewRow.id == ident) & (SavedViewRow.person == person)
    rows = await connection.execute(delete(SavedViewRow).where(mine).returning(SavedViewRow.id))
    return rows.first() is not None
