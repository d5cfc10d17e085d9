"""The console's lists: cases with their counts, calls, notices, the map."""

from typing import Any, Final

from backend.desks import search
from backend.desks.authorization import scope_of, waiting_for
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.queries.case_rows import matter_names, person_name, row_of
from backend.store import casefile, views
from hotline.call import CallEventType
from hotline.clock import iso
from hotline.notice import NoticeState, values_of
from hotline.people import Actor, masked
from hotline.wire import plain
from hotline.words import UnknownWords, say

MAX_ROWS: Final = 200
MAX_POINTS: Final = 5_000


async def list_cases(office: AppContext, actor: Actor, asked: CaseQuery) -> dict[str, Any]:
    """Give a page of cases in the order asked for, with the counts of everything in sight.

    Lights are counted among those that wait for the actor where the list is theirs, or where they
    see only a part of the cases: nobody is shown somebody else's delay.
    """
    scope, waiting = scope_of(actor), waiting_for(office, actor)
    limit = min(asked.limit, MAX_ROWS)
    wanted = search.wanted_of(office, actor, asked)
    ends = sorted(office.city.workflow.ends)
    own = asked.mine or not scope.everything
    async with office.store.connect() as connection:
        rows = await views.list_cases(connection, scope, wanted, limit + 1)
        counts = await views.count_cases(connection, scope, waiting, ends, own_lights=own)
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [row_of(office, row) for row in page],
        "next": search.end_of(wanted.order.place(page[-1])) if more else None,
        "counts": plain(counts),
    }


async def list_calls(office: AppContext, limit: int) -> dict[str, Any]:
    """Give the newest calls."""
    async with office.store.connect() as connection:
        rows = await casefile.list_calls(connection, min(limit, MAX_ROWS))
    return {
        "items": [
            {
                "key": row["key"],
                "caller_masked": masked(row["address"] or ""),
                "started_at": iso(row["started_at"]),
                "ended_at": iso(row["ended_at"]),
                "seconds": seconds_between(row["started_at"], row["ended_at"]),
                "number": row["number"],
                "state": "ended" if row["ended_at"] else row["state"] or CallEventType.RING,
            }
            for row in rows
        ]
    }


async def list_notices(office: AppContext, state: str) -> dict[str, Any]:
    """Give the newest notices of a state, or of all."""
    if state:
        search.known((state,), tuple(NoticeState), "state")
    async with office.store.connect() as connection:
        rows = await casefile.list_notices(connection, state or None, MAX_ROWS)
    return {
        "items": [
            notice_of(office, row)
            | {
                "id": str(row["id"]),
                "number": row["number"],
                "created_at": iso(row["created_at"]),
            }
            for row in rows
        ]
    }


async def map_cases(office: AppContext, actor: Actor, *, open_only: bool) -> dict[str, Any]:
    """Give the cases in sight as GeoJSON points."""
    ends = office.city.workflow.ends
    stages = [one for one in office.city.workflow.stages if not (open_only and one in ends)]
    scope = scope_of(actor)
    own = None if scope.everything else waiting_for(office, actor)
    async with office.store.connect() as connection:
        rows = await views.map_cases(connection, scope, stages, MAX_POINTS, own=own)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {
                    "number": row["number"],
                    "stage": row["stage"],
                    "light": row["light"],
                    "urgency": row["urgency"],
                    **matter_names(office, row["matter"]),
                },
            }
            for row in rows
        ],
    }


def notice_of(office: AppContext, row: Any) -> dict[str, Any]:
    """Give a notice as the console shows it; a citizen's address stays masked."""
    person = row["person"]
    return {
        "channel": row["channel"],
        "template": row["template"],
        "text": worded(row["template"], row["language"], values_of(row["fields"])),
        "state": row["state"],
        "attempts": row["attempts"],
        "next_try": iso(row["next_try"]) if row["state"] in ("waiting", "leased") else None,
        "error": row["error"] or None,
        "recipient": person_name(office, person) if person else masked(row["address"]),
    }


def worded(template: str, language: str, values: dict[str, Any]) -> str:
    """Give a notice's words as far as the office knows them; a connector adds what it shows."""
    try:
        return say(template, language, **values)
    except UnknownWords:
        return ""


def seconds_between(start: Any, end: Any) -> int | None:
    """Give the whole seconds of a call that has ended."""
    return None if start is None or end is None else max(0, round((end - start).total_seconds()))
