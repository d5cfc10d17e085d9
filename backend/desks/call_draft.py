"""What a seat writes down in a call, kept while it is typed: it outlives page, browser and seat."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from backend.desks.context import AppContext
from backend.store import callers, drafts, seats
from backend.store.session import Connection, Transaction
from backend.store.writes import Writes
from hotline.errors import Conflict, Forbidden, NotFound
from hotline.people import Actor
from hotline.room.seat import Seat
from hotline.room.typed import CALL_DRAFT, CallDraft
from hotline.wire import keep, kept

# For so long somebody is shown who called at their seat.
SHIFT: Final = timedelta(hours=12)


async def load(office: AppContext, key: str, actor: Actor) -> CallDraft:
    """Give what was typed in a call; nothing yet is a draft too.

    Raises Forbidden where one neither has the call nor has written of it.
    """
    async with office.store.connect() as connection:
        data = await drafts.of_call(connection, key)
        return _own(data, await seats.of_person(connection, actor.person), key, actor)


async def save(
    office: AppContext, key: str, actor: Actor, typed: Mapping[str, object], version: int
) -> CallDraft:
    """Keep what was typed, in the stead of the `version` that the page has read.

    Raises Conflict (draft_changed) where another page has written since: both see what stands.
    """

    async def work(transaction: Transaction) -> CallDraft:
        data = await drafts.of_call(transaction.connection, key, lock=True)
        seat = await seats.of_person(transaction.connection, actor.person)
        old = _own(data, seat, key, actor)
        if old.version != version:
            raise Conflict(f"written since version {version}", code="draft_changed")
        new = CallDraft(actor.person, version + 1, typed, _others(old, actor.person))
        drafts.keep_of_call(transaction, key, keep(CALL_DRAFT, new))
        return new

    return await office.store.transaction(office.clock.now, work)


async def begin_anew(writes: Writes, key: str, actor: Actor) -> None:
    """Let go of what was typed in a call, with what else is written: it becomes a report.

    Who wrote it may write one report more of the same call, also when the call is long over.
    """
    data = await drafts.of_call(writes.connection, key, lock=True)
    old = CallDraft(actor.person) if data is None else kept(CALL_DRAFT, data)
    new = CallDraft(actor.person, old.version + 1, also=_others(old, actor.person))
    drafts.keep_of_call(writes, key, keep(CALL_DRAFT, new))


async def is_emergency(office: AppContext, key: str) -> bool:
    """Tell whether the caller said by a key that somebody is in danger."""
    async with office.store.connect() as connection:
        return await callers.is_emergency(connection, key)


async def is_own(connection: Connection, key: str, actor: Actor, now: datetime) -> bool:
    """Tell whether somebody has a call at their seat, or has written of it in this shift."""
    seat = await seats.of_person(connection, actor.person)
    if seat is not None and seat.call == key:
        return True
    data = await drafts.of_call(connection, key)
    if data is None or not await drafts.is_newer(connection, key, now - SHIFT):
        return False
    return _writes(kept(CALL_DRAFT, data), actor.person)


async def take_over(transaction: Transaction, key: str, person: str) -> str:
    """Let somebody write in the draft of a call beside who has it; gives whose it is.

    Raises NotFound where nobody has written of the call.
    """
    data = await drafts.of_call(transaction.connection, key, lock=True)
    if data is None:
        raise NotFound(f"nobody has answered {key}", code="no_call")
    old = kept(CALL_DRAFT, data)
    if not _writes(old, person):
        new = replace(old, also=(*old.also, person))
        drafts.keep_of_call(transaction, key, keep(CALL_DRAFT, new))
    return old.person


def _writes(draft: CallDraft, person: str) -> bool:
    return person in (draft.person, *draft.also)


def _others(draft: CallDraft, person: str) -> tuple[str, ...]:
    """Give who else writes in a draft that somebody has written in now."""
    known = dict.fromkeys((*draft.also, draft.person))
    return tuple(one for one in known if one != person) if draft.also else ()


def _own(data: Mapping[str, object] | None, seat: Seat | None, key: str, actor: Actor) -> CallDraft:
    """Give a draft to who has the call, or has written of it."""
    draft = None if data is None else kept(CALL_DRAFT, data)
    has_call = seat is not None and seat.call == key
    if not has_call and (draft is None or not _writes(draft, actor.person)):
        raise Forbidden(f"the call {key} is not {actor.person}'s", code="not_yours")
    return draft or CallDraft(actor.person)
