"""Several queries in one statement give what each would give alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.store import cases
from backend.store.gather import Gathered
from hotline.channel import Channel
from hotline.report import Contact, NewReport
from tests.cities import MONDAY

NOBODY = UUID(int=7)


async def test_rows_come_as_their_query_alone_gives_them(office: AppContext) -> None:
    said_at = MONDAY + timedelta(microseconds=123_456)
    contact = Contact(Channel.TELEGRAM, "1", 'O\'Neil "\\" 井')
    report = NewReport(Channel.TELEGRAM, "k", contact, said_at, text='井盖\n"没了"\\')
    receipt = await acceptance.record(office, report)
    query = cases.steps_query(receipt.case)
    async with office.store.connect() as connection:
        await connection.execute(text("SET TIME ZONE 'Asia/Shanghai'"))
        alone = [dict(row) for row in (await connection.execute(query)).mappings()]
        both = Gathered({"mine": query, "none": cases.steps_query(NOBODY)})
        found = await both.ask(connection, {})
        await connection.execute(text("RESET TIME ZONE"))
    assert found == {"mine": alone, "none": []}
    at = found["mine"][0]["at"]
    assert isinstance(at, datetime)
    assert at.tzinfo is UTC
