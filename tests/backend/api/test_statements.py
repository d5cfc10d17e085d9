"""What a move costs the database: counted, so that it stays what it was brought to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from backend.desks.context import AppContext
from tests.backend.api.conftest import SignIn, make_case
from tests.backend.desks.linked import filed


@contextmanager
def counted(office: AppContext) -> Iterator[list[str]]:
    """Collect the statements that run meanwhile, BEGIN and COMMIT not."""
    said: list[str] = []
    engine = office.store.engine.sync_engine

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)


async def test_a_move_on_the_console_takes_few_statements(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    acceptor = await sign_in("acceptor1")
    page = await acceptor.get(f"/api/cases/{number}")
    move = {"action": "ask_verify", "version": page["case"]["version"], "key": "press-once"}
    asked = {**move, "given": {"collector": "collector01"}}
    with counted(office) as said:
        status, told = await acceptor.ask("POST", f"/api/cases/{number}/act", json=asked)
    assert status == 200, told
    # The session, the case with its steps, who is told, the writing, and the page that is shown.
    assert len(said) == 5, said


async def test_a_case_page_takes_few_statements(office: AppContext, sign_in: SignIn) -> None:
    number = await make_case(office)
    acceptor = await sign_in("acceptor1")
    with counted(office) as said:
        await acceptor.get(f"/api/cases/{number}")
    # The session, whether it may be seen, the case, and all that belongs to it.
    assert len(said) == 4, said


@pytest.mark.parametrize("many", [1, 2, 10])
async def test_a_move_of_several_cases_asks_of_each_only_who_is_told(
    office: AppContext, sign_in: SignIn, many: int
) -> None:
    leader, *members = [await make_case(office, f"report-{turn}") for turn in range(1 + many)]
    for number in (leader, *members):
        await filed(office, number)
    said = await _moved(office, sign_in, leader, "bundle_up", {"members": members})
    # The session, the locks of all, how many are bound to them, the case with its steps, the
    # writing of all at once, and the page that is shown; and of each member who is told.
    assert len(said) == 6 + many, said


async def test_a_merge_takes_few_statements(office: AppContext, sign_in: SignIn) -> None:
    leader, number = await make_case(office, "leader"), await make_case(office, "other")
    said = await _moved(office, sign_in, number, "merge", {"leader": leader}, by="acceptor1")
    assert len(said) == 7, said


async def _moved(
    office: AppContext,
    sign_in: SignIn,
    number: str,
    action: str,
    given: dict[str, Any],
    by: str = "dispatcher1",
) -> list[str]:
    """Press a button of the console; gives the statements that it takes."""
    person = await sign_in(by)
    page = await person.get(f"/api/cases/{number}")
    move = {"action": action, "version": page["case"]["version"], "key": "press-once"}
    with counted(office) as said:
        path = f"/api/cases/{number}/act"
        status, told = await person.ask("POST", path, json={**move, "given": given})
    assert status == 200, told
    return said
