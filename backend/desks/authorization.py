"""What a post may see, and which cases wait for it."""

from typing import Final

from backend.store.views import Scope, Waiting
from hotline.case.case import Case
from hotline.case.tally import Viewer
from hotline.case.workflow import Workflow
from hotline.errors import Forbidden
from hotline.media import MediaKind
from hotline.people import Actor, Post

# The posts of the centre see every case; contacts are for those who speak with citizens.
CENTRE: Final = frozenset(
    {Post.ACCEPTOR, Post.DUTY_CHIEF, Post.DISPATCHER, Post.COMMAND_CHIEF, Post.LEADER}
)
AUDITING: Final = frozenset({Post.ADMINISTRATOR, Post.DUTY_CHIEF})
UNMASKING: Final = frozenset({Post.ACCEPTOR, Post.DUTY_CHIEF})
REPORTING: Final = frozenset({Post.ACCEPTOR, Post.DUTY_CHIEF})
WORKING: Final = CENTRE | {Post.DEPARTMENT, Post.COLLECTOR}
PHOTOS: Final = tuple(kind for kind in MediaKind if kind is not MediaKind.RECORDING)


def scope_of(actor: Actor) -> Scope:
    """Give which cases somebody may see."""
    if actor.post in CENTRE:
        return Scope(everything=True)
    if actor.post is Post.DEPARTMENT:
        return Scope(department=actor.department)
    if actor.post is Post.COLLECTOR:
        return Scope(person=actor.person)
    return Scope()


def may_see(case: Case, actor: Actor) -> bool:
    """Tell whether somebody may see a case: the same rule as scope_of, for a case at hand."""
    match actor.post:
        case Post.DEPARTMENT:
            return case.department is not None and case.department == actor.department
        case Post.COLLECTOR:
            return actor.person in (case.collector, case.reporter)
        case _:
            return actor.post in CENTRE or actor.post is Post.SYSTEM


def check_may_see(case: Case, actor: Actor) -> None:
    """Raise Forbidden where somebody may not see a case."""
    if not may_see(case, actor):
        raise Forbidden(f"{actor.person} may not see case {case.number}", code="not_yours")


def kinds_for(actor: Actor) -> tuple[MediaKind, ...]:
    """Give the kinds of files somebody may open: citizens' voices stay in the centre."""
    return tuple(MediaKind) if actor.post in CENTRE else PHOTOS


def waiting_for(workflow: Workflow, actor: Actor) -> Waiting:
    """Give which cases wait for somebody.

    A stage waits for a post that may lead it on; what is done aside (voiding a case, taking it
    back) makes nobody wait.
    """
    stages = {
        stage
        for move in workflow.moves
        if move.to is not None and not move.aside and actor.post in move.posts
        for stage in move.source
    }
    return Waiting(
        sorted(stages),
        actor.department if actor.post is Post.DEPARTMENT else None,
        actor.person if actor.post is Post.COLLECTOR else None,
    )


def viewer_of(workflow: Workflow, actor: Actor) -> Viewer:
    """Give for whom is counted beside an actor's lists."""
    scope, stages = scope_of(actor), waiting_for(workflow, actor).stages
    return Viewer(frozenset(stages), scope.everything, scope.department, scope.person)


def verdicts(workflow: Workflow) -> list[str]:
    """Give what a verification may find, in the order of the workflow's moves."""
    found = (one.sets["verified"] for one in workflow.moves if "verified" in one.sets)
    return list(dict.fromkeys(map(str, found)))
