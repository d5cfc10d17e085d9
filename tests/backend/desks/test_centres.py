"""Two levels of centres: each sends a case only where there is a centre to send it to."""

import pytest

from backend.desks import cards, casework
from backend.desks.context import AppContext
from backend.queries import casefile
from hotline.errors import Invalid
from tests.backend.desks.test_casework import actor, load, open_case, walk

CITY, DISTRICTS = "city_centre", {"mingwan_centre", "daiping_centre"}


async def offers(office: AppContext, number: str, who: str) -> tuple[set[str], dict[str, set[str]]]:
    """The moves that somebody is offered on page and card, and the centres to choose from."""
    by = actor(office, who)
    page, card = await casefile.detail(office, number, by), await cards.card(office, number, by)
    moves = {one.action for one in page.buttons}
    assert moves == set(card.actions)
    listed = {
        name: {one.id for one in asked.choices}
        for name, asked in card.asks.items()
        if name.startswith("centre_")
    }
    among = {name: set(codes) for name, codes in page.case.among.items()}
    assert all(among[name] == codes for name, codes in listed.items())
    sent = {name: among[name] for name in ("centre_above", "centre_below")}
    return moves & {"send_up", "send_down", "take_back"}, sent


async def test_a_case_goes_down_from_the_city_and_up_from_a_district_and_nowhere_else(
    office: AppContext,
) -> None:
    number = await open_case(office)
    await walk(office, number, "file")
    above = {"centre_above": set(), "centre_below": DISTRICTS}
    assert await offers(office, number, "dispatcher1") == ({"send_down"}, above)
    assert await offers(office, number, "commander") == ({"send_down"}, above)
    down = {"centre_below": "mingwan_centre"}
    await casework.act(
        office, number, "send_down", actor(office, "dispatcher1"), key="d", given=down
    )
    below = {"centre_above": {CITY}, "centre_below": set()}
    assert await offers(office, number, "dispatcher_mw") == ({"send_up"}, below)
    assert await offers(office, number, "commander") == ({"take_back"}, below)
    by, wrong = actor(office, "dispatcher_mw"), {"centre_above": "daiping_centre"}
    with pytest.raises(Invalid) as refused:
        await casework.act(office, number, "send_up", by, key="u", note="x", given=wrong)
    assert (refused.value.field, refused.value.code) == ("centre_above", "not_listed")
    assert (await load(office, number)).org_of("centre") == "mingwan_centre"
