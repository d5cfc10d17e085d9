"""Cases that lie near a spot."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow
from backend.store.scopes import in_scope, waits_for
from hotline.case.light import Light
from hotline.place.point import Point
from hotline.rights.scopes import Scope, Waiting

# The newest of a box; where there are more, who stands there sees that there are many.
MOST: Final = 200


async def within(
    connection: AsyncConnection,
    scope: Scope,
    corners: tuple[Point, Point],
    *,
    ends: Collection[str],
    since: datetime,
    own: Waiting | None,
) -> list[dict[str, Any]]:
    """Give the newest cases in a box from its south-west to its north-east corner.

    Those in the stages `ends` only where they came `since` then. With `own` the light is that of
    one's own part.
    """
    low, high = corners
    light = case((waits_for(own), CaseRow.light), else_=Light.GREEN) if own else CaseRow.light
    rows = await connection.execute(
        select(
            *(CaseRow.number, CaseRow.stage, light.label("light"), CaseRow.matter, CaseRow.text),
            *(CaseRow.place_text, CaseRow.lon, CaseRow.lat, CaseRow.received_at),
        )
        .where(
            in_scope(scope),
            CaseRow.lon.is_not(None),
            CaseRow.lat.between(low.lat, high.lat),
            CaseRow.lon.between(low.lon, high.lon),
            or_(CaseRow.stage.not_in(sorted(ends)), CaseRow.received_at >= since),
        )
        .order_by(CaseRow.id.desc())
        .limit(MOST)
    )
    return [dict(row) for row in rows.mappings()]
