"""Callers who join a known case by a key: each counts for it, as one more who has told of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from backend.desks.context import AppContext
from backend.store import cases, links
from backend.store.session import Transaction
from backend.store.writes import Raced
from hotline.case.case import Case
from hotline.case.transition import transition
from hotline.people import CITIZEN, on_behalf


async def count(office: AppContext, transaction: Transaction, joined: Sequence[str]) -> None:
    """Count callers who have joined cases of these numbers, or those with which they go along.

    What has come to its end, or goes by rules that count nobody, is left as it is.
    """
    if not joined:
        return
    along = [one for one in office.city.known.links.values() if one.goes_along]
    kinds = [one.id for one in along]
    connection = transaction.connection
    ways = [[number, *await links.way_up(connection, number, kinds)] for number in {*joined}]
    locked = await cases.lock(connection, {number for way in ways for number in way})
    leading = [_top(number, locked, kinds) for number in joined]
    counted = await links.how_many(connection, {*leading}, along)
    left = Counter(leading)
    for number in leading:
        case = locked.get(number)
        rules = office.city.rules(case.release) if case else None
        rows = rules.workflow.moves if rules else ()
        row = next((one for one in rows if one.callers and case and case.stage in one.source), None)
        # All of them are on record already: so many were there before this one.
        counts = {name: several - left[number] for name, several in counted.get(number, {}).items()}
        left[number] -= 1
        if case is None or rules is None or row is None:
            continue
        who = on_behalf(CITIZEN)
        after, step = transition(case, row.action, who, transaction.now, rules, counts=counts)
        cases.add_step(transaction, case, after, step, rules)
        locked[number] = after


def _top(number: str, locked: Mapping[str, Case], kinds: Collection[str]) -> str:
    """Give the number of the case that leads one; Raced where it was bound anew meanwhile."""
    seen = {number}
    while (case := locked.get(number)) is not None:
        above = next((one.other for one in case.links if one.kind in kinds), None)
        if above is None or above in seen:
            break
        if above not in locked:
            raise Raced("it was bound anew meanwhile")
        seen.add(above)
        number = above
    return number
