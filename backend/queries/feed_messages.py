"""What the live feed says of a change, and to whom."""

from dataclasses import dataclass, replace
from typing import Any, Final, cast

from backend.desks.context import AppContext
from backend.queries.case_records import AtWork
from backend.queries.case_rows import row_of
from backend.queries.claims import at_work
from backend.queries.feed_frame import FeedFrame, FrameKind
from backend.store import alarms, casefile, feed, seats, views
from backend.store.feed import FeedItem
from hotline.case.standing import Standing
from hotline.clock import iso
from hotline.ids import id_of
from hotline.rights.scopes import Scope, covers, is_everything

MAX_MISSED: Final = 500
ROOM: Final = "room"
# What is told of a case to who may see it.
OF_A_CASE: Final = ("case", "claim")
OF_THE_FLOOR: Final = ("seat",)
# And of a seat to whose it is.
OF_A_SEAT: Final = ("seat", "talk")


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """A change as it is sent: to all who see the case, and without its row to who saw it before.

    What has an `owner` is told to that person, whatever cases they see. `raw` is the case that it
    is about, or that an alarm is about.
    """

    seq: int
    kind: str
    message: FeedFrame
    raw: dict[str, Any] | None = None
    before: tuple[Standing, ...] = ()
    owner: str = ""

    @property
    def of_floor(self) -> FeedFrame | None:
        """What who leads the room is told of a seat that is not theirs; None: nothing."""
        return replace(self.message, kind="floor") if self.kind in OF_THE_FLOOR else None

    @property
    def without_row(self) -> FeedFrame:
        """The same for who may not see the case any more, nor when something happens with it."""
        return replace(self.message, at=None, row=None, claims=None)


async def news_of(office: AppContext, items: list[FeedItem]) -> list[FeedMessage]:
    """Give what is said of changes; of several of one thing only the last is kept."""
    newest = {(item.kind, item.ref): item for item in items}
    before: dict[str, tuple[Standing, ...]] = {}
    for item in items:
        if item.before is not None:
            before[item.ref] = (*before.get(item.ref, ()), item.before)
    kept = sorted(newest.values(), key=lambda item: item.seq)
    numbers = [item.ref for item in kept if item.kind in OF_A_CASE]
    notices = [ident for item in kept if item.kind == "notice" and (ident := id_of(item.ref))]
    async with office.store.connect() as connection:
        rows = await views.feed_rows(connection, numbers)
        claims = await at_work(office, connection, numbers)
        told = await casefile.numbers_of_notices(connection, notices)
        owners = await seats.people_of(
            connection, [one.ref for one in kept if one.kind in OF_A_SEAT]
        )
        rooms = [ident for one in kept if one.kind == ROOM and (ident := id_of(one.ref))]
        rows |= await alarms.cases_of(connection, rooms)
    return [
        replace(
            _news(office, item, rows, told, claims),
            before=before.get(item.ref, ()),
            owner=owners.get(item.ref, "") if item.kind in OF_A_SEAT else "",
        )
        for item in kept
    ]


async def after(office: AppContext, seen: int) -> list[FeedMessage] | None:
    """Give what came after a number; None when it was too much, or the number is not ours."""
    async with office.store.connect() as connection:
        items = await feed.after(connection, seen, MAX_MISSED + 1)
        last = items[-1].seq if items else await feed.last(connection)
    if len(items) > MAX_MISSED or seen > last or (items and items[0].seq != seen + 1 and seen):
        return None
    return await news_of(office, items)


def shows(news: FeedMessage, scope: Scope, person: str) -> bool:
    """Tell whether somebody may see what a change is about, as it stands now."""
    if news.owner:
        return news.owner == person
    if is_everything(scope):
        return True
    # Of the room a frame says only that it is to be looked at again, and of alarms that one is.
    if news.raw is None:
        return news.kind == ROOM
    return covers(scope, news.raw["assigned"], news.raw["cell"] or "")


def was_visible(news: FeedMessage, scope: Scope) -> bool:
    """Tell whether somebody could see the case of a change before."""
    return any(covers(scope, one.assigned, one.area) for one in news.before)


def _news(
    office: AppContext,
    item: FeedItem,
    rows: dict[str, dict[str, Any]],
    told: dict[str, str],
    claims: dict[str, list[AtWork]],
) -> FeedMessage:
    message = FeedFrame(cast("FrameKind", item.kind), item.seq, iso(item.at))
    raw = None
    match item.kind:
        case "case":
            raw = rows.get(item.ref)
            row = row_of(office, raw) if raw is not None else None
            message = replace(message, number=item.ref, row=row, claims=claims.get(item.ref, []))
        case "claim":
            raw = rows.get(item.ref)
            message = replace(message, number=item.ref, claims=claims.get(item.ref, []))
        case "room":
            raw = rows.get(item.ref)
        case "call":
            message = replace(message, call=item.ref)
        case "notice":
            message = replace(message, number=told.get(item.ref))
        case "seat" | "talk":
            message = replace(message, seat=item.ref)
    return FeedMessage(item.seq, item.kind, message, raw)
