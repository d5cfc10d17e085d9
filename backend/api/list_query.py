"""What a list of cases is asked for: on the screen, and as a file."""

from dataclasses import dataclass
from typing import Annotated

from backend.desks import search
from backend.desks.search import CaseQuery
from backend.store.order import Sort
from hotline.wire import Meta


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list of cases is narrowed to; several of stage, light, … stand with commas between.

    `field` are values of fields of the form, `facet` of those that lists count, as field:value.
    `from_` and `to` are days of the city, both included; `before` goes on behind a page.
    """

    stage: str = ""
    light: str = ""
    matter: str = ""
    group: str = ""
    area: str = ""
    department: str = ""
    channel: str = ""
    urgency: str = ""
    field: str = ""
    facet: str = ""
    from_: str = ""
    to: str = ""
    q: str = ""
    mine: bool = False
    open: bool = False
    sort: Sort = Sort.NEWEST
    limit: Annotated[int, Meta(ge=1, le=search.MAX_ROWS)] = 50
    before: str = ""


def query_asked(query: ListQuery) -> CaseQuery:
    """Give what a list is asked for, as the desk reads it."""
    return CaseQuery(
        stages=several(query.stage),
        lights=several(query.light),
        equal={
            "matter": several(query.matter),
            "channel": several(query.channel),
            "urgency": several(query.urgency),
        },
        groups=several(query.group),
        areas=several(query.area),
        departments=several(query.department),
        first=query.from_,
        last=query.to,
        fields=several(query.field),
        facets=several(query.facet),
        words=query.q,
        mine=query.mine,
        open_only=query.open,
        sort=query.sort,
        limit=query.limit,
        before=query.before,
    )


def several(text: str) -> tuple[str, ...]:
    """Give what stands with commas between."""
    return tuple(part for part in text.split(",") if part)
