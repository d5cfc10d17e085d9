"""A case with thousands of steps: its page comes in parts, and asks the database no more often."""

from dataclasses import replace
from datetime import timedelta

from backend.desks.context import AppContext
from backend.queries.case_timeline import BEGINNING, NEWEST
from backend.store import cases
from backend.store.session import Transaction
from hotline.case.transition import transition
from tests.backend.api.conftest import SignIn, actor, make_case
from tests.backend.api.test_statements import counted
from tests.cities import MONDAY

STEPS = 5000


async def lengthen(office: AppContext, number: str, steps: int) -> None:
    """Give a case so many notes more, of everybody in turn."""

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number, lock=True)
        rules = office.city.rules(case.release)
        people = [actor(office, one) for one in ("acceptor1", "acceptor2", "chief1")]
        for index in range(steps):
            who, at = people[index % len(people)], MONDAY + timedelta(minutes=index)
            case, step = transition(case, "note", who, at, rules, note=f"第 {index} 句")
            transaction.add("step", cases.step_row(replace(step, media=()), None))
        transaction.update_case(cases.case_row(case))

    await office.store.transaction(office.clock.now, work)


async def test_a_long_timeline_is_given_in_parts(office: AppContext, sign_in: SignIn) -> None:
    number = await make_case(office)
    await lengthen(office, number, STEPS)
    acceptor = await sign_in("acceptor1")
    with counted(office) as said:
        page = await acceptor.get(f"/api/cases/{number}")
    assert len(said) == 4, said
    entries, hidden = page["timeline"], page["hidden"]
    # The chat and the report themselves come before the notes.
    assert (len(entries), hidden["count"]) == (BEGINNING + NEWEST, STEPS + 2 - BEGINNING - NEWEST)
    assert hidden["after"] == entries[BEGINNING - 1]["id"]
    assert [one["kind"] for one in entries[:3]] == ["chat", "step", "step"]
    assert entries[-1]["text"].endswith(f"写了备注：“第 {STEPS - 1} 句”。")
    assert entries[BEGINNING]["note"] == f"第 {STEPS - NEWEST} 句"
    more = await acceptor.get(f"/api/cases/{number}?newest={NEWEST * 2}")
    assert more["hidden"] == {**hidden, "count": hidden["count"] - NEWEST}
    whole = await acceptor.get(f"/api/cases/{number}?newest={STEPS}")
    assert whole["hidden"] is None
    assert [one["note"] for one in whole["timeline"][2:]] == [f"第 {n} 句" for n in range(STEPS)]
    assert more["timeline"] == whole["timeline"][:BEGINNING] + whole["timeline"][-2 * NEWEST :]


async def test_a_move_on_a_long_case_takes_no_more_statements(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await lengthen(office, number, STEPS)
    acceptor = await sign_in("acceptor1")
    version = (await acceptor.get(f"/api/cases/{number}"))["case"]["version"]
    body = {"action": "note", "version": version, "key": "press-once", "note": "{who}"}
    with counted(office) as said:
        status, page = await acceptor.ask("POST", f"/api/cases/{number}/act", json=body)
    assert (status, len(said)) == (200, 4), said
    assert (len(page["timeline"]), page["timeline"][-1]["note"]) == (BEGINNING + NEWEST, "{who}")


async def test_so_many_entries_are_no_number(office: AppContext, sign_in: SignIn) -> None:
    number = await make_case(office)
    acceptor = await sign_in("acceptor1")
    for newest in ("0", "-1", "x", "", "1e9", "100001", "9" * 400):
        status, body = await acceptor.ask("GET", f"/api/cases/{number}?newest={newest}")
        assert (status, body["field"]) == (400, "newest"), newest
