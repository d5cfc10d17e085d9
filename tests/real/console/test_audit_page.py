"""The audit's page: what it is narrowed to stands in its address, and its times have seconds."""

import re

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real


def test_what_the_audit_is_narrowed_to_stands_in_its_address(screen: Open, stage: Stage) -> None:
    screen("chief2")
    window = screen("auditor")
    page = window.page
    window.go("audit")
    times = page.locator("tbody time")
    expect(times.first).to_have_text(re.compile(r"\d\d:\d\d:\d\d$"))
    pressed = page.locator(".views [aria-pressed=true]")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(re.compile(r"audit\?view=\w+$"))
    page.get_by_label("人员").fill("chief2")
    page.get_by_role("button", name="查询").click()
    expect(page).to_have_url(re.compile("who=chief2"))
    narrowed = page.url
    page.reload()
    expect(pressed).to_have_text("登录")
    expect(page.get_by_label("人员")).to_have_value("chief2")
    expect(times).not_to_have_count(0)
    assert len(set(window.each("tbody td:nth-child(2)", "one.textContent"))) == 1
    # Another address is another list, and the way back is the one before.
    window.go("audit?from=2020-01-01&to=2020-01-02")
    expect(pressed).to_have_count(0)
    expect(times).to_have_count(0)
    page.go_back()
    expect(page).to_have_url(narrowed)
    expect(pressed).to_have_text("登录")
    expect(times).not_to_have_count(0)
    # What is no day narrows nothing; clearing clears the address, too.
    window.go("audit?from=2026-02-31&who=chief2")
    expect(page.get_by_label("起始日期")).to_have_value("")
    expect(page).to_have_url(re.compile(r"audit\?who=chief2$"))
    page.get_by_role("button", name="清除", exact=True).click()
    expect(page).to_have_url(re.compile("audit$"))
    assert window.axe() == []
