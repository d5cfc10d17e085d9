"""What who told of a case does with it themselves: takes it back, or says whether it is solved."""

from dataclasses import replace
from datetime import datetime

from backend.desks.context import AppContext
from backend.store import cases
from hotline.brief import BriefAction, CaseBrief
from hotline.case.case import Case, Step
from hotline.case.transition import available_actions
from hotline.city import City
from hotline.errors import NotFound
from hotline.form.beside import NOTE
from hotline.people import CITIZEN, Actor
from hotline.rights.permissions import SEE
from hotline.rights.posts import TOLD, Grant, Rights


def citizen_of(city: City) -> Actor:
    """Give who told of a case as one who may do with it what the city's post for them says.

    Which case is theirs is asked before: they may see it, whichever it is.
    """
    posts = (one for one in city.organisation.posts.values() if one.reach == TOLD)
    grants = (
        Grant(replace(one, id=CITIZEN.post, permissions=one.permissions | {SEE})) for one in posts
    )
    return replace(CITIZEN, rights=Rights(tuple(grants)))


def acted_on(brief: CaseBrief | None) -> str:
    """Give the number of the case that somebody acts on who names one of theirs.

    Where theirs goes along with another one, it is that one's end that they answer for. Raises
    NotFound (no_case) for a case that they have told nothing of.
    """
    # What is on its way to its end is not theirs, though it is one with theirs.
    if brief is None or (brief.leader and not brief.is_over):
        raise NotFound("no such case of this chat", code="no_case")
    return brief.leader or brief.number


async def with_actions(office: AppContext, brief: CaseBrief) -> CaseBrief:
    """Give how a case stands, with what who told of it may do with it."""
    if brief.leader and not brief.is_over:
        return brief
    now = office.clock.now()
    async with office.store.connect() as connection:
        case = await cases.load(connection, brief.leader or brief.number)
        steps = await cases.steps_of(connection, case.id)
    return replace(brief, actions=tuple(may_do(office.city, case, steps, now)))


def may_do(city: City, case: Case, steps: list[Step], now: datetime) -> list[BriefAction]:
    """Give what who told of a case may do with it now, after its steps."""
    workflow = city.rules(case.release).workflow
    found = []
    for move in available_actions(case, citizen_of(city), workflow, now, steps):
        named = workflow.actions[move.action]
        words = named.short or named.name, named.short_en or named.name_en
        asks = NOTE in move.needs
        found.append(BriefAction(move.action, *words, named.mark, move.direct, asks))
    return found
