"""The city's articles are taken in at a start; what somebody changed since stays."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from backend.desks import article_import, articles
from backend.desks.context import AppContext
from backend.store.article_rows import BY_COMMAND
from hotline.knowledge.article import ArticleState
from hotline.knowledge.article_files import from_toml, to_toml
from tests.backend.api.conftest import actor
from tests.sources import ROOT

DEMO = ROOT / "config" / "city" / "demo"


async def test_a_start_takes_in_what_is_new_and_a_second_one_nothing(
    office: AppContext, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "knowledge.toml"
    await article_import.take_in(office, tmp_path)  # a city without the file
    shutil.copy(DEMO / "knowledge.toml", path)
    await article_import.take_in(office, tmp_path)
    _, many = await articles.find(office)
    assert many == 64
    mark = office.shelf.mark
    await article_import.take_in(office, tmp_path)
    await articles.find(office)
    assert office.shelf.mark == mark
    text = path.read_text("utf-8")
    path.write_text(text.replace('title = "家中停水"', 'title = "家里停水"') + "\n[[article]]\n")
    await article_import.take_in(office, tmp_path)
    assert "article 65" in caplog.text, caplog.text
    [first, *_] = await articles.suggest(office, "停水", ())
    assert (first.change.article.title, first.change.version) == ("家里停水", 2)


async def test_what_somebody_wrote_or_retired_stays_where_the_file_says_nothing_new(
    office: AppContext, tmp_path: Path
) -> None:
    chief = actor(office, "chief1")
    shutil.copy(DEMO / "knowledge.toml", tmp_path)
    await article_import.take_in(office, tmp_path)
    [now, *_] = await articles.load(office, "street_lamp")
    await articles.write(office, chief, replace(now.article, answer="已改。"), 1)
    await articles.retire(office, chief, "manhole", 1, "另有一条")
    await article_import.take_in(office, tmp_path)
    [now, *_] = await articles.load(office, "street_lamp")
    assert (now.article.answer, now.version) == ("已改。", 2)
    [gone, *_] = await articles.load(office, "manhole")
    assert gone.retired
    # A command says what somebody wants now.
    given = [replace(gone.article, title="井盖")]
    store = (office.store, office.clock)
    assert await article_import.keep(*store, given, BY_COMMAND, "root") == ["manhole"]
    assert await article_import.keep(*store, given, BY_COMMAND, "root") == []
    standing = (await articles.find(office, "井盖"))[0][0]
    assert (standing.change.article.title, standing.state) == ("井盖", ArticleState.VALID)


async def test_a_file_that_is_none_stops_nobody(
    office: AppContext, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "knowledge.toml").write_text("[[article", "utf-8")
    await article_import.take_in(office, tmp_path)
    assert "is not taken in" in caplog.text
    assert (await articles.find(office))[1] == 0


async def test_what_is_exported_is_what_was_taken_in(office: AppContext, tmp_path: Path) -> None:
    shutil.copy(DEMO / "knowledge.toml", tmp_path)
    await article_import.take_in(office, tmp_path)
    found = [one.article for one in office.shelf.articles.values()]
    await office.shelf.look(office.store)
    found = [one.article for one in office.shelf.articles.values()]
    assert from_toml(to_toml(found), office.matters).articles == tuple(found)
