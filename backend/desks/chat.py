"""What the message connectors ask of a chat: whose it is, what its words mean, what is begun."""

from collections.abc import Collection, Mapping

from backend.desks import binding
from backend.desks.context import AppContext
from backend.store import drafts, people
from hotline.card import ClassSeen, PlaceSeen, Understood
from hotline.channel import Channel
from hotline.errors import Forbidden
from hotline.intake.result import TriageResult
from hotline.people import Actor
from hotline.place.point import Point
from hotline.queue import caught
from hotline.report import Contact
from hotline.rights.permissions import COLLECT

# Time grows with the words; who asks for a card while typing gets one of what comes first.
MAX_UNDERSTOOD = 1_000


async def actor_of(
    office: AppContext, channel: Channel, address: str, asking: Collection[str] = ()
) -> Actor | None:
    """Give who a chat is bound to; a terminal names the person or the post itself.

    Raises Forbidden (chat_without_factor) as `binding.actor_of` does.
    """
    organisation = office.city.organisation
    if channel is Channel.TERMINAL:
        name = address.removeprefix("terminal:")
        first = None if name in organisation.people else organisation.first_of(name)
        person = name if first is None else first.code
        async with office.store.connect() as connection:
            chosen = await people.working_post(connection, person)
        return organisation.actor(person, office.clock.now(), chosen if first is None else name)
    return await binding.actor_of(office, channel, address, asking)


async def collector_of(
    office: AppContext, contact: Contact, asking: Collection[str] = ()
) -> str | None:
    """Give the collector whose chat this is; None for anybody else and for a telephone."""
    if contact.channel is Channel.PHONE:
        return None
    try:
        actor = await actor_of(office, contact.channel, contact.address, asking)
    except Forbidden:  # who reports so is a citizen
        return None
    return actor.person if actor is not None and actor.rights.may(COLLECT) else None


async def understand(office: AppContext, text: str, point: Point | None) -> Understood:
    """Give what understanding makes of some words, for a confirm card.

    Words that cannot be understood now are unsure ones; who reports them goes on.
    """
    outside = point is not None and not office.knowing.is_near(point)
    if outside:
        point = None
    seen = await caught(
        office.thinking.of(lambda: office.knowing.understand(text[:MAX_UNDERSTOOD], point))
    )
    if not isinstance(seen, TriageResult):
        seen = TriageResult()
    where = point or (seen.place.point if seen.place else None)
    place: PlaceSeen | None = None
    if seen.place is not None or where is not None:
        words = seen.place.text if seen.place else office.knowing.where(where) if where else ""
        place = PlaceSeen(words, office.knowing.cell_of(where) if where else None, where)
    classes = []
    for one in seen.classes:
        matter = office.matters[one.code]
        classes.append(
            ClassSeen(one.code, matter.name, matter.name_en, round(one.score, 3), tuple(one.words))
        )
    return Understood(
        tuple(classes), place, seen.urgency, seen.in_scope, seen.unsure, outside=outside
    )


async def save_draft(
    office: AppContext, channel: Channel, address: str, draft: Mapping[str, object]
) -> None:
    """Keep what somebody has begun to tell."""
    async with office.store.append(office.clock.now()) as writes:
        drafts.keep_draft(writes, channel, address, draft)
