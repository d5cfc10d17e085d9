"""A citizen who asks how their case stands reads it in their own language, whoever answers."""

from dataclasses import replace
from typing import Any

import pytest

from hotline.profile import CityTold
from tests.bots.desk import Desk
from tests.cities import demo_city
from tests.contract.acts import CITIZEN, dispatched
from tests.contract.side import Side


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_d5_the_status_says_the_departments_name_in_the_chats_language(
    side: Side, language: str
) -> None:
    await dispatched(side)
    desk = Desk(side.bots, side.clock, CITIZEN[1])
    desk.reader = Writer(desk.reader, language)  # type: ignore[assignment]
    said = await desk.type("/status")
    water = demo_city().organisation.departments["water"]
    assert (water.name_en if language == "en" else water.name) in said
    assert "water\n" not in f"{said}\n"


class Writer:
    """Lines as if the citizen's chat had sent them."""

    def __init__(self, reader: Any, language: str):
        self._reader = reader
        self._language = language

    def read(self, line: str) -> Any:
        """The message of a line."""
        message = self._reader.read(line)
        return replace(message, channel=CITIZEN[0], address=CITIZEN[1], language=self._language[:2])


async def test_the_city_is_told_once(side: Side) -> None:
    first = await side.bots.city()
    assert first.profile is not None
    assert (first.profile.name, first.profile.zone) == ("明州市", "Asia/Shanghai")
    assert first.profile.conditions["01001"][0].key == "1"
    assert first.spoken is None
    assert await side.bots.city(first.release) == CityTold(first.release)


async def test_callers_names_are_told_to_who_asks_for_them(side: Side) -> None:
    told = await side.phone.city("another", spoken=True)
    assert told.spoken is not None
    assert {"中山东路", "光明路"} <= {*told.spoken.places}
    assert "井盖" in told.spoken.troubles
    assert await side.phone.city(told.release, spoken=True) == CityTold(told.release)
