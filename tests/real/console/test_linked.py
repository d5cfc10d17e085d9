"""Several cases at once, in the console: merged, taken apart, bundled and split, by their posts."""

import re

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real


def case_of(window: Screen, number: str) -> dict[str, object]:
    """What the office sends of a case."""
    return dict(window.get(f"/api/cases/{number}"))


def choose(window: Screen, field: str, number: str, nth: int = 0) -> None:
    """Find a case by its number, and take it."""
    window.page.locator(f"[data-field={field}] input[role=combobox]").fill(number)
    grouped = f"{number[:4]} {number[4:]}"
    window.page.get_by_role("option", name=grouped).first.click()
    expect(window.page.locator(f"[data-field={field}] [data-chosen]")).to_have_count(nth + 1)


def test_a_second_report_is_merged_into_the_one_nearby_and_taken_apart_again(
    screen: Open, stage: Stage
) -> None:
    leader, number = message(stage, "供水井盖没了"), message(stage, "路上少了一个井盖")
    acceptor = screen("acceptor1")
    acceptor.open(number)
    acceptor.press("merge")
    # Told of at the same place: it stands there already, with its words.
    near = acceptor.page.locator(f"[data-field=leader] [data-near='{leader}']")
    expect(near).to_contain_text("供水井盖没了")
    near.click()
    acceptor.send()
    acceptor.stage_is("已并案")
    bound = acceptor.page.locator("[data-bound='follows.to']")
    expect(bound).to_contain_text(f"{leader[:4]} {leader[4:]}")
    expect(acceptor.page.locator(".timeline")).to_contain_text(re.compile("并入(的)?案件"))
    bound.locator("a").click()
    expect(acceptor.page.locator(".case h1")).to_have_text(f"{leader[:4]} {leader[4:]}")
    expect(acceptor.page.locator(".case header")).to_contain_text("+1 人")
    expect(acceptor.page.locator(f"[data-number='{leader}']")).to_contain_text("+1 人")
    followers = acceptor.page.locator("[data-bound='follows.back'] a")
    expect(followers).to_have_text(re.compile(f"{number[:4]} {number[4:]}.*Telegram.*\\*", re.S))
    # Who names the merged one is led to the one that it goes along with.
    third = message(stage, "井盖不见了")
    acceptor.open(third)
    acceptor.press("merge")
    acceptor.page.locator("[data-field=leader] input[role=combobox]").fill(number)
    led = acceptor.page.locator("[data-field=leader] [role=option]")
    expect(led).to_have_count(1)
    expect(led).to_contain_text(re.compile(f"{leader[:4]} {leader[4:]}.*{number[:4]} {number[4:]}"))
    acceptor.open(number)
    acceptor.press("take_apart")
    acceptor.send()
    acceptor.stage_is("待受理")
    expect(acceptor.page.locator("[data-bound]")).to_have_count(0)


def test_cases_are_bundled_into_one_and_end_with_it(screen: Open, stage: Stage) -> None:
    leader, one, other = numbers = [message(stage, f"路灯{which}不亮") for which in "甲乙丙"]
    clerk, cell = Desk(stage, "acceptor1"), "330299001001001"
    for number in numbers:
        clerk.act(number, "file", matter="01001", condition="1", cell=cell)
    dispatcher, acceptor = screen("dispatcher1"), screen("acceptor1")
    dispatcher.open(leader)
    dispatcher.press("bundle_up")
    other_stage = message(stage, "路灯丁不亮", photo=True)
    dispatcher.page.locator("[data-field=members] input[role=combobox]").fill(other_stage)
    expect(dispatcher.page.locator("[data-field=members] .none")).not_to_be_empty()
    choose(dispatcher, "members", one)
    choose(dispatcher, "members", other, 1)
    dispatcher.send()
    expect(dispatcher.page.locator("[data-bound='bundled.back'] li")).to_have_count(2)
    acceptor.open(one)
    acceptor.stage_is("捆绑办理")
    Desk(stage, "chief1").act(leader, "ask_force", "无法处置", force_reason="no_means")
    Desk(stage, "commander").act(leader, "agree_force")
    for number in (one, other):
        acceptor.open(number)
        acceptor.stage_is("已结案")


def test_another_matter_is_split_off_a_report(screen: Open, stage: Stage) -> None:
    number = message(stage, "井盖没了，旁边的路灯也不亮", photo=True)
    acceptor = screen("acceptor1")
    acceptor.open(number)
    acceptor.press("split")
    acceptor.page.locator("[data-field=split_text] :is(textarea, input)").fill("路灯不亮")
    acceptor.send()
    part = acceptor.page.locator("[data-bound='split_from.back'] a")
    expect(part).to_contain_text("路灯不亮")
    part.click()
    expect(acceptor.page.locator(".said .text")).to_have_text("路灯不亮")
    acceptor.stage_is("待受理")
    back = acceptor.page.locator("[data-bound='split_from.to'] a")
    expect(back).to_contain_text(f"{number[:4]} {number[4:]}")
    expect(acceptor.page.locator(".timeline .photos img")).to_have_count(1)
