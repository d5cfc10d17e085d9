"""What a move costs the database: counted, so that it stays what it was brought to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from backend.desks.context import AppContext
from tests.backend.api.conftest import SignIn, make_case


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
