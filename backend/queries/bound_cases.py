"""What a case is bound to, and what is bound to it, as somebody may see it."""

from collections.abc import Mapping
from typing import Any

from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.queries.case_records import BoundCase, JoinedCall
from backend.queries.names import matter_names
from backend.store.case_found import CaseFile, Found
from hotline.clock import iso
from hotline.people import Actor, masked
from hotline.rights.permissions import CONTACT
from hotline.rights.scopes import covers


def bound_cases(office: AppContext, file: CaseFile, actor: Actor) -> list[BoundCase]:
    """Give the cases that a case is bound to, or that are to it, of those that an actor may see."""
    kinds, scope = _kinds(file), scope_of(actor)
    central = actor.rights.may(CONTACT)
    along = {one.id for one in office.city.known.links.values() if one.goes_along}
    found = []
    for row in file.bound:
        kind = kinds.get(row["number"]) if row["far"] > 0 else _kind_of(row, file)
        # Those that go along beside it belong to the page of the one that leads them.
        if kind is None or (row["far"] == 0 and kind in along):
            continue
        if covers(scope, row["assigned"], row["cell"] or ""):
            found.append(_shown(office, row, kind, central=central))
    return found


def joined_calls(file: CaseFile, actor: Actor) -> list[JoinedCall]:
    """Give the newest callers who joined a case, for who may see contacts."""
    if not actor.rights.may(CONTACT):
        return []
    return [JoinedCall(iso(one["at"]), masked(one["address"] or "")) for one in file.joined]


def _kinds(file: CaseFile) -> dict[str, str]:
    """The links that lead up, by the number of the case that each leads to."""
    kinds = {one.other: one.kind for one in file.case.links}
    for row in file.bound:
        if row["far"] > 0:
            kinds = {one["other"]: one["kind"] for one in row["links"]} | kinds
    return kinds


def _kind_of(row: Found, file: CaseFile) -> str | None:
    others = {one.other for one in file.case.links} if row["far"] == 0 else {file.case.number}
    return next((one["kind"] for one in row["links"] if one["other"] in others), None)


def _shown(office: AppContext, row: Mapping[str, Any], kind: str, *, central: bool) -> BoundCase:
    return BoundCase(
        kind=kind,
        far=row["far"],
        number=row["number"],
        stage=row["stage"],
        light=row["light"],
        channel=row["channel"],
        **matter_names(office.matters, row["matter"]),
        text=row["words"],
        received_at=iso(row["received_at"]),
        address_masked=masked(row["address"] or "") if central else "",
    )
