"""Splitting one report into several matters (拆分): each is a case of its own, bound to it."""

from collections.abc import Mapping

from backend.desks.context import AppContext
from backend.store import cases, media, reports
from backend.store.media import link_row
from backend.store.session import Transaction
from hotline.case.case import REPORTER, Assignment, Case, Link, apply
from hotline.case.touching import Makes
from hotline.case.transition import first_step
from hotline.ids import new_id
from hotline.media import MediaKind
from hotline.people import Actor


def is_split(office: AppContext, action: str) -> bool:
    """Tell whether an action makes a case, which needs a number."""
    return any(one.makes for one in office.city.known.moves if one.action == action)


async def split(
    office: AppContext,
    transaction: Transaction,
    case: Case,
    actor: Actor,
    makes: Makes,
    given: Mapping[str, object],
) -> None:
    """Add the case of another matter that a report told of.

    It has the contact and the photos of the report, and its place where none is given.
    """
    now, rules = transaction.now, office.city.rules(office.city.release)
    found = await media.photos_of(transaction.connection, [case.id])
    photos = [one for one in found.get(case.id, ()) if one.kind is MediaKind.PHOTO]
    hashes = tuple(dict.fromkeys(one.sha256 for one in photos))
    new = _part(office, case, makes, given, transaction)
    step = first_step(new, actor, now, rules, hashes, registered=True)
    new = apply(None, step)
    cases.add_step(transaction, None, new, step, rules)
    for sha256 in hashes:
        row = link_row(new.id, sha256, MediaKind.PHOTO, f"{new.id}:{sha256}", now)
        transaction.add("case_media", row)
    await reports.split_off(transaction, case.id, new.id, new.number, new.text, new.place_text)


def _part(
    office: AppContext,
    case: Case,
    makes: Makes,
    given: Mapping[str, object],
    transaction: Transaction,
) -> Case:
    place = str(given.get(makes.place) or "") if makes.place else ""
    matter = given.get(makes.matter) if makes.matter else None
    reporter = case.person_of(REPORTER)
    return Case(
        id=new_id(transaction.now),
        number=str(given[makes.number]),
        stage=office.city.workflow.start,
        version=1,
        channel=case.channel,
        language=case.language,
        received_at=transaction.now,
        release=office.city.release,
        text=str(given[makes.text]),
        place_text=place or case.place_text,
        point=None if place else case.point,
        cell=None if place else case.cell,
        matter=str(matter) if matter else None,
        assignments={REPORTER: Assignment(person=reporter, since=transaction.now)}
        if reporter
        else {},
        links=(Link(makes.link, case.number),),
    )
