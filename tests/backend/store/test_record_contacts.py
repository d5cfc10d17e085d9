"""A change of the telephone plan leaves the log whole, and is no way to name another reporter."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert

from backend.desks import acceptance, privacy
from backend.desks.context import AppContext
from backend.desks.privacy import ErasureAsked
from backend.store import releases
from backend.store.contacts import ContactIds
from backend.store.plan_keeping import keep_to_plan
from backend.store.privacy import StoredWish, add_wish
from backend.store.record_check import Differs
from backend.store.rows import CallRow, ContactRow
from backend.store.session import Transaction
from hotline.call import call_id
from hotline.channel import Channel
from hotline.ids import new_id
from hotline.privacy import DataKind
from hotline.release import Section, manifest_of, release_id
from hotline.report import Contact, NewReport
from hotline.telephone import Plan, is_written_anew
from tests.backend.desks.linked import actor
from tests.backend.store.test_record_log import asked, erased, fill, sql, whole, work_off
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

LOCAL, FULL, OTHER = "87654321", "057487654321", "13800138000"
REPORTER = "SELECT count(*) FROM log_entry WHERE kind = 'reporter'"


@pytest.fixture
def before(office: AppContext) -> AppContext:
    """The office as it was before it knew its area."""
    city = replace(office.city, telephone=Plan())
    return replace(office, city=city, contacts=ContactIds(office.contacts.key, Plan()))


async def _reported(office: AppContext, number: str) -> str:
    news = NewReport(Channel.PHONE, number, Contact(Channel.PHONE, number), MONDAY, text="井盖没了")
    return (await acceptance.record(office, news)).number


async def _learnt(before: AppContext, office: AppContext) -> None:
    """Log what is there, and let the city learn its area."""
    sections = {"city": Section("toml", '[telephone]\narea = "0574"')}
    manifest = manifest_of(sections)

    async def work(transaction: Transaction) -> None:
        name, now = release_id(manifest), transaction.now
        await releases.keep(transaction.connection, name, sections, manifest, now)
        await releases.activate(transaction.connection, name, now, "publish", "chief", "")

    await fill(before, 1)
    await office.store.transaction(office.clock.now, work)
    while await keep_to_plan(office.store.engine, office.contacts):
        continue
    await work_off(office)


async def _respelt(before: AppContext, office: AppContext) -> str:
    """Let two people report, and the plan change after it was logged; gives the first one's."""
    number = await _reported(before, LOCAL)
    await _reported(before, OTHER)
    await _learnt(before, office)
    return number


async def test_the_log_is_whole_where_a_number_is_written_otherwise(
    before: AppContext, office: AppContext
) -> None:
    await _respelt(before, office)
    contact = "SELECT address FROM contact JOIN report ON contact_id = contact.id"
    assert {row[0] for row in await asked(office.store, contact)} >= {FULL, OTHER}
    assert (await whole(office)).erased == 0
    assert await asked(office.store, REPORTER) == [(3,)]
    ((case,),) = await asked(
        office.store, "SELECT case_id::text FROM report WHERE logged_as IS NOT NULL"
    )
    await erased(office, UUID(str(case)), DataKind.CONTACT)
    await work_off(office)
    assert (await whole(office)).erased == 1
    left = "SELECT contact_id, logged_as FROM report WHERE case_id = '{}'"
    assert await asked(office.store, left.format(case)) == [(None, None)]


_MINE = f"(SELECT id FROM contact WHERE address = '{FULL}')"
_OTHERS = f"(SELECT id FROM contact WHERE address = '{OTHER}')"
_FORMER = "INSERT INTO former_contact (id, contact_id, address) SELECT id, {now}, '{number}' FROM "


@pytest.mark.parametrize(
    ("orders", "what"),
    [
        ((f"UPDATE report SET contact_id = {_OTHERS} WHERE logged_as IS NOT NULL",), "reporter"),
        ((f"UPDATE report SET contact_id = {_OTHERS}, logged_as = NULL "
          "WHERE logged_as IS NOT NULL",), "sealed"),
        (("UPDATE report SET contact_id = NULL WHERE logged_as IS NOT NULL",), "reporter"),
        (("UPDATE report SET logged_as = contact_id WHERE logged_as IS NOT NULL",), "sealed"),
        ((f"UPDATE former_contact SET contact_id = {_OTHERS}",
          f"UPDATE report SET contact_id = {_OTHERS} WHERE logged_as IS NOT NULL"), "reporter"),
        ((f"UPDATE contact SET address = '{OTHER}' WHERE address = '{FULL}'",), "reporter"),
        (("UPDATE secret SET value = 'ÿ' WHERE name = 'contact'",), "reporter"),
        ((f"UPDATE contact SET address = '0571{LOCAL}' WHERE address = '{FULL}'",), "reporter"),
        # Whoever reported under a number that no plan has written otherwise.
        *(
            ((f"{_FORMER.format(now=_MINE, number=number)} contact WHERE address = '{OTHER}'",
              f"UPDATE report SET logged_as = contact_id, contact_id = {_MINE} "
              f"WHERE contact_id = {_OTHERS}"), "reporter")
            for number in (OTHER, FULL, LOCAL)
        ),
        ((f"UPDATE report SET logged_as = contact_id, contact_id = {_MINE} "
          f"WHERE contact_id = {_OTHERS}",), "reporter"),
    ],
)  # fmt: skip
async def test_nobody_else_is_named_as_who_reported_in_the_name_of_a_plan(
    before: AppContext, office: AppContext, orders: tuple[str, ...], what: str
) -> None:
    await _respelt(before, office)
    await whole(office)
    await sql(office.store, *orders)
    with pytest.raises(Differs, match=f"^{what}: "):
        await whole(office)


async def test_a_number_of_an_area_that_the_city_never_had_is_another_one(
    before: AppContext, office: AppContext
) -> None:
    await _respelt(before, office)
    other = office.contacts.row(Contact(Channel.PHONE, f"0571{LOCAL}"))
    async with office.store.begin() as connection:
        await connection.execute(insert(ContactRow), other)
    to = f"SET contact_id = '{other['id']}'"
    await sql(office.store, f"UPDATE former_contact {to}",
              f"UPDATE report {to} WHERE logged_as IS NOT NULL")  # fmt: skip
    with pytest.raises(Differs, match=r"^reporter: "):
        await whole(office)


async def test_a_wish_goes_on_being_about_whose_number_is_written_otherwise(
    before: AppContext, office: AppContext
) -> None:
    row = before.contacts.row(Contact(Channel.PHONE, LOCAL))
    call = {"key": "k", "id": call_id("k"), "contact_id": row["id"], "line": ""}
    first, second = (actor(office, one) for one in ("chief1", "chief2"))
    made = new_id(MONDAY), row["id"], "phone", "4321", "本人来函", first.person, MONDAY
    wish = StoredWish(*made, "", None, "", [])
    async with office.store.begin() as connection:
        await connection.execute(insert(ContactRow), row)
        await connection.execute(insert(CallRow), call | {"started_at": MONDAY})
        await add_wish(connection, wish)
    await _learnt(before, office)
    assert await privacy.ask(office, first, ErasureAsked(Channel.PHONE, LOCAL, "再来")) == replace(
        wish, contact=office.contacts.of(Channel.PHONE, FULL)
    )
    would = await privacy.going(office, second, wish.id)
    assert would.counts["calls"] == 1
    assert (await privacy.agree(office, second, wish.id, would.seen)).outcome == "erased"
    for table in ("contact WHERE address <> ''", "former_contact"):
        assert await asked(office.store, f"SELECT count(*) FROM {table}") == [(0,)]
    await work_off(office)
    await whole(office)


@pytest.mark.parametrize(
    ("former", "number", "same"),
    [
        (LOCAL, FULL, True),
        ("+86 574 8765-4321", FULL, True),
        ("8765-4321", FULL, True),
        ("0086 138 0013 8000", OTHER, True),
        ("87654322", FULL, False),
        ("800138000", OTHER, False),
        (FULL, "057187654321", False),
        (f"{FULL}转802", FULL, False),
        ("", FULL, False),
        ("110", "02110", False),
    ],
)
def test_what_another_plan_may_make_of_a_number(former: str, number: str, same: bool) -> None:
    assert is_written_anew(former, number, (Plan(area="0574"), Plan())) is same
    assert not is_written_anew(former, number, ())
