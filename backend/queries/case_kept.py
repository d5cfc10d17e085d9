"""What a case page tells of holds and erasures: that nothing goes, and what is gone and why."""

from datetime import datetime
from typing import Final

from backend.desks.context import AppContext
from backend.queries.case_records import ErasedPart, HoldTold
from backend.queries.names import person_name
from backend.store.case_found import CaseFile
from backend.store.erasure import BY_RULE
from hotline.clock import iso
from hotline.people import Actor
from hotline.privacy import DataKind
from hotline.rights.permissions import ERASE
from hotline.rights.scopes import covers

_ORDER: Final = list(DataKind)


def hold_of(office: AppContext, file: CaseFile, actor: Actor) -> HoldTold | None:
    """Give the hold of a case; why and by whom only to who may end it."""
    if not file.held:
        return None
    (held,) = file.held
    if not _may_erase(file, actor):
        return HoldTold(iso(held["made_at"]))
    name = person_name(office.city.organisation, held["made_by"])
    return HoldTold(iso(held["made_at"]), held["reason"], name)


def erased_of(file: CaseFile, actor: Actor) -> list[ErasedPart]:
    """Give what of a case is gone, each kind once, as of when it went last.

    Whether the city's rules took it, or somebody asked for it, is told to who may erase.
    """
    newest: dict[str, tuple[datetime, str]] = {}
    for row in sorted(file.erased, key=lambda row: row["at"]):
        newest[row["kind"]] = row["at"], row["how"]
    told = _may_erase(file, actor)
    found = [
        ErasedPart(DataKind(kind), iso(at), (how == BY_RULE) if told else None)
        for kind, (at, how) in newest.items()
    ]
    return sorted(found, key=lambda one: _ORDER.index(one.kind))


def _may_erase(file: CaseFile, actor: Actor) -> bool:
    case = file.case
    return actor.rights.may(ERASE) and covers(
        actor.rights.scope(ERASE), case.assigned, case.cell or ""
    )
