"""Desks walk a whole case in a terminal, by generic buttons and questions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hotline.case.case import Case
from hotline.channel import Channel
from hotline.errors import Invalid
from tests.bots.desk import Desk
from tests.bots.stage import Stage, picture


def at(stage: Stage, person: str) -> Desk:
    """A desk on the stage."""
    return Desk(stage.backend, stage.city, stage.clock, person)


async def test_a_case_is_walked_to_closed_in_terminals(stage: Stage, tmp_path: Path) -> None:
    photo = tmp_path / "a b.jpg"
    photo.write_bytes(picture())
    citizen, acceptor = at(stage, "citizen"), at(stage, "acceptor1")
    dispatcher, water = at(stage, "dispatcher1"), at(stage, "water1")
    collector, chief = at(stage, "collector01"), at(stage, "chief1")

    await citizen.type(f'photo "{photo}" -- 井盖没了')
    assert "请确认" in await citizen.type("at 121.59,29.88")
    assert "已登记" in await citizen.press("提交")
    number, case = next(iter(stage.backend.cases.items()))
    assert case.channel is Channel.TERMINAL

    assert "待办 1 件" in await acceptor.type("/tasks")
    await acceptor.press("供水井盖")
    asked = await acceptor.press("下发核实")
    name = stage.city.organisation.person("collector01").name
    assert name in asked
    await acceptor.press(name)
    assert stage.backend.cases[number].collector == "collector01"

    await collector.type("/tasks")
    await collector.press("供水井盖")
    await collector.press("✅ 属实")
    await collector.type(f'photo "{photo}"')
    assert stage.backend.cases[number].verified == "true"

    await acceptor.type("/tasks")
    await acceptor.press("供水井盖")
    await acceptor.press("📁 立案")
    assert stage.backend.cases[number].stage == "to_dispatch"

    await dispatcher.type("/tasks")
    await dispatcher.press("供水井盖")
    await dispatcher.press("派遣")
    await dispatcher.press("自来水公司")
    assert stage.backend.cases[number].department == "water"

    await water.type("/tasks")
    await water.press("供水井盖")
    await water.press("接单")
    await water.press("处置反馈")
    await water.type("已更换")
    assert stage.backend.cases[number].stage == "to_check"

    await acceptor.type("/tasks")
    await acceptor.press("供水井盖")
    await acceptor.press("下发核查")
    await collector.type("/tasks")
    await collector.press("供水井盖")
    await collector.press("已解决")
    await collector.type(f'photo "{photo}"')
    await chief.type("/tasks")
    await chief.press("供水井盖")
    assert "已结案" in await chief.press("结案")
    assert stage.backend.cases[number].stage == "closed"


async def test_a_value_that_is_not_taken_is_asked_for_again(stage: Stage) -> None:
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given={"cell": "330299001001001"})
    dispatcher = at(stage, "dispatcher1")
    await dispatcher.type("/tasks")
    await dispatcher.press("供水井盖")
    await dispatcher.press("派遣")
    said = await dispatcher.type("没有的单位")
    assert "“没有的单位”不能用" in said
    await dispatcher.press("自来水公司")
    assert stage.backend.cases[number].stage == "handling"


async def test_a_field_that_only_the_backend_misses_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await stage.report()
    acceptor = at(stage, "acceptor1")
    filled = stage.backend._filled

    def wants_a_condition(case: Case, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if action == "file" and "condition" not in given:
            raise Invalid("condition", "file needs it", code="input_missing")
        return filled(case, action, given)

    monkeypatch.setattr(stage.backend, "_filled", wants_a_condition)
    await acceptor.type("/tasks")
    await acceptor.press("供水井盖")
    assert "立案条件" in await acceptor.press("📁 立案")
    await acceptor.press("松动")
    assert stage.backend.cases[number].condition == "3"
    assert stage.backend.cases[number].stage == "to_dispatch"
