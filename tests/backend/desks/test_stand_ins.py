"""Who is told in somebody's stead: a proxy who has their rights, and nobody who has not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.desks import notices
from backend.desks.context import AppContext
from hotline.channel import Channel
from hotline.leave import Leave
from tests.backend.desks.test_ways_back import bind, dispatched
from tests.cities import MONDAY


def away(office: AppContext, person: str, proxy: str) -> AppContext:
    """An office in which somebody is on leave, with a proxy."""
    until = MONDAY + timedelta(days=1)
    leave = Leave(1, person, MONDAY, until, proxy, "病假", person, MONDAY)
    organisation = replace(office.city.organisation, leaves=(leave,))
    return replace(office, city=replace(office.city, organisation=organisation))


@pytest.mark.parametrize(
    ("proxy", "reads"),
    [
        # Of another department, and gets their rights with the leave.
        ("gas1", "gas1"),
        # Who checks cannot act for who handles: they do not get the rights, and read nothing.
        ("collector02", "water1"),
    ],
)
async def test_a_stand_in_reads_what_they_got_the_rights_for(
    office: AppContext, proxy: str, reads: str
) -> None:
    there = away(office, "water1", proxy)
    await bind(there, "water1", proxy)
    await dispatched(there)
    tasks = await notices.lease(there, [Channel.TELEGRAM], None, 50)
    assert [(one.person, one.template) for one in tasks if one.person] == [(reads, "task.handle")]
