"""Holds of cases, and what is kept about somebody: told, handed out, erased by two people."""

from dataclasses import dataclass
from typing import Annotated, Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import ident_of, office_of
from backend.api.permissions import ERASING
from backend.api.route import Route
from backend.desks import privacy
from backend.desks.context import AppContext
from backend.desks.privacy import ErasureAsked, Whose
from backend.queries.names import person_name
from backend.store.privacy import StoredWish
from hotline.clock import iso
from hotline.people import Actor
from hotline.privacy import CountedFrom, DataKind, Then
from hotline.wire import Instant, Meta, convert


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """Why a case is put on hold, or is no longer."""

    reason: Annotated[str, Meta(max_length=privacy.MAX_REASON)]


@dataclass(frozen=True, slots=True)
class ShownHold:
    """A case on hold."""

    number: str
    reason: str
    made_by: str
    made_at: Instant


@dataclass(frozen=True, slots=True)
class ShownWish:
    """A wish to be erased; `outcome` is "" while it is open, `mine` who reads it asked for it.

    `stays` are the cases whose own words stayed, because somebody else told of them, too.
    """

    id: str
    channel: str
    address_masked: str
    reason: str
    asked_by: str
    asked_at: Instant
    done_by: str
    done_at: Instant | None
    outcome: str
    mine: bool
    stays: list[str]


@dataclass(frozen=True, slots=True)
class WishGoing:
    """What would go if somebody agreed now: how much of what (`counts`), and of which cases.

    `before` is how much it was when it was asked for (empty where nobody knows). Of `stays` the
    cases' own words stay; `held` and `going` keep it from going. Who agrees gives `seen` back.
    """

    wish: ShownWish
    counts: dict[str, int]
    before: dict[str, int]
    cases: list[str]
    stays: list[str]
    held: list[str]
    going: list[str]
    seen: str


@dataclass(frozen=True, slots=True)
class ErasureAgreed:
    """What was `seen` to go by who agrees."""

    seen: Annotated[str, Meta(max_length=100)]


@dataclass(frozen=True, slots=True)
class PersonKept:
    """How much is kept about somebody; the cases that are on hold or go on keep it from going."""

    counts: dict[str, int]
    held: list[str]
    going: list[str]
    wish: ShownWish | None


@dataclass(frozen=True, slots=True)
class PersonExport:
    """All that is kept about somebody, by what it is."""

    made_at: Instant
    kept: dict[str, list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class ShownRule:
    """How long a kind of data is kept, from when, and what happens then."""

    kind: DataKind
    days: int
    since: CountedFrom
    then: Then


@dataclass(frozen=True, slots=True)
class Went:
    """How much of a kind went, and of how much nothing could be done."""

    kind: DataKind
    gone: int
    failed: int


@dataclass(frozen=True, slots=True)
class RetentionShown:
    """The city's rules, and what the last night took; `last_at` is null before the first.

    Where the clock is not believed nothing goes: `doubted_at` is what it showed then, `seen_at`
    when it was believed last.
    """

    rules: list[ShownRule]
    last_at: Instant | None
    went: list[Went]
    doubted_at: Instant | None
    seen_at: Instant | None


async def retention(request: web.Request) -> RetentionShown:
    """Tell how long what is kept, and what went last."""
    office = office_of(request)
    night = await privacy.last_night(office)
    rules = [
        ShownRule(one.kind, one.days, one.since, one.then) for one in office.city.privacy.rules
    ]
    went = [convert(one, Went) for one in night.went]
    return RetentionShown(rules, iso(night.at), went, iso(night.doubted_at), iso(night.seen_at))


async def holds(request: web.Request) -> list[ShownHold]:
    """Give the cases on hold."""
    office = office_of(request)
    staff = office.city.organisation
    return [
        ShownHold(one.number, one.reason, person_name(staff, one.made_by) or "", iso(one.made_at))
        for one in await privacy.held(office, actor_of(request))
    ]


async def hold(request: web.Request, asked: HoldAsked) -> None:
    """Put a case on hold: nothing of it is erased."""
    number = request.match_info["number"]
    await privacy.hold(office_of(request), actor_of(request), number, asked.reason)


async def release(request: web.Request, asked: HoldAsked) -> None:
    """End the hold of a case."""
    number = request.match_info["number"]
    await privacy.release(office_of(request), actor_of(request), number, asked.reason)


async def kept(request: web.Request, whose: Whose) -> PersonKept:
    """Tell how much is kept about a telephone number or a chat."""
    office, actor = office_of(request), actor_of(request)
    found = await privacy.kept(office, actor, whose)
    wish = None if found.wish is None else _shown(office, actor, found.wish)
    return PersonKept(found.counts, found.held, found.going, wish)


async def export(request: web.Request, whose: Whose) -> PersonExport:
    """Give all that is kept about a telephone number or a chat, for whom it is about."""
    office = office_of(request)
    told = await privacy.export(office, actor_of(request), whose)
    return PersonExport(iso(office.clock.now()), told)


async def listed(request: web.Request) -> list[ShownWish]:
    """Give the wishes to be erased, the newest first."""
    office, actor = office_of(request), actor_of(request)
    return [_shown(office, actor, one) for one in await privacy.wishes(office, actor)]


async def ask(request: web.Request, asked: ErasureAsked) -> ShownWish:
    """Ask that somebody be erased; another person has to agree."""
    office, actor = office_of(request), actor_of(request)
    return _shown(office, actor, await privacy.ask(office, actor, asked))


async def going(request: web.Request) -> WishGoing:
    """Tell what would go, before somebody agrees to it."""
    office, actor = office_of(request), actor_of(request)
    found = await privacy.going(office, actor, ident_of(request))
    return WishGoing(
        wish=_shown(office, actor, found.wish),
        counts=found.counts,
        before=found.wish.counts,
        cases=found.cases,
        stays=found.stays,
        held=found.held,
        going=found.going,
        seen=found.seen,
    )


async def agree(request: web.Request, agreed: ErasureAgreed) -> ShownWish:
    """Agree as the second person to what was seen; it is erased at once."""
    office, actor = office_of(request), actor_of(request)
    done = await privacy.agree(office, actor, ident_of(request), agreed.seen)
    return _shown(office, actor, done)


async def decline(request: web.Request) -> ShownWish:
    """Do not erase."""
    office, actor = office_of(request), actor_of(request)
    return _shown(office, actor, await privacy.decline(office, actor, ident_of(request)))


def _shown(office: AppContext, actor: Actor, one: StoredWish) -> ShownWish:
    staff = office.city.organisation
    return ShownWish(
        id=str(one.id),
        channel=one.channel,
        address_masked=one.tail,
        reason=one.reason,
        asked_by=person_name(staff, one.asked_by) or "",
        asked_at=iso(one.asked_at),
        done_by=person_name(staff, one.done_by) or "",
        done_at=iso(one.done_at),
        outcome=one.outcome,
        mine=one.asked_by == actor.person,
        stays=privacy.staying(one),
    )


_AGAINST: Final = ("case_held", "case_open", "caller_restricted")
_WHOSE: Final = ("bad_phone", "input_missing")
_HOLD: Final = ("no_case", "input_missing", "conflict")
ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/privacy/retention", retention, "How long what is kept", ERASING),
    Route("GET", "/api/privacy/holds", holds, "Cases of which nothing is erased", ERASING),
    Route("POST", "/api/cases/{number}/hold", hold, "Put a case on hold", ERASING, _HOLD),
    Route(
        "POST", "/api/cases/{number}/hold/end", release, "End the hold of a case", ERASING, _HOLD
    ),
    Route("POST", "/api/privacy/person", kept, "What is kept of somebody", ERASING, _WHOSE),
    Route("POST", "/api/privacy/export", export, "All that is kept of somebody", ERASING, _WHOSE),
    Route("GET", "/api/privacy/erasures", listed, "Wishes to be erased", ERASING),
    Route(
        "POST",
        "/api/privacy/erasures",
        ask,
        "Ask that somebody be erased",
        ERASING,
        (*_WHOSE, *_AGAINST, "not_found"),
    ),
    Route(
        "GET",
        "/api/privacy/erasures/{id}",
        going,
        "What an erasure would take",
        ERASING,
        ("not_found",),
    ),
    Route(
        "POST",
        "/api/privacy/erasures/{id}/agree",
        agree,
        "Erase somebody, as the second person",
        ERASING,
        ("not_found", "same_person", "not_open", "erasure_changed", *_AGAINST),
    ),
    Route(
        "POST",
        "/api/privacy/erasures/{id}/decline",
        decline,
        "Do not erase somebody",
        ERASING,
        ("not_found", "not_open"),
    ),
)
