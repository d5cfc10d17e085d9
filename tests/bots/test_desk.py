"""Desks walk a whole case in a terminal, by generic buttons and questions."""

from pathlib import Path

import pytest

from backend.desks import cards
from hotline.channel import Channel
from hotline.number import printed
from tests.bots.desk import Desk
from tests.bots.stage import FILED, Stage, picture


def at(stage: Stage, person: str) -> Desk:
    """A desk on the stage."""
    return Desk(stage.backend, stage.clock, person)


async def test_a_case_is_walked_to_closed_in_terminals(stage: Stage, tmp_path: Path) -> None:
    photo, found, solved = (tmp_path / f"a {name}.jpg" for name in ("red", "green", "blue"))
    for file in (photo, found, solved):
        file.write_bytes(picture(file.stem.partition(" ")[2]))
    citizen, acceptor = at(stage, "citizen"), at(stage, "acceptor1")
    dispatcher, water = at(stage, "dispatcher1"), at(stage, "water1")
    collector, chief = at(stage, "collector01"), at(stage, "chief1")

    await citizen.type(f'photo "{photo}" -- 井盖没了')
    assert "请确认" in await citizen.type("at 121.59,29.88")
    assert "已登记" in await citizen.press("提交")
    number, case = next(iter(stage.backend.cases.items()))
    assert case.channel is Channel.TERMINAL

    assert "待办 1 件" in await acceptor.type("/tasks")
    await acceptor.press(printed(number))
    await acceptor.press("下发核实")
    assert stage.backend.cases[number].person_of("collector") == "collector01"

    await collector.type("/tasks")
    await collector.press(printed(number))
    await collector.press("✅ 属实")
    await collector.type(f'photo "{found}"')
    assert stage.backend.cases[number].fields.get("verified") == "true"

    await acceptor.type("/tasks")
    await acceptor.press(printed(number))
    assert "类别" in await acceptor.press("📁 立案")
    assert "立案条件" in await acceptor.press("供水井盖")
    await acceptor.press("松动")
    assert stage.backend.cases[number].stage == "to_dispatch"

    await dispatcher.type("/tasks")
    await dispatcher.press(printed(number))
    await dispatcher.press("派遣")
    await dispatcher.press("自来水公司")
    assert stage.backend.cases[number].org_of("handler") == "water"

    await water.type("/tasks")
    await water.press(printed(number))
    await water.press("接单")
    await water.press("处置反馈")
    await water.type("已更换")
    assert stage.backend.cases[number].stage == "to_check"

    await acceptor.type("/tasks")
    await acceptor.press(printed(number))
    await acceptor.press("下发核查")
    await collector.type("/tasks")
    await collector.press(printed(number))
    await collector.press("已解决")
    await collector.type(f'photo "{solved}"')
    await chief.type("/tasks")
    await chief.press(printed(number))
    assert "已结案" in await chief.press("结案")
    assert stage.backend.cases[number].stage == "closed"


async def test_a_value_that_is_not_taken_is_asked_for_again(stage: Stage) -> None:
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    dispatcher = at(stage, "dispatcher1")
    await dispatcher.type("/tasks")
    await dispatcher.press(printed(number))
    await dispatcher.press("派遣")
    said = await dispatcher.type("没有的单位")
    assert "“没有的单位”不能用" in said
    await dispatcher.press("自来水公司")
    assert stage.backend.cases[number].stage == "handling"


async def test_a_field_that_only_the_backend_misses_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await stage.report()
    await stage.move(
        number, "correct", "acceptor1", given={"matter": "01001", "cell": FILED["cell"]}
    )
    acceptor = at(stage, "acceptor1")
    monkeypatch.setattr(cards, "still_needed", lambda *_: ())
    await acceptor.type("/tasks")
    await acceptor.press(printed(number))
    assert "立案条件" in await acceptor.press("📁 立案")
    await acceptor.press("松动")
    assert stage.backend.cases[number].condition == "3"
    assert stage.backend.cases[number].stage == "to_dispatch"


async def reports(stage: Stage, person: str, words: str) -> str:
    """A citizen's report; gives its number."""
    citizen, known = at(stage, person), set(stage.backend.cases)
    await citizen.type(words)
    await citizen.type("at 121.59,29.88")
    await citizen.press("提交")
    (number,) = set(stage.backend.cases) - known
    return number


async def test_a_second_report_is_merged_by_the_number_that_is_typed(stage: Stage) -> None:
    leader, number = [await reports(stage, who, "井盖没了") for who in ("one", "two")]
    acceptor = at(stage, "acceptor1")
    await acceptor.type(f"/status {number}")
    assert "并入的案件" in await acceptor.press("🔗 并案")
    await acceptor.type("不知道")
    assert stage.backend.cases[number].stage == "reported"
    await acceptor.type(printed(leader))
    assert stage.backend.cases[number].fields["leader"] == leader
    assert stage.backend.cases[number].stage == "merged"


async def test_what_another_post_of_theirs_could_do_is_said_with_how_to_change_it(
    stage: Stage,
) -> None:
    stage.seat(700, "deputy")
    number = await stage.report()
    stage.backend.bound.working["deputy"] = "dispatcher"
    card = await stage.write(700, f"/status {number}")
    assert "立案" not in "".join(card.buttons)
    stage.backend.bound.working["deputy"] = "acceptor"
    card = await stage.write(700, f"/status {number}")
    file = next(label for label in card.buttons if label.endswith("立案") and "不予" not in label)
    stage.backend.bound.working["deputy"] = "dispatcher"
    told = await stage.tap(700, file, card)
    for words in ("“受理员”岗位", "切换当前岗位"):
        assert words in told.text
    assert "切换当前岗位" in stage.toasts()[-1]
    assert len(stage.toasts()[-1]) <= 200
    assert [one.action for one in stage.backend.steps[number]] == ["report"]
    stage.backend.bound.working["deputy"] = "acceptor"
    assert "切换" not in (await stage.tap(700, file, card)).text
