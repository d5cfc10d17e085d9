"""Cases that lie near a spot."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow
from backend.store.scopes import in_scope, own_light
from hotline.place.point import Flat
from hotline.rights.scopes import Scope, Waiting

LATELY: Final = timedelta(days=90)
"""What has ended is told of where it came in within so many days."""


async def around(
    connection: AsyncConnection,
    scope: Scope,
    flat: Flat,
    *,
    reach: float,
    matter: str | None,
    of_class: float,
    ends: Collection[str],
    since: datetime,
    own: Waiting | None,
    most: int,
) -> list[dict[str, Any]]:
    """Give the cases within so many metres of a spot, those of a class within more metres.

    Open ones come first, then the nearest. Those in the stages `ends` only where they came `since`
    then. With `own` the light is that of one's own part.
    """
    low, high = flat.point(-of_class, -of_class), flat.point(of_class, of_class)
    metres_east, metres_north = flat.degree
    east = (CaseRow.lon - flat.centre.lon) * metres_east
    north = (CaseRow.lat - flat.centre.lat) * metres_north
    far = east * east + north * north
    same = false() if matter is None else CaseRow.matter == matter
    rows = await connection.execute(
        select(
            *(CaseRow.number, CaseRow.stage, own_light(own), CaseRow.matter, CaseRow.text),
            *(CaseRow.place_text, CaseRow.lon, CaseRow.lat, CaseRow.received_at),
        )
        .where(
            in_scope(scope),
            CaseRow.lon.is_not(None),
            CaseRow.lat.between(low.lat, high.lat),
            CaseRow.lon.between(low.lon, high.lon),
            far <= case((same, of_class**2), else_=reach**2),
            or_(CaseRow.stage.not_in(sorted(ends)), CaseRow.received_at >= since),
        )
        .order_by(CaseRow.stage.in_(sorted(ends)), far, CaseRow.id)
        .limit(most)
    )
    return [dict(row) for row in rows.mappings()]
