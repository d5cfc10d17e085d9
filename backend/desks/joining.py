"""Callers who join a known case by a key: each counts for it, as one more who has told of it."""

from collections.abc import Sequence

from backend.desks.context import AppContext
from backend.store import cases, links
from backend.store.session import Transaction
from hotline.case.transition import transition
from hotline.people import CITIZEN, on_behalf


async def count(office: AppContext, transaction: Transaction, joined: Sequence[str]) -> None:
    """Count callers who have joined cases of these numbers, or those with which they go along.

    What has come to its end, or goes by rules that count nobody, is left as it is.
    """
    if not joined:
        return
    kinds = [one.id for one in office.city.known.links.values() if one.goes_along]
    leading = [await _top(transaction, number, kinds) for number in joined]
    locked = await cases.lock(transaction.connection, leading)
    for number in leading:
        case = locked.get(number)
        rules = office.city.rules(case.release) if case else None
        rows = rules.workflow.moves if rules else ()
        row = next((one for one in rows if one.callers and case and case.stage in one.source), None)
        if case is None or rules is None or row is None:
            continue
        counted, step = transition(case, row.action, on_behalf(CITIZEN), transaction.now, rules)
        cases.add_step(transaction, case, counted, step, rules)
        locked[number] = counted


async def _top(transaction: Transaction, number: str, kinds: Sequence[str]) -> str:
    for kind in kinds:
        above = await links.way_up(transaction.connection, number, kind)
        if above:
            return above[-1]
    return number
