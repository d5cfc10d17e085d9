"""What somebody could do with a case in another of their posts than the one they work in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from backend.desks.authorization import may_see
from backend.desks.context import AppContext
from backend.store import cases
from hotline.case.case import Case, Step
from hotline.case.transition import available_actions
from hotline.case.workflow import Workflow
from hotline.contract import OtherPost
from hotline.errors import Forbidden, HotlineError, NotFound
from hotline.organisation import Organisation
from hotline.people import Actor

# How a move is refused that somebody else may well make.
_OF_A_POST: Final = "move_forbidden"


def other_posts(
    organisation: Organisation,
    workflow: Workflow,
    case: Case,
    steps: Sequence[Step],
    actor: Actor,
    now: datetime,
) -> Iterable[OtherPost]:
    """Give the other posts of somebody in which they may see a case, with their moves on it.

    Of a case that the post they work in may not know of, none: nothing tells that it is there.
    """
    if not may_see(case, actor):
        return
    person = organisation.people.get(actor.person)
    for post in person.posts_at(now) if person is not None else ():
        wearing = organisation.actor(actor.person, now, post.id)
        if post.id == actor.post or wearing is None or not may_see(case, wearing):
            continue
        moves = available_actions(case, wearing, workflow, now, steps)
        yield OtherPost(post.name, post.name_en, tuple(one.action for one in moves))


async def instead(
    office: AppContext, number: str, action: str, actor: Actor, refused: HotlineError
) -> HotlineError:
    """Give what is said of a move that was refused: which other post could make it, if one could.

    Gives Forbidden (other_post) with its name then, and what was said before otherwise.
    """
    person, now = office.city.organisation.people.get(actor.person), office.clock.now()
    if refused.code != _OF_A_POST or person is None or len(person.posts_at(now)) < 2:
        return refused
    try:
        async with office.store.connect() as connection:
            case = await cases.load(connection, number)
            steps = await cases.steps_of(connection, case.id)
    except NotFound:
        return refused
    workflow = office.city.rules(case.release).workflow
    posts = other_posts(office.city.organisation, workflow, case, steps, actor, now)
    able = next((one for one in posts if action in one.actions), None)
    if able is None:
        return refused
    said = f"{actor.person} may {action} case {number} in another post"
    return Forbidden(said, code="other_post", post=able.name, post_en=able.name_en)
