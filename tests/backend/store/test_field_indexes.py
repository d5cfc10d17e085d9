"""Fields by which lists are narrowed get an index when they are published, while cases come in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.desks.context import AppContext
from backend.store import views
from backend.store.field_indexes import BEGINNING, index_fields, index_name
from backend.store.schema import differences, migrate
from backend.store.session import Store, make_engine
from backend.store.views import CaseFilter
from hotline.form.field import FormField
from hotline.form.form import Form
from hotline.rights.scopes import Everything
from tests.backend.api.conftest import make_case
from tests.backend.store.test_plans import plan_of
from tests.cities import form

pytestmark = pytest.mark.slow


@pytest.fixture
async def own(database: str, office: AppContext) -> AsyncIterator[AppContext]:
    """An office on a database of its own: indexes outlive the rows of a test."""
    store = Store(make_engine(database, pool_size=4))
    await migrate(store.engine)
    yield replace(office, store=store, numbers=replace(office.numbers, store=store))
    await store.close()


async def indexes(store: Store) -> set[str]:
    asked = text("SELECT indexname FROM pg_indexes WHERE starts_with(indexname, :beginning)")
    async with store.connect() as connection:
        return {*(await connection.execute(asked, {"beginning": BEGINNING})).scalars()}


def test_only_fields_that_narrow_lists_and_are_no_column_are_indexed() -> None:
    told = FormField("depth", "number", "", "", listed=True)
    plain = FormField("crew", "text", "", "")
    both = Form({**form().fields, "depth": told, "crew": plain})
    assert {*both.narrowing} - {*form().narrowing} == {"depth"}
    assert not {"matter", "department", "collector"} & {*both.narrowing}
    long = FormField("story", "text", "", "", listed=True, max=10_000)
    short = FormField("code", "text", "", "", listed=True, max=40)
    assert Form({"story": long, "code": short}).narrowing == ("code",)


async def test_a_list_is_narrowed_by_a_field_off_its_index(own: AppContext) -> None:
    for turn in range(3):
        await make_case(own, str(turn))
    assert await index_fields(own.store, ("depth", "Crew")) == 2
    assert await index_fields(own.store, ("depth", "Crew")) == 0
    assert await indexes(own.store) == {"ix_field_depth", "ix_field_Crew"}
    assert await differences(own.store.engine) == []
    wanted = CaseFilter(fields={"depth": ("3",)})
    async with own.store.connect() as connection:
        await connection.execute(text("SET enable_seqscan = off"))
        plan = await plan_of(
            own, connection, lambda c: views.list_cases(c, Everything(), wanted, 51)
        )
    assert "ix_field_depth" in plan, plan


async def test_what_was_left_half_is_made_anew_and_two_at_once_make_one(own: AppContext) -> None:
    async with own.store.begin() as writing, own.store.alone() as connection:
        # Whoever writes meanwhile is waited for, and here for longer than a statement may take.
        await writing.execute(text("LOCK TABLE cases IN ROW EXCLUSIVE MODE"))
        await connection.execute(text("SET statement_timeout = '300ms'"))
        half = "CREATE INDEX CONCURRENTLY ix_field_depth ON cases ((fields ->> 'depth'), id)"
        with pytest.raises(DBAPIError, match="statement timeout"):
            await connection.execute(text(half))
    assert await indexes(own.store) == {"ix_field_depth"}
    made = await asyncio.gather(*(index_fields(own.store, ("depth",)) for _ in range(3)))
    assert sum(made) == 1
    assert await index_fields(own.store, ("depth",)) == 0


def test_a_long_name_stays_a_name() -> None:
    names = {index_name("x" * length) for length in (10, 54, 55, 200, 201)}
    assert len(names) == 5
    assert all(len(name) <= 63 for name in names)
