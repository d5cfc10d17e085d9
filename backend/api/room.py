"""The duty chief's page of the telephone room: alarms, and bulletins that callers hear."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from backend import sound
from backend.api import codes
from backend.api.guard import actor_of
from backend.api.http import blocks_of
from backend.api.office_keys import MEDIA, ident_of, office_of
from backend.api.permissions import LEADING_ROOM
from backend.api.route import BYTES, FILE, Route
from backend.desks import media, room_chief
from backend.desks.room_chief import BulletinAsked
from backend.queries import talk_said
from backend.queries.names import person_name
from backend.queries.talk_said import ShownTalk
from hotline.clock import iso
from hotline.errors import Invalid
from hotline.media import Attachment, MediaKind
from hotline.people import masked
from hotline.room.alarm import AlarmKind
from hotline.room.bulletin import Bulletin
from hotline.wire import Instant

# Nobody listens to more before they are connected.
MAX_SOUND_S: Final = 60


@dataclass(frozen=True, slots=True)
class ShownAlarm:
    """An alarm, where it leads (a call's key, a case's number), and who has seen it.

    `caller` is the masked number of who calls, "" where it is about no call.
    """

    id: str
    kind: AlarmKind
    at: Instant
    said: str
    call: str
    number: str
    caller: str
    seen_by: str
    seen_at: Instant | None


@dataclass(frozen=True, slots=True)
class ShownBulletin:
    """What callers hear or heard; `has_sound` says whether it was recorded."""

    id: str
    text: str
    text_en: str
    has_sound: bool
    case: str
    since: Instant
    until: Instant
    made_by: str
    ended_by: str
    ended_at: Instant | None
    is_heard: bool


async def alarms(request: web.Request) -> list[ShownAlarm]:
    """Give the alarms that nobody has seen, then the others of a day."""
    office = office_of(request)
    staff = office.city.organisation
    found, callers = await room_chief.listed_alarms(office, actor_of(request))
    return [
        ShownAlarm(
            str(one.id),
            one.alarm.kind,
            iso(one.alarm.at),
            one.alarm.said,
            one.alarm.call,
            one.alarm.number,
            masked(callers.get(one.alarm.call, "")),
            person_name(staff, one.seen_by) or "",
            iso(one.seen_at),
        )
        for one in found
    ]


async def see(request: web.Request) -> None:
    """Say that one has seen an alarm."""
    await room_chief.see(office_of(request), actor_of(request), ident_of(request))


async def bulletins(request: web.Request) -> list[ShownBulletin]:
    """Give what callers heard and hear, the newest first."""
    found = await room_chief.listed_bulletins(office_of(request), actor_of(request))
    return [_shown(request, one) for one in found]


async def publish(request: web.Request, asked: BulletinAsked) -> ShownBulletin:
    """Let callers hear something from now on; what they heard before ends."""
    made = await room_chief.publish(office_of(request), actor_of(request), asked)
    return _shown(request, made)


async def end(request: web.Request) -> None:
    """End a bulletin."""
    await room_chief.end(office_of(request), actor_of(request), ident_of(request))


async def talk(request: web.Request) -> ShownTalk:
    """Give what is said in any call at a seat, as it is written down."""
    return await talk_said.shown(office_of(request), request.match_info["key"], actor_of(request))


async def put_sound(request: web.Request) -> Attachment:
    """Store a recording of a bulletin: a WAV of 16 bit, 8000 or 16000 Hz."""
    store = request.app[MEDIA]
    file = await store.put(blocks_of(request), MediaKind.RECORDING)
    if sound.seconds_of(store.find(file.sha256)) > MAX_SOUND_S:
        raise Invalid("media", f"is longer than {MAX_SOUND_S} s", code="long_sound")
    holders = media.by_person(actor_of(request).person)
    await media.stored(office_of(request), file, store.size(file.sha256), holders)
    return file


async def get_sound(request: web.Request) -> web.StreamResponse:
    """Give a bulletin's recording."""
    sha256 = await room_chief.sound_of(office_of(request), ident_of(request))
    path = request.app[MEDIA].find(sha256)
    return web.FileResponse(path, headers={"Content-Type": MediaKind.RECORDING.mime})


def _shown(request: web.Request, one: Bulletin) -> ShownBulletin:
    office = office_of(request)
    staff = office.city.organisation
    return ShownBulletin(
        str(one.id),
        one.text,
        one.text_en,
        bool(one.sound),
        one.case,
        iso(one.since),
        iso(one.until),
        person_name(staff, one.made_by) or "",
        person_name(staff, one.ended_by) or "",
        iso(one.ended_at),
        one.is_heard(office.clock.now()),
    )


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/room/alarms", alarms, "Alarms of the telephone room", LEADING_ROOM),
    Route(
        "POST",
        "/api/room/alarms/{id}/seen",
        see,
        "Say that one has seen an alarm",
        LEADING_ROOM,
        ("not_found",),
    ),
    Route(
        "GET",
        "/api/room/calls/{key}/talk",
        talk,
        "What is said in a call at any seat, as it is written down",
        LEADING_ROOM,
    ),
    Route("GET", "/api/room/bulletins", bulletins, "What callers hear and heard", LEADING_ROOM),
    Route(
        "POST",
        "/api/room/bulletins",
        publish,
        "Let callers hear something from now on",
        LEADING_ROOM,
        ("input_missing", "out_of_range", "no_case", "no_photo", "bad_media"),
    ),
    Route(
        "POST",
        "/api/room/bulletins/{id}/end",
        end,
        "End a bulletin",
        LEADING_ROOM,
        ("not_found", "not_open"),
    ),
    Route(
        "PUT",
        "/api/room/bulletins/sound",
        put_sound,
        "Store a recording of a bulletin",
        LEADING_ROOM,
        (*codes.OF_FILE, "long_sound"),
        takes=BYTES,
    ),
    Route(
        "GET",
        "/api/room/bulletins/{id}/sound",
        get_sound,
        "A bulletin's recording",
        LEADING_ROOM,
        ("not_found",),
        gives=FILE,
    ),
)
