"""A guard of the record that is off, changed, elsewhere or beside what it was is named."""

import re
from collections.abc import Sequence
from typing import Final

import pytest
from sqlalchemy import text

from backend.desks.context import AppContext
from backend.store.log_sources import SOURCES
from backend.store.record_check import Differs
from backend.store.record_guards import GUARDS, guards_of
from tests.backend.store.test_record_log import fill, whole

pytestmark = pytest.mark.slow

_REFUSES: Final = (
    "CREATE OR REPLACE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ "
)
_KEPT: Final = (
    "CREATE TRIGGER log_entry_is_kept BEFORE DELETE ON {} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite()"
)


async def do(office: AppContext, orders: Sequence[str]) -> None:
    async with office.store.begin() as connection:
        for one in orders:
            await connection.execute(text(one))


async def test_the_guards_are_those_that_the_migrations_make(office: AppContext) -> None:
    async with office.store.connect() as connection:
        assert await guards_of(connection) == GUARDS
    logged = {re.split(r"\bFROM ", one.table)[-1].split()[0].strip(")") for one in SOURCES.values()}
    assert logged <= {name.partition(".")[0] for name in GUARDS}


@pytest.mark.parametrize(
    ("orders", "undo", "named"),
    [
        (["ALTER TABLE audit DISABLE TRIGGER audit_is_only_added_to"],
         ["ALTER TABLE audit ENABLE TRIGGER USER"], "audit.audit_is_only_added_to"),
        (["ALTER TABLE step DISABLE TRIGGER step_is_logged"],
         ["ALTER TABLE step ENABLE TRIGGER step_is_logged"], "step.step_is_logged"),
        (["ALTER TABLE step ENABLE REPLICA TRIGGER step_is_logged"],
         ["ALTER TABLE step ENABLE TRIGGER step_is_logged"], "step.step_is_logged"),
        (["CREATE TABLE elsewhere (a int)", "DROP TRIGGER log_entry_is_kept ON log_entry",
          _KEPT.format("elsewhere")],
         ["DROP TABLE elsewhere", _KEPT.format("log_entry")], "log_entry.log_entry_is_kept"),
        ([_REFUSES + "BEGIN RETURN COALESCE(NEW, OLD); END $$"],
         [], "audit.audit_is_not_emptied"),
        (["CREATE RULE none AS ON INSERT TO log_due DO INSTEAD NOTHING"],
         ["DROP RULE none ON log_due"], "log_due.none"),
        (["CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; "
          "END $$", "CREATE TRIGGER none BEFORE INSERT ON log_due FOR EACH ROW "
          "EXECUTE FUNCTION swallow()"],
         ["DROP FUNCTION swallow CASCADE"], "log_due.none"),
    ],
)  # fmt: skip
async def test_one_that_is_not_as_it_was_made_is_named(
    office: AppContext, orders: Sequence[str], undo: Sequence[str], named: str
) -> None:
    await fill(office, 1)
    async with office.store.connect() as connection:
        was = await connection.scalar(
            text("SELECT pg_get_functiondef('refuse_to_rewrite'::regproc)")
        )
    await whole(office)
    await do(office, orders)
    try:
        with pytest.raises(Differs, match=f"^guard: {named}$"):
            await whole(office)
    finally:
        await do(office, undo or [str(was)])
    await whole(office)
