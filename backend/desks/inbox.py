"""The console's lists: cases with their counts, calls, notices, the map."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend.desks.caserow import iso, matter_names, person_name, row_of
from backend.desks.office import Office
from backend.desks.sight import scope_of, waiting_for
from backend.store import casefile, views
from hotline.call import CallMark
from hotline.errors import Invalid
from hotline.notice import NoticeState
from hotline.people import Actor, masked
from hotline.words import UnknownWords, say

MOST_ROWS: Final = 200
MOST_POINTS: Final = 5_000
LIGHTS: Final = ("green", "yellow", "red")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a console asks its case list for, as it stands in the query."""

    stages: tuple[str, ...] = ()
    lights: tuple[str, ...] = ()
    words: str = ""
    mine: bool = False
    open_only: bool = False
    limit: int = 50
    before: str = ""


async def list_cases(office: Office, actor: Actor, asked: Asked) -> dict[str, Any]:
    """Give a page of cases, newest first, with the counts of everything in sight."""
    scope, waiting = scope_of(actor), waiting_for(office, actor)
    limit = min(asked.limit, MOST_ROWS)
    wanted = views.Wanted(
        stages=_stages(office, asked),
        lights=_known(asked.lights, LIGHTS, "light"),
        words=asked.words[:100].replace("\0", " ").strip(),
        matters=_named(office, asked.words),
        mine=waiting if asked.mine else None,
        before=_cursor(asked.before),
    )
    ends = sorted(office.city.workflow.ends)
    async with office.store.connect() as connection:
        rows = await views.list_cases(connection, scope, wanted, limit + 1)
        counts = await views.count_cases(connection, scope, waiting, ends)
    page = rows[:limit]
    return {
        "items": [row_of(office, row) for row in page],
        "next": str(page[-1]["id"]) if len(rows) > limit else None,
        "counts": {"stages": counts.stages, "lights": counts.lights, "mine": counts.mine},
    }


async def list_calls(office: Office, limit: int) -> dict[str, Any]:
    """Give the newest calls."""
    async with office.store.connect() as connection:
        rows = await casefile.list_calls(connection, min(limit, MOST_ROWS))
    return {
        "items": [
            {
                "key": row["key"],
                "caller_masked": masked(row["address"] or ""),
                "started_at": iso(row["started_at"]),
                "ended_at": iso(row["ended_at"]),
                "seconds": seconds_between(row["started_at"], row["ended_at"]),
                "number": row["number"],
                "state": "ended" if row["ended_at"] else row["state"] or CallMark.RING,
            }
            for row in rows
        ]
    }


async def list_notices(office: Office, state: str) -> dict[str, Any]:
    """Give the newest notices of a state, or of all."""
    if state:
        _known((state,), tuple(NoticeState), "state")
    async with office.store.connect() as connection:
        rows = await casefile.list_notices(connection, state or None, MOST_ROWS)
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


async def map_cases(office: Office, actor: Actor, *, open_only: bool) -> dict[str, Any]:
    """Give the cases in sight as GeoJSON points."""
    ends = office.city.workflow.ends
    stages = [one for one in office.city.workflow.stages if not (open_only and one in ends)]
    async with office.store.connect() as connection:
        rows = await views.map_cases(connection, scope_of(actor), stages, MOST_POINTS)
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


def notice_of(office: Office, row: Any) -> dict[str, Any]:
    """Give a notice as the console shows it; a citizen's address stays masked."""
    person = row["person"]
    return {
        "channel": row["channel"],
        "template": row["template"],
        "text": worded(row["template"], row["language"], row["fields"]),
        "state": row["state"],
        "attempts": row["attempts"],
        "next_try": iso(row["next_try"]) if row["state"] in ("waiting", "leased") else None,
        "error": row["error"] or None,
        "recipient": person_name(office, person) if person else masked(row["address"]),
    }


def worded(template: str, language: str, values: dict[str, Any]) -> str:
    """Give a notice's words as far as the office knows them; a door adds what it shows."""
    try:
        return say(template, language, **values)
    except UnknownWords:
        return ""


def seconds_between(start: Any, end: Any) -> int | None:
    """Give the whole seconds of a call that has ended."""
    return None if start is None or end is None else max(0, round((end - start).total_seconds()))


def _stages(office: Office, asked: Asked) -> tuple[str, ...] | None:
    workflow = office.city.workflow
    stages = _known(asked.stages, workflow.stages, "stage")
    if asked.open_only:
        return tuple(one for one in stages or workflow.stages if one not in workflow.ends)
    return stages or None


def _known(given: Sequence[str], known: Sequence[str], name: str) -> tuple[str, ...]:
    for one in given:
        if one not in known:
            raise Invalid(name, f"{one[:40]!r} is none")
    return tuple(given)


def _named(office: Office, words: str) -> tuple[str, ...]:
    """The classes whose name holds one of the words that were searched for."""
    parts = [part for part in words.lower().split() if len(part) > 1]
    if not parts:
        return ()
    return tuple(
        code
        for code, one in office.matters.items()
        if any(part in one.name or part in one.name_en.lower() for part in parts)
    )


def _cursor(text: str) -> UUID | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9a-f-]{32,36}", text):
        raise Invalid("before", "not the end of a page")
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("before", "not the end of a page") from error
