"""What the fake backend makes of a report, and what it tells its citizen of the case."""

from datetime import datetime

from hotline.brief import CaseBrief
from hotline.case.case import HANDLER, REPORTER, Assignment, Case
from hotline.case.case_clock import HANDLING_CLOCK, CaseClock
from hotline.channel import Channel
from hotline.contract import ChatOwner
from hotline.ids import new_id
from hotline.people import Actor
from hotline.report import Contact, NewReport
from hotline.rights.permissions import COLLECT
from tests.cities import demo_city
from tests.fakes.known import CELL
from tests.fakes.telephone import caller


def first_case(
    report: NewReport, reporter: Actor | None, now: datetime, number: str, urgency: str
) -> Case:
    """Give a new case, understood at once; which class it has is left to a person."""
    near = report.point is not None and report.point.lon > 100
    said = urgency if report.text else None
    return Case(
        id=new_id(now),
        number=number,
        stage=demo_city().workflow.start,
        version=1,
        channel=report.channel,
        language=report.language,
        received_at=now,
        release=demo_city().release,
        text=report.text,
        place_text=report.place_text,
        point=report.point if near else None,
        matter=report.matter,
        urgency="critical" if report.is_emergency else said,
        cell=CELL if near else None,
        call=report.call,
        assignments={REPORTER: Assignment(person=reporter.person, since=now)} if reporter else {},
    )


def _handling(case: Case) -> CaseClock:
    return case.clocks.get(HANDLING_CLOCK) or CaseClock()


def brief_of(case: Case) -> CaseBrief:
    """Give what the citizen may hear of a case."""
    department = demo_city().organisation.departments.get(case.org_of(HANDLER) or "")
    stage = demo_city().workflow.stages[case.stage]
    return CaseBrief(
        *(case.number, case.stage, case.received_at),
        department=department.name if department else None,
        due=None if _handling(case).stopped else case.due,
        call=case.call,
        department_en=department.name_en if department else None,
        release=case.release,
        stage_name=stage.told or stage.name,
        stage_name_en=stage.told_en or stage.name_en,
        prompt=stage.prompt,
    )


def contact_of(contact: Contact) -> tuple[Channel, str, str]:
    """Give where somebody is reached, and in which language."""
    phone = contact.channel is Channel.PHONE
    address = caller(contact.address) if phone else contact.address
    return contact.channel, address, contact.language


def owner_of(actor: Actor) -> ChatOwner:
    """Give whose chat it is."""
    post = demo_city().organisation.posts[actor.post]
    collects = actor.rights.may(COLLECT)
    return ChatOwner(actor.person, actor.name, post.name, post.name_en, collects)
