"""Bringing open cases to the release that counts: an act of its own, told before it is done."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.store import cases
from backend.store.session import Store, Transaction
from hotline.case.case import Case, Step
from hotline.case.changing import add_changes
from hotline.case.renewal import RENEW, leads_back, renewed
from hotline.case.transition import record_system_step
from hotline.city import City
from hotline.clock import Clock
from hotline.people import SYSTEM

PIECE: Final = 500
# What a field suggests that says which centre directs a case first.
FIRST_CENTRE: Final = "centre_first"


@dataclass(slots=True)
class Renewal:
    """What becomes of open cases: how many go by the release, and how many of them are due then
    earlier, later or as before; `left` counts by stage those that stay with their own."""

    cases: int = 0
    earlier: int = 0
    later: int = 0
    left: Counter[str] = field(default_factory=Counter)


async def preview(store: Store, clock: Clock, city: City) -> Renewal:
    """Tell what would become of the open cases of other releases; nothing is written."""
    told = Renewal()
    async for case in _others(store, city):
        steps: list[Step] = []
        if _is_led_back(case, city):
            async with store.connect() as connection:
                steps = await cases.steps_of(connection, case.id)
        changes = _changes(case, city, clock.now(), steps)
        if changes is None:
            told.left[case.stage] += 1
            continue
        after, _ = record_system_step(case, RENEW, SYSTEM, clock.now(), changes)
        told.cases += 1
        if case.due is not None and after.due is not None:
            told.earlier += after.due < case.due
            told.later += after.due > case.due
    return told


async def renew(store: Store, clock: Clock, city: City, note: str) -> AsyncIterator[int]:
    """Bring the open cases of other releases to the one that counts, each by a step of its own.

    Yields how many were brought so far; whoever is cut short goes on where they stopped.
    """
    done = 0
    async for case in _others(store, city):
        done += await _one(store, clock, city, case.id, note)
        yield done


async def _others(store: Store, city: City) -> AsyncIterator[Case]:
    after: UUID | None = None
    while True:
        async with store.connect() as connection:
            found = await cases.of_other_releases(connection, city.release, city.ends, after, PIECE)
        for case in found:
            yield case
        if len(found) < PIECE:
            return
        after = found[-1].id


def _is_led_back(case: Case, city: City) -> bool:
    return leads_back(case.stage, city.rules(city.release).workflow)


def _changes(
    case: Case, city: City, now: datetime, steps: Sequence[Step]
) -> Mapping[str, object] | None:
    """Give the changes by which a case goes by the release; with the centre that it lies with."""
    rules = city.rules(city.release)
    changes = renewed(case, city.release, rules, now, steps)
    if changes is None or case.stage == rules.workflow.start:
        return changes
    whole = dict(changes)
    for asked in rules.form.fields.values():
        if asked.suggest == FIRST_CENTRE and not case.having(asked.role):
            centre = city.organisation.centre_for(case.cell, "")
            if centre is None:
                return None
            add_changes(whole, rules.form.changes_of(case, asked.id, centre.code, now))
    return whole


async def _one(store: Store, clock: Clock, city: City, which: UUID, note: str) -> bool:
    async def work(transaction: Transaction) -> bool:
        case = await cases.load_by_id(transaction.connection, which, lock=True)
        rules = city.rules(city.release)
        back = _is_led_back(case, city)
        steps = await cases.steps_of(transaction.connection, case.id) if back else []
        changes = _changes(case, city, transaction.now, steps)
        # Somebody may have moved it meanwhile.
        if case.stage in city.ends or case.release == city.release or changes is None:
            return False
        after, step = record_system_step(case, RENEW, SYSTEM, transaction.now, changes, note=note)
        by, key = city.rules(case.release), f"{RENEW}:{city.release}:{case.version}"
        cases.add_step(transaction, case, after, step, rules, key=key, by=by)
        return True

    return await store.transaction(clock.now, work)
