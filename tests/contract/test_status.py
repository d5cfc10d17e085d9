"""A citizen who asks how their case stands reads it in their own language, whoever answers."""

from dataclasses import replace
from typing import Any

import pytest

from tests.bots.desk import Desk
from tests.bots.stage import the_city
from tests.cities import demo_city
from tests.contract.acts import CITIZEN, dispatched
from tests.contract.side import Side


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_d5_the_status_says_the_departments_name_in_the_chats_language(
    side: Side, language: str
) -> None:
    await dispatched(side)
    desk = Desk(side.bots, the_city(), side.clock, CITIZEN[1])
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
