"""What the message connectors ask for a post: who a chat belongs to, its tasks, its case cards."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from backend.desks import binding
from backend.desks.authorization import may_see, waiting_for
from backend.desks.context import AppContext
from backend.desks.inputs import still_needed
from backend.store import cases, drafts, media
from backend.store.session import Connection
from hotline.card import CaseCard, ClassSeen, PlaceSeen, Understood
from hotline.case.case import Case
from hotline.case.returns import returners
from hotline.case.workflow import available_actions
from hotline.channel import Channel
from hotline.contract import ChatOpened
from hotline.errors import NotFound
from hotline.intake.result import TriageResult
from hotline.media import Attachment, MediaKind
from hotline.people import Actor, Post
from hotline.place.point import Point
from hotline.queue import caught
from hotline.report import Contact

# Time grows with the words; who asks for a card while typing gets one of what comes first.
MAX_UNDERSTOOD = 1_000


async def actor_of(office: AppContext, channel: Channel, address: str) -> Actor | None:
    """Give who a chat is bound to; a terminal names the person or the post itself."""
    organisation = office.city.organisation
    if channel is Channel.TERMINAL:
        name = address.removeprefix("terminal:")
        if name in organisation.people:
            return organisation.people[name].actor()
        if name in set(Post):
            first = organisation.first_of(Post(name))
            return first.actor() if first else None
        return None
    return await binding.actor_of(office, channel, address)


async def collector_of(office: AppContext, contact: Contact) -> str | None:
    """Give the collector whose chat this is; None for anybody else and for a telephone."""
    if contact.channel is Channel.PHONE:
        return None
    actor = await actor_of(office, contact.channel, contact.address)
    return actor.person if actor is not None and actor.post is Post.COLLECTOR else None


async def opened(
    office: AppContext, channel: Channel, address: str, actor: Actor | None, number: str
) -> ChatOpened:
    """Give what is kept of a chat, with the case that a message names as far as it may be seen."""
    async with office.store.connect() as connection:
        draft = await drafts.load_draft(connection, channel, address)
        seen = None
        if actor is not None and number:
            with suppress(NotFound):  # what may not be seen looks like what is not there
                seen = await _card(office, connection, number, actor)
    return ChatOpened(draft, actor, seen)


async def tasks(office: AppContext, actor: Actor) -> list[CaseCard]:
    """Give the cases that lie with a person."""
    async with office.store.connect() as connection:
        waiting = waiting_for(office.city.workflow, actor)
        mine = await cases.lying_with(connection, waiting)
        return await _cards(office, connection, mine, actor)


async def card(office: AppContext, number: str, actor: Actor) -> CaseCard:
    """Give a case as a person may see it."""
    async with office.store.connect() as connection:
        return await _card(office, connection, number, actor)


async def after_act(office: AppContext, moved: Case, actor: Actor) -> CaseCard:
    """Give the card after somebody's move, which may have taken the case out of their sight."""
    async with office.store.connect() as connection:
        (seen,) = await _cards(office, connection, [moved], actor)
    return seen


async def _card(office: AppContext, connection: Connection, number: str, actor: Actor) -> CaseCard:
    case = await cases.load(connection, number)
    if not may_see(case, actor):
        raise NotFound(f"there is no case {number} for {actor.person}", code="no_case")
    (seen,) = await _cards(office, connection, [case], actor)
    return seen


async def _cards(
    office: AppContext, connection: Connection, several: Sequence[Case], actor: Actor
) -> list[CaseCard]:
    photos = await media.photos_of(connection, [case.id for case in several])
    refused = {
        case.id: returners(await cases.steps_of(connection, case.id))
        for case in several
        if case.return_count
    }
    return [
        card_of(office, case, actor, photos.get(case.id, ()), refused.get(case.id, ()))
        for case in several
    ]


def card_of(
    office: AppContext,
    case: Case,
    actor: Actor,
    photos: tuple[Attachment, ...],
    refused: Collection[str] = (),
) -> CaseCard:
    """Give the card of a case for somebody."""
    workflow = office.city.rules(case.workflow).workflow
    names = office.city.organisation
    matter = office.matters.get(case.matter or "")
    department = names.departments.get(case.department or "")
    handler = names.people.get(case.handler or "")
    moves = available_actions(case, actor, workflow)
    return CaseCard(
        number=case.number,
        stage=case.stage,
        version=case.version,
        text=case.text,
        place_text=case.place_text,
        received_at=_time(case.received_at) or "",
        stage_since=_time(case.stage_since),
        urgency=case.urgency,
        matter=case.matter,
        matter_name=matter.name if matter else "",
        matter_name_en=matter.name_en if matter else "",
        cell=case.cell,
        point=case.point,
        due=_time(case.stage_due),
        light=case.light,
        department=case.department,
        department_name=department.name if department else "",
        department_name_en=department.name_en if department else "",
        handler_name=handler.name if handler else "",
        suggested_department=office.city.routing.route(case.matter, case.cell, refused).department,
        rework_count=case.rework_count,
        photos=photos,
        buttons={move.action: still_needed(office, case, move) for move in moves},
        evidence={one.action: one.evidence for one in moves if one.evidence is not MediaKind.PHOTO},
    )


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


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


async def save_draft(
    office: AppContext, channel: Channel, address: str, draft: Mapping[str, object]
) -> None:
    """Keep what somebody has begun to tell."""
    async with office.store.append(office.clock.now()) as writes:
        drafts.keep_draft(writes, channel, address, draft)
