"""The console's lists: cases with their counts, calls, notices, the map."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from backend.desks import answering, search, surveys
from backend.desks.authorization import scope_of, viewer_of, waiting_for
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.queries.case_records import CasePage, NoticeEntry, ShownSurvey
from backend.queries.case_rows import row_of
from backend.queries.case_unnamed import notices_without_others
from backend.queries.claims import at_work
from backend.queries.names import matter_names
from backend.queries.notice_rows import notice_fields
from backend.queries.search_told import matched, meant
from backend.queries.survey_shown import GradeCount, surveyed, surveys_of
from backend.store import answer_rows, casefile, feed, views
from hotline.call import CallEventType, seconds_between
from hotline.case.light import Light
from hotline.case.tally import Counts, Tally, Viewer
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.intake.result import Urgency
from hotline.notice import NoticeState
from hotline.people import Actor, masked
from hotline.rights.scopes import is_everything
from hotline.room.answer import CallAnswer
from hotline.wire import Instant

MAX_POINTS: Final = 5_000


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call; `state` is what happened in it last, or "ended".

    `answered` are the titles of the articles that it was answered from on the line; null where it
    was not.
    """

    key: str
    caller_masked: str
    started_at: Instant
    ended_at: Instant | None
    seconds: int | None
    number: str | None
    state: str
    survey: ShownSurvey | None = None
    answered: list[str] | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """The newest calls, and how callers have rated theirs today; empty where nobody is asked.

    `answered` is how many calls were answered on the line today.
    """

    items: list[ListedCall]
    surveyed: list[GradeCount] = field(default_factory=list)
    answered: int = 0


@dataclass(frozen=True, slots=True)
class ListedNotice(NoticeEntry):
    """A notice in a list, with the number of its case where it is about one."""

    id: str
    number: str | None
    created_at: Instant


@dataclass(frozen=True, slots=True)
class NoticePage:
    """The newest notices."""

    items: list[ListedNotice]


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A point of GeoJSON: longitude and latitude."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


@dataclass(frozen=True, slots=True)
class MappedCase:
    """What the map says of a case."""

    number: str
    stage: str
    light: Light
    urgency: Urgency | None
    matter_name: str | None
    matter_name_en: str | None


@dataclass(frozen=True, slots=True)
class CaseFeature:
    """A case as a feature of GeoJSON."""

    type: Literal["Feature"]
    geometry: MapPoint
    properties: MappedCase


@dataclass(frozen=True, slots=True)
class CaseFeatures:
    """Cases as GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[CaseFeature]


async def list_cases(office: AppContext, actor: Actor, asked: CaseQuery) -> CasePage:
    """Give a page of cases in the order asked for, with the counts of everything in sight."""
    scope = scope_of(actor)
    limit = min(asked.limit, search.MAX_ROWS)
    wanted = search.wanted_of(office, actor, asked)
    async with office.store.connect() as connection:
        rows = await views.list_cases(connection, scope, wanted, limit + 1)
        claims = await at_work(office, connection, [row["number"] for row in rows[:limit]])
    counts = await counts_for(office, viewer_of(office.city.known, actor))
    page = rows[:limit]
    more = len(rows) > limit
    return CasePage(
        items=[row_of(office, row) for row in page],
        next=search.end_of(wanted.order.place(page[-1])) if more else None,
        counts=counts,
        matched={row["number"]: matched(row, wanted.words) for row in page if wanted.words},
        meant=meant(wanted.words),
        claims=claims,
    )


async def counts_for(office: AppContext, viewer: Viewer) -> Counts:
    """Give the counts of everything in a viewer's sight, as the feed has told it so far.

    Where nobody reads the feed they are counted now.
    """
    if office.tally.is_loaded:
        return office.tally.counts(viewer)
    tally = Tally(office.tally.ends)
    async with office.store.one_moment() as connection:
        tally.load((await feed.snapshot(connection)).standings)
    return tally.counts(viewer)


async def list_calls(office: AppContext, actor: Actor, limit: int) -> CallPage:
    """Give the newest calls, without those of cases that an actor may not know of."""
    async with office.store.connect() as connection:
        rows = await casefile.list_calls(connection, scope_of(actor), min(limit, search.MAX_ROWS))
        asked = await surveys_of(office, connection, [row["key"] for row in rows], actor)
        told = await answer_rows.answered(connection, [row["key"] for row in rows])
        answered = await answering.count_today(office, connection)
    counts = await surveys.today(office, actor)
    if told:
        await office.shelf.look(office.store)
    return CallPage(
        [
            ListedCall(
                key=row["key"],
                caller_masked=masked(row["address"] or ""),
                started_at=iso(row["started_at"]),
                ended_at=iso(row["ended_at"]),
                seconds=seconds_between(row["started_at"], row["ended_at"]),
                number=row["number"],
                state="ended" if row["ended_at"] else row["state"] or CallEventType.RING,
                survey=asked.get(row["key"]),
                answered=_titles(office, told.get(row["key"])),
            )
            for row in rows
        ],
        surveyed(office, counts),
        answered,
    )


def _titles(office: AppContext, answer: CallAnswer | None) -> list[str] | None:
    """Give what the articles are called from which a call was answered; None where it was not."""
    if answer is None:
        return None
    known = office.shelf.articles
    return [known[one.id].article.title for one in answer.articles if one.id in known]


async def list_notices(office: AppContext, actor: Actor, state: str) -> NoticePage:
    """Give the newest notices of a state, or of all, about cases that an actor may know of."""
    if state:
        search.known((state,), tuple(NoticeState), "state")
    async with office.store.connect() as connection:
        rows = await casefile.list_notices(
            connection, scope_of(actor), state or None, search.MAX_ROWS
        )
        rows = await notices_without_others(office, connection, rows, actor)
    return NoticePage(
        [
            ListedNotice(
                **notice_fields(office.city.organisation, row),
                id=str(row["id"]),
                number=row["number"],
                created_at=iso(row["created_at"]),
            )
            for row in rows
        ]
    )


async def check_notice_in_sight(office: AppContext, actor: Actor, notice: UUID) -> None:
    """Raise NotFound for a notice about a case that an actor may not know of."""
    async with office.store.connect() as connection:
        number = (await casefile.numbers_of_notices(connection, [notice])).get(str(notice))
        if number and not await views.is_in_scope(connection, scope_of(actor), number):
            raise NotFound(f"no notice {notice} for {actor.person}", code="no_notice")


async def map_cases(office: AppContext, actor: Actor, *, open_only: bool) -> CaseFeatures:
    """Give the cases in sight as GeoJSON points."""
    workflow = office.city.known
    stages = [one for one in workflow.stages if not (open_only and one in workflow.ends)]
    scope = scope_of(actor)
    own = None if is_everything(scope) else waiting_for(workflow, actor)
    async with office.store.connect() as connection:
        rows = await views.map_cases(connection, scope, stages, MAX_POINTS, own=own)
    return CaseFeatures("FeatureCollection", [_feature(office, row) for row in rows])


def _feature(office: AppContext, row: Mapping[str, Any]) -> CaseFeature:
    case = MappedCase(
        number=row["number"],
        stage=row["stage"],
        light=row["light"],
        urgency=row["urgency"],
        **matter_names(office.matters, row["matter"]),
    )
    return CaseFeature("Feature", MapPoint("Point", (row["lon"], row["lat"])), case)
