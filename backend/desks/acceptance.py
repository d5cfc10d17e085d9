"""Taking in reports: every report that reaches us is on record, once. (上报, 受理)"""

from dataclasses import replace
from datetime import datetime, time
from typing import Final

from backend.desks import call_draft
from backend.desks import media as files
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.store import calls, cases, reports, views
from backend.store.media import link_row
from backend.store.writes import Writes
from hotline.case.case import REPORTER, Assignment, Case, apply
from hotline.case.transition import first_step
from hotline.channel import Channel
from hotline.city import City
from hotline.errors import Conflict, Forbidden, Invalid, Refused
from hotline.ids import new_id
from hotline.intake.result import CRITICAL
from hotline.media import MediaKind
from hotline.number import parse_number
from hotline.people import CITIZEN, Actor
from hotline.place.point import Point
from hotline.report import MAX_WORDS, NewReport, Receipt
from hotline.rights.permissions import COLLECT

MAX_PLACE: Final = 500


async def record(
    office: AppContext,
    report: NewReport,
    *,
    connector: str | None = None,
    clerk: Actor | None = None,
) -> Receipt:
    """Take in a report: the case in its first stage, its step and jobs in one transaction.

    The same (channel, key) gives the receipt again, with the stage that the case has come to, as
    far as a clerk may know of that. Raises Invalid for a number that
    was never leased and for a file that neither its contact, its reporter nor the `connector`
    handed in, Conflict for a number that another report has. `clerk` typed it in for who told it.
    """
    number = report.number
    if number is not None:
        parse_number(number, office.city.number_length)
    keys = _keys(office, report.channel, report.key)
    if len(keys) > 1:
        # What was taken before keys were hidden lies under its own one.
        async with office.store.connect() as connection:
            known = await reports.receipt(connection, report.channel, keys[1:])
        if known is not None:
            return known if clerk is None else await _as_known(office, known, clerk)
    if number is None:
        number = await office.numbers.next()
    try:
        async with office.store.append(office.clock.now()) as writes:
            if report.media:
                holders = _holders(office, report, connector)
                await files.check_held(writes.connection, report.media, holders)
            if clerk is not None and report.call:
                await call_draft.begin_anew(writes, report.call, clerk)
            return open_case(office, writes, report, number, clerk)
    except Conflict:
        async with office.store.connect() as connection:
            known = await reports.receipt(connection, report.channel, keys)
        if known is None:
            raise
        return known if clerk is None else await _as_known(office, known, clerk)


async def taken(office: AppContext, channel: Channel, key: str, clerk: Actor) -> Receipt:
    """Give the receipt of a report that was taken before; Forbidden where there is none."""
    async with office.store.connect() as connection:
        known = await reports.receipt(connection, channel, _keys(office, channel, key))
    if known is None:
        raise Forbidden(f"no report {key} was taken", code="not_yours")
    return await _as_known(office, known, clerk)


async def _as_known(office: AppContext, receipt: Receipt, clerk: Actor) -> Receipt:
    """Give a receipt to who typed the report in: where they see the case no more, as it began."""
    async with office.store.connect() as connection:
        if await views.is_in_scope(connection, scope_of(clerk), receipt.number):
            return receipt
    return replace(receipt, stage=office.city.workflow.start)


async def check_day_limit(office: AppContext, report: NewReport, most: int) -> None:
    """Raise Refused when a contact has handed in `most` reports since the city's midnight.

    0 is no limit. A report that was taken before is not refused when it comes again.
    """
    if not most:
        return
    zone = office.city.zone
    midnight = datetime.combine(office.clock.now().astimezone(zone).date(), time(), zone)
    contact = office.contacts.of(report.contact.channel, report.contact.address)
    async with office.store.connect() as connection:
        if await reports.count_since(connection, contact, midnight) < most:
            return
        keys = _keys(office, report.channel, report.key)
        known = await reports.receipt(connection, report.channel, keys)
    if known is None:
        raise Refused(f"{most} reports since midnight", code="day_limit")


def open_case(
    office: AppContext, writes: Writes, report: NewReport, number: str, clerk: Actor | None
) -> Receipt:
    """Add a new case with everything that belongs to its first step.

    A position that lies outside the city stays with the report and is not the case's.
    """
    if not report.key or len(report.key) > 200:
        raise Invalid("key", "must be between 1 and 200 characters")
    if report.matter is not None and report.matter not in office.matters:
        raise Invalid("matter", f"there is no class {report.matter!r}", code="no_class")
    rules = office.city.rules(office.city.release)
    point = report.point
    cell = office.knowing.cell_of(point) if point else None
    if point and cell is None and not office.knowing.is_near(point):
        point = None
    case = new_case(report, number, writes.now, office.city, point, cell)
    who, registered = clerk or reporter_of(office.city, report), clerk is not None
    step = first_step(case, who, writes.now, rules, report.media, registered=registered)
    case = apply(None, step)
    writes.add("contact", office.contacts.row(report.contact))
    contact = office.contacts.of(report.contact.channel, report.contact.address)
    kept = replace(report, key=_keys(office, report.channel, report.key)[0])
    writes.add("report", reports.report_row(kept, contact, case.id, writes.now))
    cases.add_step(writes, None, case, step, rules)
    for sha256 in dict.fromkeys(report.media):
        kind = MediaKind.RECORDING if report.call else MediaKind.PHOTO
        key = f"{case.id}:{sha256}"
        writes.add("case_media", link_row(case.id, sha256, kind, key, writes.now))
        if kind is MediaKind.RECORDING:
            calls.add_transcript_job(writes, case, sha256)
    return Receipt(case.id, number, fresh=True, stage=case.stage)


def _keys(office: AppContext, channel: Channel, key: str) -> tuple[str, ...]:
    """Give the key under which a report is kept, and that under which it once was.

    The key of a message names its chat, and would outlive an erasure.
    """
    return (key,) if channel is Channel.PHONE else (office.contacts.hidden(key), key)


def _holders(office: AppContext, report: NewReport, connector: str | None) -> frozenset[str]:
    holders = files.by_contact(office, report.contact.channel, report.contact.address)
    if report.reporter is not None:
        holders |= files.by_person(report.reporter)
    return holders | (files.by_connector(connector) if connector else frozenset())


def new_case(
    report: NewReport,
    number: str,
    now: datetime,
    city: City,
    point: Point | None,
    cell: str | None,
) -> Case:
    """Give the case of a report as it is before its first step."""
    return Case(
        id=new_id(now),
        number=number,
        stage=city.workflow.start,
        version=1,
        channel=report.channel,
        language=report.language,
        received_at=now,
        release=city.release,
        text=report.text[:MAX_WORDS],
        place_text=report.place_text[:MAX_PLACE],
        point=point,
        urgency=CRITICAL if report.is_emergency and report.call else None,
        cell=cell,
        matter=report.matter,
        call=report.call,
        assignments={REPORTER: Assignment(person=report.reporter, since=now)}
        if report.reporter
        else {},
    )


def reporter_of(city: City, report: NewReport) -> Actor:
    """Give who makes the first step of a report that nobody of the office typed in."""
    if report.reporter is None:
        return CITIZEN
    actor = city.organisation.person(report.reporter).actor()
    return replace(actor, post=actor.rights.post_for(COLLECT, (), "") or actor.post)
