"""What tests of cases that are bound to one another share."""

from typing import Any

from backend.desks import acceptance, casework, notices, telephone
from backend.desks.context import AppContext
from backend.store import cases
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.case.case import Case, replay
from hotline.channel import Channel
from hotline.people import Actor
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.cities import MONDAY
from tests.fakes.knowing import CELL
from tests.posts import Post

# Why a report is declined.
NOT_OURS = {"decline_reason": "out_of_scope"}


def actor(office: AppContext, code: str) -> Actor:
    """Somebody of the city."""
    return office.city.organisation.person(code).actor()


def dispatcher(office: AppContext) -> Actor:
    """A dispatcher of the city."""
    first = office.city.organisation.first_of(Post.DISPATCHER)
    assert first is not None
    return first.actor()


async def opened(
    office: AppContext, key: str, address: str = "", channel: Channel = Channel.TELEGRAM
) -> str:
    """A report of a citizen of their own; gives its number."""
    report = NewReport(
        *(channel, key, Contact(channel, address or f"47{key}"), MONDAY),
        text="供水井盖没了",
        point=Point(121.57, 29.89),
    )
    return (await acceptance.record(office, report)).number


async def stored(office: AppContext, number: str) -> Case:
    """A case as it stands; its steps make it."""
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        assert replay(await cases.steps_of(connection, case.id)) == case
        return case


async def act(
    office: AppContext, number: str, action: str, who: Actor, *, key: str = "", **given: object
) -> Case:
    """A move with its inputs."""
    note = str(given.pop("note", ""))
    case = await stored(office, number)
    key = key or f"{number}:{action}:{case.version}"
    return await casework.act(
        office, number, action, who, key=key, note=note, given=given, in_sight=True
    )


async def merged(office: AppContext, number: str, leader: str) -> Case:
    """A case after it was merged into another one."""
    return await act(office, number, "merge", actor(office, "acceptor1"), leader=leader)


async def apart(office: AppContext, number: str) -> Case:
    """A case after it was taken apart again."""
    return await act(office, number, "take_apart", actor(office, "acceptor1"))


async def told(office: AppContext) -> list[tuple[str, str, str]]:
    """Who is told by chat now: (template, address, number)."""
    tasks = await notices.lease(office, [Channel.TELEGRAM], None, 200)
    return [(one.template, one.address, one.number) for one in tasks]


async def filed(office: AppContext, number: str) -> None:
    """File a case."""
    filing = {"matter": "01001", "condition": "1", "cell": CELL}
    await act(office, number, "file", actor(office, "acceptor1"), **filing)


async def joins(office: AppContext, number: str, call: str, address: str) -> None:
    """A caller joins a case by a key."""
    await telephone.ring(office, CallRing(call, address, MONDAY))
    await telephone.note(office, [CallEvent(call, CallEventType.CASE_JOINED, MONDAY, number)])


async def split(office: AppContext, number: str, who: Actor, key: str = "", **given: Any) -> str:
    """Split a matter off; gives the number of its case."""
    asked = {"split_text": "路灯也不亮", **given}
    case = await act(office, number, "split", who, key=key, **asked)
    return str(case.fields["split_into"])
