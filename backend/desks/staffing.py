"""Who comes to work in a city, changes posts and leaves it: each time a row that stays. (人员)"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from backend.desks import binding
from backend.store import people, releases, staff
from backend.store.session import Connection, Store, Transaction
from backend.store.staff import BY_COMMAND, BY_FILE, PersonChange
from hotline.clock import Clock
from hotline.errors import Invalid, NotFound, Refused
from hotline.organisation import PersonData, Staff
from hotline.people import SYSTEM
from hotline.release import Sections

log = logging.getLogger(__name__)
# Raises what is wrong with some people, by the sections of the release that counts.
CheckStaff = Callable[[Sections, Staff], None]


async def told_by_file(
    connection: Connection, told: Staff | None, now: datetime, by: str = "", reason: str = ""
) -> list[PersonChange]:
    """Give what a city's file changes: where it says something else than when last taken in.

    Whom somebody changed in the meantime stays as they are, where the file says nothing new; whom
    somebody let leave stays away whatever it says, until somebody takes them in again.
    """
    if told is None:
        return []
    base, ended = await staff.last_by_file(connection), await staff.ended_by_command(connection)
    new = [code for code, row in told.rows.items() if base.get(code) != row]
    if back := sorted(ended & {*new}):
        log.warning("left, and not taken in again from the file: %s", ", ".join(back))
    gone = sorted(base.keys() - told.rows.keys() - ended)
    rows = {**told.rows, **{code: base[code] for code in gone}}
    return [
        PersonChange(code, now, rows[code], code in gone, BY_FILE, by, reason)
        for code in (*new, *gone)
        if code not in ended
    ]


def after(before: Staff, changes: Iterable[PersonChange]) -> Staff:
    """Give who works there after some changes."""
    rows, left = dict(before.rows), dict(before.left)
    for one in changes:
        gets, loses = (left, rows) if one.gone else (rows, left)
        loses.pop(one.person, None)
        gets[one.person] = one.about
    _require_logins({**left, **rows})
    return Staff(rows, left)


def _require_logins(rows: Mapping[str, PersonData]) -> None:
    """A code is a login, and logins know no upper case."""
    known: dict[str, str] = {}
    for code in rows:
        other = known.setdefault(code.lower(), code)
        if other != code:
            raise Invalid(f"people.{code}", f"would have the login of {other}")


async def write(transaction: Transaction, changes: Iterable[PersonChange]) -> None:
    """Keep changes and tell who follows; who is gone is signed out and leaves their chats."""
    several = list(changes)
    if not several:
        return
    connection = transaction.connection
    await staff.add(connection, several)
    for one in several:
        if one.gone:
            await people.end_sessions_of(connection, one.person)
            await binding.take_chats(transaction, one.person, SYSTEM.person)
    await releases.tell_followers(connection)


async def change(
    store: Store,
    clock: Clock,
    rows: Mapping[str, PersonData],
    check: CheckStaff,
    by: str,
    reason: str = "",
) -> list[str]:
    """Add people or change them; nobody else is touched. Gives the codes of who is new or changed.

    Raises Refused where nothing is new, and what `check` raises.
    """

    def changes(now: datetime, before: Staff) -> list[PersonChange]:
        found = [
            PersonChange(code, now, row, gone=False, how=BY_COMMAND, made_by=by, reason=reason)
            for code, row in rows.items()
            if before.rows.get(code) != row
        ]
        if not found:
            raise Refused("these people are there as they are told", code="nothing_new")
        return found

    return await _changed(store, clock, changes, check)


async def end(
    store: Store, clock: Clock, person: str, check: CheckStaff, by: str, reason: str = ""
) -> None:
    """Let a person leave; NotFound where nobody of that code works there."""

    def changes(now: datetime, before: Staff) -> list[PersonChange]:
        if person not in before.rows:
            raise NotFound(f"there is no person {person}", code="no_person")
        about = before.rows[person]
        return [
            PersonChange(person, now, about, gone=True, how=BY_COMMAND, made_by=by, reason=reason)
        ]

    await _changed(store, clock, changes, check)


async def _changed(
    store: Store,
    clock: Clock,
    changes: Callable[[datetime, Staff], list[PersonChange]],
    check: CheckStaff,
) -> list[str]:
    async def work(transaction: Transaction) -> list[str]:
        connection = transaction.connection
        await releases.lock(connection)
        before = await staff.everybody(connection)
        made = changes(transaction.now, before)
        current = await releases.current(connection)
        if current is not None:
            sections = await releases.sections_of(connection, current.release)
            check(sections, after(before, made))
        await write(transaction, made)
        return [one.person for one in made]

    return await store.transaction(clock.now, work)
