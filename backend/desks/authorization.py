"""What somebody may see, and which cases wait for them."""

from typing import Final

from hotline.case.case import Case
from hotline.case.tally import Viewer
from hotline.case.workflow import Workflow
from hotline.errors import Forbidden
from hotline.media import MediaKind
from hotline.people import Actor
from hotline.rights.permissions import HEAR, SEE
from hotline.rights.scopes import Scope, Waiting, covers, org_token, person_token

PHOTOS: Final = tuple(kind for kind in MediaKind if kind is not MediaKind.RECORDING)


def scope_of(actor: Actor) -> Scope:
    """Give which cases somebody may see."""
    return actor.rights.scope(SEE)


def may_see(case: Case, actor: Actor) -> bool:
    """Tell whether somebody may see a case."""
    return covers(scope_of(actor), case.assigned, case.cell or "")


def check_may_see(case: Case, actor: Actor) -> None:
    """Raise Forbidden where somebody may not see a case."""
    if not may_see(case, actor):
        raise Forbidden(f"{actor.person} may not see case {case.number}", code="not_yours")


def check_may(actor: Actor, permission: str) -> None:
    """Raise Forbidden where somebody may not do something at all."""
    if not actor.rights.may(permission):
        raise Forbidden(f"{actor.person} has no {permission}")


def kinds_for(actor: Actor) -> tuple[MediaKind, ...]:
    """Give the kinds of files somebody may open: who may hear citizens' voices, and who not."""
    return tuple(MediaKind) if actor.rights.may(HEAR) else PHOTOS


def waiting_for(workflow: Workflow, actor: Actor) -> Waiting:
    """Give which cases wait for somebody.

    A stage waits for who may lead it on, where its moves ask that the case lies with them for what
    does; what is done aside (voiding a case, taking it back) makes nobody wait.
    """
    stages: set[str] = set()
    roles: dict[str, set[str]] = {}
    for move in workflow.moves:
        if not (move.awaits or (move.leads and not move.aside)) or not actor.rights.may(
            move.permission
        ):
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
    people = [person_token(role, one) for one in actor.persons]
    return people + [org_token(role, one) for one in actor.orgs]


def viewer_of(workflow: Workflow, actor: Actor) -> Viewer:
    """Give for whom is counted beside an actor's lists."""
    return Viewer(scope_of(actor), waiting_for(workflow, actor))
