"""Searching by pairs of characters finds exactly what looking through all words finds."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select, text

from backend.desks import acceptance, casework, search
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.store import search as words
from backend.store import views
from backend.store.cases import case_row
from backend.store.rows import CaseRow
from backend.store.search import Word, holds
from backend.store.views import CaseFilter
from hotline.case.case import HANDLER, Assignment, Case
from hotline.channel import Channel
from hotline.form.field import FormField
from hotline.form.form import Form
from hotline.ids import id_at
from hotline.number import make_number
from hotline.report import Contact, NewReport
from hotline.rights.scopes import Everything, Holds, covers, org_token
from tests.backend.api.conftest import actor, make_case
from tests.cities import MONDAY, make_actor
from tests.cities import make_case as made_case
from tests.posts import Post

pytestmark = pytest.mark.slow

SIGNS = "井盖路灯坏了中山东路Aaé ßＡａ１２12。,%_\\'\"😀👍🏽-\n\u3000İΣσς"
CASES, WORDS = 120, 40


def drawn(dice: random.Random, most: int) -> str:
    return "".join(dice.choice(SIGNS) for _ in range(dice.randrange(most + 1)))


def cases_of(dice: random.Random) -> list[Case]:
    made = []
    for one in range(CASES):
        case = made_case(text=drawn(dice, 30), place_text=drawn(dice, 8))
        number, at = make_number(one * 1_237), MONDAY.replace(second=one % 60)
        case = replace(case, id=id_at(at, dice.getrandbits(74)), number=number)
        made.append(replace(case, fields={"told": drawn(dice, 10), "floor": one, "none": None}))
    return made


async def kept(office: AppContext, made: list[Case]) -> None:
    async with office.store.append(MONDAY) as writes:
        for case in made:
            writes.add("cases", case_row(case))


async def found(office: AppContext, *several: Word) -> set[str]:
    async with office.store.connect() as connection:
        asked = CaseFilter(words=several)
        rows = await views.list_cases(connection, Everything(), asked, 1_000)
    return {row["number"] for row in rows}


async def held(office: AppContext, word: Word) -> set[str]:
    """What the words themselves say, without any index."""
    async with office.store.connect() as connection:
        rows = await connection.execute(select(CaseRow.number).where(holds(word)))
        return set(rows.scalars())


def word_of(dice: random.Random, made: list[Case]) -> Word:
    """A piece out of a case's words, or signs that no case may have."""
    case = dice.choice(made)
    source = dice.choice([case.text, case.place_text, case.fields["told"], case.number])
    length = dice.choice((1, 1, 2, 2, 2, 3, 5, 9))
    at = dice.randrange(max(1, len(source) - length + 1))
    told = source[at : at + length] if dice.random() < 0.7 else drawn(dice, 3)
    told = dice.choice((told, told, told.upper(), told.lower())) or "井"
    digits = told if told.isdecimal() and told.isascii() else ""
    return Word(told, digits, fields=("told", "floor") if dice.random() < 0.8 else ())


@pytest.mark.parametrize("few", [0, 5, 2_000])
async def test_what_is_found_by_pairs_is_what_the_words_hold(
    office: AppContext, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(words, "FEW", few)
    dice = random.Random(few)
    made = cases_of(dice)
    await kept(office, made)
    several = 0
    for _ in range(WORDS):
        word = word_of(dice, made)
        wanted = await held(office, word)
        assert await found(office, word) == wanted, word
        several += bool(wanted)
        other = word_of(dice, made)
        assert await found(office, word, other) == wanted & await held(office, other), other
    assert several > WORDS / 3


async def test_a_scope_leaves_out_what_it_leaves_out_of_a_list(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "FEW", 20)
    dice = random.Random(3)
    halves = (Assignment(org="water"), Assignment(org="roads"))
    made = [
        replace(case, assignments={HANDLER: halves[one % 2]})
        for one, case in enumerate(cases_of(dice))
    ]
    await kept(office, made)
    scope = Holds(frozenset({org_token(HANDLER, "water")}))
    mine = {case.number for case in made if covers(scope, case.assigned, "")}
    for told in ("井", "井盖", "路灯", "1", "nowhere"):
        async with office.store.connect() as connection:
            asked = CaseFilter(words=(Word(told),))
            rows = await views.list_cases(connection, scope, asked, 1_000)
        assert {row["number"] for row in rows} == mine & await held(office, Word(told)), told


async def test_plain_words_are_held_where_python_finds_them(office: AppContext) -> None:
    dice = random.Random(7)
    made = cases_of(dice)
    await kept(office, made)
    for told in ("井盖", "盖", "路灯", "A", "é", "😀", "%", "_", "\\", "Ａ", "12"):
        word = Word(told, fields=("told",))
        wanted = {
            case.number
            for case in made
            if any(
                told.lower() in one.lower()
                for one in (case.text, case.place_text, case.fields["told"])
            )
        }
        assert await found(office, word) == wanted, told


async def phoned(office: AppContext, one: int) -> str:
    """A case that somebody reports who is called 诸葛."""
    contact = Contact(Channel.PHONE, f"1380013800{one}", f"诸葛{one}")
    report = NewReport(Channel.CONSOLE, f"p{one}", contact, MONDAY, text="楼道灯坏了")
    return (await acceptance.record(office, report)).number


@contextmanager
def statements(office: AppContext) -> Iterator[list[str]]:
    said: list[str] = []

    def hear(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT set_config"):
            said.append(statement)

    engine = office.store.engine.sync_engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)


async def text_row(office: AppContext, number: str) -> tuple[str, list[str]]:
    """Which transaction has written a case's row last, and what it says."""
    async with office.store.connect() as connection:
        asked = (
            "SELECT t.xmin::text, t.grams FROM case_text AS t JOIN cases AS c ON c.id = t.case_id "
            "WHERE c.number = :number"
        )
        row = (await connection.execute(text(asked), {"number": number})).one()
        return row[0], row[1]


async def test_a_move_leaves_the_words_of_a_case_alone_and_a_correction_does_not(
    office: AppContext,
) -> None:
    number = await make_case(office, text="井盖坏了")
    before = await text_row(office, number)
    assert {"井", "井盖", "盖坏", number[:2]} <= set(before[1])
    chief = actor(office, "acceptor1")
    given: dict[str, object] = {"collector": "collector01"}
    await casework.act(office, number, "ask_verify", chief, key="1", given=given)
    assert await text_row(office, number) == before
    await casework.act(office, number, "correct", chief, key="2", given={"text": "路灯坏了"})
    after = await text_row(office, number)
    assert after[0] != before[0]
    assert "路灯" in after[1]
    assert "井盖" not in after[1]
    assert await found(office, Word("路灯")) == {number}


async def test_a_field_that_a_form_lets_search_is_found_whichever_release_wrote_it(
    office: AppContext,
) -> None:
    case = replace(made_case(text="x"), fields={"told": "三号楼东侧"})
    await kept(office, [case])
    told = FormField("told", "text", "", "", searched=True)
    form = Form({**office.city.form.fields, "told": told})
    for city, wanted in ((office.city, set()), (replace(office.city, form=form), {case.number})):
        asked = search.wanted_of(
            replace(office, city=city), make_actor(Post.LEADER), CaseQuery(words="号楼")
        )
        assert await found(office, *asked.words) == wanted


async def test_a_search_asks_for_the_few_and_reads_no_more(office: AppContext) -> None:
    await kept(office, cases_of(random.Random(1)))
    with statements(office) as said:
        await found(office, Word("井盖"))
    # What is expected, the few, the page.
    assert [one.startswith("EXPLAIN") for one in said] == [True, False, False]
    with statements(office) as said:
        await found(office)
    assert len(said) == 1


async def test_what_the_statistics_call_common_is_not_fetched(office: AppContext) -> None:
    made = [replace(one, text=f"{one.text}井盖") for one in cases_of(random.Random(4))]
    made[0] = replace(made[0], text=f"{made[0].text}路灯路灯")
    await kept(office, made)
    async with office.store.connect() as connection:
        await connection.execute(text("ANALYZE case_text"))
        assert len(await words.found_with(connection, [Word("井盖")])) == 2
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(words, "FEW", CASES // 2)
            assert len(await words.found_with(connection, [Word("井盖")])) == 1
            # The rarest word leads.
            assert len(await words.found_with(connection, [Word("井盖"), Word("灯路")])) == 3


async def test_who_reported_is_found_beside_the_words_however_many_they_are(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = [await phoned(office, one) for one in range(4)]
    told = await make_case(office, text="诸葛门前的灯坏了")
    await make_case(office, "other", text="路灯坏了")
    for few in (0, 2, 100):
        monkeypatch.setattr(words, "FEW", few)
        for asked in (Word("诸葛", citizens=True), Word("葛", citizens=True)):
            assert await found(office, asked) == {*named, told} == await held(office, asked)
    assert await found(office, Word("诸葛")) == {told}


async def test_a_search_leaves_the_planner_as_it_was(office: AppContext) -> None:
    asked = (
        "SELECT name, setting FROM pg_settings WHERE name IN "
        "('plan_cache_mode', 'random_page_cost', 'max_parallel_workers_per_gather') ORDER BY name"
    )
    async with office.store.connect() as connection:
        before = (await connection.execute(text(asked))).all()
        wanted = CaseFilter(words=(Word("井盖"),))
        await views.list_cases(connection, Everything(), wanted, 5)
        assert (await connection.execute(text(asked))).all() == before
