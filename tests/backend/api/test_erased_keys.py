"""No key that names a chat outlives an erasure, and a message is known all the same."""

import pytest
from aiohttp.web import Application
from sqlalchemy import text

from backend.client import BackendClient
from backend.desks.context import AppContext
from hotline.channel import Channel
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import POINT, SignIn
from tests.backend.api.test_privacy import CHIEFS, agreed
from tests.backend.api.test_retention import rows
from tests.backend.store.test_record_log import whole, work_off
from tests.cities import MONDAY

pytestmark = pytest.mark.slow
CHAT = (Channel.TELEGRAM, "777000111")
KEY = "777000111:55:1795395600"


def told() -> NewReport:
    contact = Contact(*CHAT, "小明")
    return NewReport(Channel.TELEGRAM, KEY, contact, MONDAY, text="井盖没了", point=POINT)


async def left(office: AppContext) -> list[str]:
    """In which tables a chat still stands."""
    names = await rows(office, "SELECT tablename FROM pg_tables WHERE schemaname = "
                               "current_schema()")  # fmt: skip
    return [
        name
        for (name,) in names
        if "777000111" in str(await rows(office, f'SELECT "{name}"::text FROM "{name}"'))
    ]


async def as_before(office: AppContext) -> None:
    """Let the rows be as an earlier version wrote them, with the chat in their keys."""
    ident = office.contacts.of(*CHAT)
    async with office.store.begin() as connection:
        for order in (
            f"UPDATE report SET key = '{KEY}'",
            f"UPDATE step SET key = '{ident}/777000111:56:withdraw' WHERE key LIKE '%/sealed:%'",
            f"UPDATE move_key SET key = '{ident}/777000111:56:withdraw' "
            "WHERE key LIKE '%/sealed:%'",
        ):
            assert (await connection.execute(text(order))).rowcount == 1, order


@pytest.mark.parametrize("before", [False, True])
async def test_no_chat_outlives_an_erasure_in_a_key_and_none_is_taken_twice(
    app: Application, office: AppContext, sign_in: SignIn, bots: BackendClient, *, before: bool
) -> None:
    number = (await bots.submit(told())).number
    move = "777000111:56:withdraw"
    await bots.answer(number, "withdraw", CHAT, key=move)
    if before:
        await as_before(office)
    else:
        assert set(await left(office)) == {"contact", "notice"}
    assert (await bots.submit(told())).number == number
    await bots.answer(number, "withdraw", CHAT, key=move)
    await work_off(office)
    await whole(office)
    first, second = [await sign_in(person) for person in CHIEFS]
    asked = {"channel": "telegram", "address": "777000111", "reason": "asked"}
    wish = await first.post("/api/privacy/erasures", asked)
    await agreed(second, wish)
    assert await left(office) == []
    again = await bots.submit(told())
    assert (again.number, again.fresh) == (number, False)
    assert await rows(office, "SELECT count(*) FROM cases") == [(1,)]
    await work_off(office)
    await whole(office)
