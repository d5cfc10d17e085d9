"""The duty chief of the telephone room: alarms, and bulletins that callers hear."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from backend.desks import media
from backend.desks.audit import What, record
from backend.desks.authorization import may_see, scope_of
from backend.desks.context import AppContext
from backend.store import alarms, bulletins, callers, cases, views
from backend.store.session import Transaction
from hotline.errors import Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.media import SOUND_MIME
from hotline.people import Actor
from hotline.room.alarm import KeptAlarm, RoomAlarm
from hotline.room.bulletin import Bulletin
from hotline.wire import Meta

# Alarms that were seen are shown for so long.
SHOWN: Final = timedelta(days=1)
MAX_MINUTES: Final = 24 * 60
Words = Annotated[str, Meta(max_length=200)]


@dataclass(frozen=True, slots=True)
class BulletinAsked:
    """What callers are to hear for `minutes`: typed words, or a recording that one has stored.

    `case` is the number of the known case that callers may join, "" for none.
    """

    text: Words = ""
    text_en: Words = ""
    sound: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)")] = ""
    case: Annotated[str, Meta(max_length=40)] = ""
    minutes: int = 60


async def alarm(office: AppContext, told: RoomAlarm) -> None:
    """Raise an alarm that a connector tells of; told again it is the same."""

    async def work(transaction: Transaction) -> None:
        await alarms.raise_once(transaction, told)

    await office.store.transaction(office.clock.now, work)


async def listed_alarms(office: AppContext, actor: Actor) -> tuple[list[KeptAlarm], dict[str, str]]:
    """Give what nobody has seen yet, and the alarms of a day; and who calls, by the calls' keys.

    Those about cases that the actor may not know of are left out.
    """
    async with office.store.connect() as connection:
        found = await alarms.listed(connection, office.clock.now() - SHOWN, scope_of(actor))
        keys = [one.alarm.call for one in found if one.alarm.call]
        return found, await callers.addresses_of(connection, keys)


async def see(office: AppContext, actor: Actor, ident: UUID) -> None:
    """Keep that somebody has seen an alarm; the first counts. Raises NotFound for none."""

    async def work(transaction: Transaction) -> None:
        if not await alarms.see(transaction, ident, actor.person, scope_of(actor)):
            raise NotFound(f"no alarm {ident}", code="not_found")

    await office.store.transaction(office.clock.now, work)


async def publish(office: AppContext, actor: Actor, asked: BulletinAsked) -> Bulletin:
    """Let callers hear something from now on; what they heard before ends.

    Raises Invalid for one that says nothing, lasts too long, or names no case or recording.
    """
    if not asked.text.strip() and not asked.sound:
        raise Invalid("text", "says nothing", code="input_missing")
    if not 1 <= asked.minutes <= MAX_MINUTES:
        raise Invalid("minutes", f"is not between 1 and {MAX_MINUTES}", code="out_of_range")

    async def work(transaction: Transaction) -> Bulletin:
        if asked.sound:
            mine = media.by_person(actor.person)
            held = await media.check_held(transaction.connection, [asked.sound], mine)
            if held[asked.sound].mime != SOUND_MIME:
                raise Invalid("sound", "is no recording", code="bad_media")
        case = await _known_case(transaction, actor, asked.case) if asked.case else ""
        now = transaction.now
        one = Bulletin(
            new_id(now),
            asked.text.strip(),
            asked.text_en.strip(),
            asked.sound,
            case,
            now,
            now + timedelta(minutes=asked.minutes),
            actor.person,
        )
        await bulletins.end_all(transaction, actor.person)
        await bulletins.add(transaction, one)
        await record(transaction, What.BULLETIN_PUBLISHED, actor.person, subject=f"{one.id}")
        return one

    return await office.store.transaction(office.clock.now, work)


async def _known_case(transaction: Transaction, actor: Actor, number: str) -> str:
    """Give the number of a case; NotFound for one that the actor may not know of, too."""
    case = await cases.load(transaction.connection, number)
    if not may_see(case, actor):
        raise NotFound(f"no case {number} for {actor.person}", code="no_case")
    return case.number


async def end(office: AppContext, actor: Actor, ident: UUID) -> None:
    """End a bulletin. Raises NotFound for none, Refused for one that is over."""

    async def work(transaction: Transaction) -> None:
        if await bulletins.load(transaction.connection, ident) is None:
            raise NotFound(f"no bulletin {ident}", code="not_found")
        if not await bulletins.end(transaction, ident, actor.person):
            raise Refused(f"bulletin {ident} is over", code="not_open")
        await record(transaction, What.BULLETIN_ENDED, actor.person, subject=f"{ident}")

    await office.store.transaction(office.clock.now, work)


async def listed_bulletins(office: AppContext, actor: Actor) -> list[Bulletin]:
    """Give what callers heard and hear, the newest first; cases that are not in sight unnamed."""
    async with office.store.connect() as connection:
        found = await bulletins.listed(connection)
        named = {one.case for one in found if one.case}
        seen = await views.in_scope_of(connection, scope_of(actor), named)
    return [one if one.case in seen else replace(one, case="") for one in found]


async def sound_of(office: AppContext, ident: UUID) -> str:
    """Give the SHA-256 of a bulletin's recording, or raise NotFound."""
    async with office.store.connect() as connection:
        one = await bulletins.load(connection, ident)
    if one is None or not one.sound:
        raise NotFound(f"no recording of a bulletin {ident}", code="not_found")
    return one.sound
