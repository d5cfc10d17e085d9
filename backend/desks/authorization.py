"""What a post may see, and which cases wait for it."""

from typing import Final

from hotline.case.case import HANDLER, REPORTER, Case, org_token, person_token
from hotline.case.tally import Viewer
from hotline.case.workflow import Workflow
from hotline.errors import Forbidden
from hotline.media import MediaKind
from hotline.people import Actor, Post
from hotline.rights.scopes import NOTHING, Everything, Holds, Scope, Waiting, covers

# The posts of the centre see every case; contacts are for those who speak with citizens.
CENTRE: Final = frozenset(
    {Post.ACCEPTOR, Post.DUTY_CHIEF, Post.DISPATCHER, Post.COMMAND_CHIEF, Post.LEADER}
)
AUDITING: Final = frozenset({Post.ADMINISTRATOR, Post.DUTY_CHIEF})
UNMASKING: Final = frozenset({Post.ACCEPTOR, Post.DUTY_CHIEF})
REPORTING: Final = frozenset({Post.ACCEPTOR, Post.DUTY_CHIEF})
WORKING: Final = CENTRE | {Post.DEPARTMENT, Post.COLLECTOR}
PHOTOS: Final = tuple(kind for kind in MediaKind if kind is not MediaKind.RECORDING)
# The role of whom a collector's tasks lie with.
COLLECTING: Final = "collector"


def scope_of(actor: Actor) -> Scope:
    """Give which cases somebody may see."""
    if actor.post in CENTRE or actor.post is Post.SYSTEM:
        return Everything()
    if actor.post is Post.DEPARTMENT and actor.department is not None:
        return Holds(frozenset({org_token(HANDLER, actor.department)}))
    if actor.post is Post.COLLECTOR:
        roles = (COLLECTING, REPORTER)
        return Holds(frozenset(person_token(role, actor.person) for role in roles))
    return NOTHING


def may_see(case: Case, actor: Actor) -> bool:
    """Tell whether somebody may see a case."""
    return covers(scope_of(actor), case.assigned, case.cell or "")


def check_may_see(case: Case, actor: Actor) -> None:
    """Raise Forbidden where somebody may not see a case."""
    if not may_see(case, actor):
        raise Forbidden(f"{actor.person} may not see case {case.number}", code="not_yours")


def kinds_for(actor: Actor) -> tuple[MediaKind, ...]:
    """Give the kinds of files somebody may open: citizens' voices stay in the centre."""
    return tuple(MediaKind) if actor.post in CENTRE else PHOTOS


def waiting_for(workflow: Workflow, actor: Actor) -> Waiting:
    """Give which cases wait for somebody.

    A stage waits for a post that may lead it on, where its moves ask that the case lies with them
    for what does; what is done aside (voiding a case, taking it back) makes nobody wait.
    """
    stages: set[str] = set()
    roles: dict[str, set[str]] = {}
    for move in workflow.moves:
        if move.to is None or move.aside or actor.post not in move.posts:
            continue
        for stage in move.source:
            if move.role is None:
                stages.add(stage)
            else:
                roles.setdefault(stage, set()).add(move.role)
    lying = tuple(
        (stage, frozenset(token for role in found for token in _tokens(actor, role)))
        for stage, found in sorted(roles.items())
        if stage not in stages
    )
    return Waiting(frozenset(stages), lying)


def _tokens(actor: Actor, role: str) -> list[str]:
    tokens = [person_token(role, actor.person)]
    return tokens if actor.department is None else [*tokens, org_token(role, actor.department)]


def viewer_of(workflow: Workflow, actor: Actor) -> Viewer:
    """Give for whom is counted beside an actor's lists."""
    return Viewer(scope_of(actor), waiting_for(workflow, actor))
