"""A backend and a browser for the whole run, and windows for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from backend.operations.postgres import Postgres
from tests.real.chromium import launch
from tests.real.console.reports import picture
from tests.real.console.screen import Screen, open_screen
from tests.real.console.stage import Stage, staged

Open = Callable[..., Screen]


@pytest.fixture(scope="session")
def stage(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The real backend."""
    with staged(postgres, tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def _empty_lists(stage: Stage) -> None:
    """Each file begins with empty lists, whichever files were run before it."""
    stage.empty()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, only while tests of this package run: its loop stands in the way of others'."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def screen(browser: Browser, stage: Stage) -> Iterator[Open]:
    """Opens windows: screen("acceptor1", viewport=PHONE). No browser may complain in any."""
    opened: list[Screen] = []

    def make(username: str = "", **options: Any) -> Screen:
        made = open_screen(browser, stage, **options)
        opened.append(made)
        return made.sign_in(username) if username else made

    yield make
    for one in opened:
        one.page.context.close()
    assert [line for one in opened for line in one.wrong] == []


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo on somebody's disk."""
    path = tmp_path_factory.mktemp("photos") / "done.jpg"
    path.write_bytes(picture("olive"))
    return path
