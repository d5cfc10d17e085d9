"""What a seat is shown of who calls, before the call is answered (弹屏)."""

from dataclasses import dataclass
from typing import Final

from backend.desks import call_draft
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.queries.case_records import ListedCase
from backend.queries.case_rows import row_of
from backend.store import callers, nuisances, views
from backend.store.callers import CallOnRecord
from hotline.call import DIALLED, CallEvent, CallEventType
from hotline.clock import iso
from hotline.errors import Forbidden, NotFound
from hotline.people import Actor, masked
from hotline.room.nuisance import Nuisance, NuisanceLevel
from hotline.room.waiting import waiting_since, waits
from hotline.wire import Instant

CASES: Final = 20


@dataclass(frozen=True, slots=True)
class CallerShown:
    """Who calls, and what is known of them.

    `address` is the whole number: a seat sees that of its own call, but masked where it has rung
    them from their case. `waiting_since` is when the
    caller began to wait for a person, `keys` what they pressed, `skill` whom they wait for;
    `waits` whether they wait for a person now, be it again after a talk that was cut off.
    `open` are their cases that have not come to an end, `past` the others, the newest first;
    Of cases out of the seat's sight nothing is told, be it in a count.
    `calls` is how often they called before, `nuisance` what is held against their number, and why.
    """

    call: str
    address: str
    name: str
    language: str
    line: str
    started_at: Instant
    waiting_since: Instant | None
    keys: str
    skill: str
    waits: bool
    emergency: bool
    calls: int
    nuisance: NuisanceLevel | None
    nuisance_reason: str
    open: list[ListedCase]
    past: list[ListedCase]


async def shown(office: AppContext, key: str, actor: Actor) -> CallerShown:
    """Give who calls to the seat at which the call is, or that has written of it.

    Raises Forbidden for any other, be it of another seat or of none: nobody learns which there are;
    NotFound for one's own where it is not on record yet.
    """
    now, scope = office.clock.now(), scope_of(actor)
    async with office.store.connect() as connection:
        if not await call_draft.is_own(connection, key, actor, now):
            raise Forbidden(f"{key} is not at the seat of {actor.person}", code="not_yours")
        call = await callers.call_of(connection, key)
        if call is None:
            raise NotFound(f"no call {key}", code="no_call")
        events = await callers.events_of(connection, key)
        known = bool(call.address)  # everybody who withholds their number is one contact
        before = await callers.calls_before(connection, call.contact, key, scope) if known else 0
        held = await nuisances.held(connection, call.contact, now) if known else None
        earlier = await callers.numbers_of(connection, call.contact, scope, CASES) if known else []
        # Somebody may call for another's number, or withhold theirs: what they told here is theirs.
        here = await callers.numbers_in(connection, key, scope)
        numbers = list(dict.fromkeys([*here, *earlier]))
        raw = await views.feed_rows(connection, numbers)
    listed = [row_of(office, raw[one]) for one in numbers if one in raw]
    return _shown(call, events, before, held, listed, office.city.ends)


def _shown(
    call: CallOnRecord,
    events: list[CallEvent],
    before: int,
    held: Nuisance | None,
    listed: list[ListedCase],
    ends: frozenset[str],
) -> CallerShown:
    queued = [one for one in events if one.mark is CallEventType.QUEUED]
    return CallerShown(
        call=call.key,
        address=masked(call.address) if call.key.startswith(DIALLED) else call.address,
        name=call.name,
        language=call.language,
        line=call.line,
        started_at=iso(call.started_at),
        waiting_since=iso(waiting_since(events)),
        keys="".join(one.value for one in events if one.mark is CallEventType.KEY),
        skill=queued[-1].value if queued else "",
        waits=waits(events),
        emergency=any(one.mark is CallEventType.EMERGENCY for one in events),
        calls=before,
        nuisance=held.level if held else None,
        nuisance_reason=held.reason if held else "",
        open=[one for one in listed if one.stage not in ends],
        past=[one for one in listed if one.stage in ends],
    )
