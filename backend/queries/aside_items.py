"""What lies aside, as who operates the hotline may know of it: of cases elsewhere, no names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.desks.queues import NOTICES
from backend.store import callers, jobs, views
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.health import Ref
from hotline.number import printed
from hotline.people import Actor
from hotline.queue import Aside
from hotline.rights.scopes import is_everything
from hotline.wire import Instant
from hotline.words import say


@dataclass(frozen=True, slots=True)
class AsideItem:
    """What lies aside in a queue and can be tried again; `name` is its case's number, or `ref`.

    What is about a case that the reader may not know of has a `ref` that tells nothing, and neither
    name nor reason.
    """

    queue: str
    queue_name: str
    ref: str
    name: str
    reason: str
    since: Instant | None


async def shown(
    office: AppContext,
    actor: Actor,
    items: Iterable[Aside],
    language: str,
    why: Callable[[Aside, str], str],
) -> list[AsideItem]:
    """Give what lies aside as somebody may know of it; `why` words its reason."""
    told = list(items)
    hidden = await _hidden(office, actor, told)
    return [
        AsideItem(
            queue=one.queue,
            queue_name=say(f"health.queue_{one.queue}", language),
            ref=_sealed(office, one) if one in hidden else one.ref,
            name="" if one in hidden else printed(one.case) if one.case else one.ref,
            reason=say("health.elsewhere", language) if one in hidden else why(one, language),
            since=iso(one.since),
        )
        for one in told
    ]


async def named(office: AppContext, actor: Actor, asked: Ref) -> Ref:
    """Give what somebody means by the name that they were shown; of no other case than they know.

    Raises NotFound for the true name of what is about a case elsewhere, as for one that is none.
    """
    async with office.store.connect() as connection:
        there = [one for one, _ in await jobs.dead(connection, queues=(asked.queue,))]
    for one in await _hidden(office, actor, there):
        if asked.ref == _sealed(office, one):
            return Ref(one.queue, one.ref)
        if asked.ref == one.ref:
            code = "no_notice" if one.queue == NOTICES.name else "not_aside"
            raise NotFound(f"nothing lies aside: {asked.queue} {asked.ref}", code=code)
    return asked


async def _hidden(office: AppContext, actor: Actor, items: Iterable[Aside]) -> frozenset[Aside]:
    """Give those that are about a case out of sight, or a call that such a case came of."""
    scope = scope_of(actor)
    if is_everything(scope):
        return frozenset()
    numbers = {one.case for one in items if one.case}
    keys = {one.ref for one in items if not one.case}
    async with office.store.connect() as connection:
        seen = await views.in_scope_of(connection, scope, numbers)
        elsewhere = await callers.elsewhere(connection, keys, scope)
    return frozenset(
        one for one in items if (one.case not in seen if one.case else one.ref in elsewhere)
    )


def _sealed(office: AppContext, one: Aside) -> str:
    return office.contacts.sealed(f"{one.queue}/{one.ref}")
