"""Articles as files: written and read again, and one bad row stops no other."""

import csv
import io
from datetime import date

import pytest

from hotline.errors import Invalid
from hotline.knowledge.article import Article
from hotline.knowledge.article_files import from_csv, from_toml, to_csv, to_toml
from hotline.sanitize import runs_in_sheet
from tests.sources import ROOT

MATTERS = ("01001", "01037")
ODD = Article(
    "odd",
    '带"引号"与\\反斜杠',
    "第一行\n第二行，有逗号,与\t制表符",
    body="# 标题\n- 一 \"二\" '三'\n**四**\n",
    words=("甲", "乙"),
    matters=("01001",),
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
)
PLAIN = Article("plain", "路灯", "请报编号。", body="一\n二\n")


@pytest.mark.parametrize(("write", "read"), [(to_toml, from_toml), (to_csv, from_csv)])
def test_what_is_written_is_read_again(write: object, read: object) -> None:
    assert callable(write)
    assert callable(read)
    found = read(write([ODD, PLAIN]), MATTERS)
    assert found.faults == ()
    trimmed = [(one.id, one.title, one.answer, one.body.strip()) for one in found.articles]
    assert trimmed == [(one.id, one.title, one.answer, one.body.strip()) for one in (ODD, PLAIN)]
    assert (found.articles[0].words, found.articles[0].valid_until) == (
        ODD.words,
        ODD.valid_until,
    )


@pytest.mark.parametrize("said", ["=1+1", "- 一\n- 二", "@sum", "＝1", "'=1", "'引'", "一=二"])
def test_no_cell_of_a_csv_runs_and_all_are_read_as_they_were(said: str) -> None:
    article = Article("one", said, said, words=(said, "乙"))
    text = to_csv([article])
    cells = next(row for row in csv.reader(io.StringIO(text, newline="")) if row[0] == "one")
    assert not any(runs_in_sheet(cell) for cell in cells)
    assert from_csv(text, MATTERS).articles == (article,)


@pytest.mark.parametrize(
    "text", ["", "title\n甲\n", f"{'x' * 200_000},id\n", f"id\n{'x' * 200_000}\n"]
)
def test_what_is_no_csv_of_articles_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(Invalid):
        from_csv(text, MATTERS)


def test_one_bad_row_stops_no_other_and_is_told_by_row_and_field() -> None:
    text = """
[[article]]
id = "good"
title = "甲"
answer = "乙"

[[article]]
id = "unclassed"
title = "甲"
answer = "乙"
matters = ["99999"]

[[article]]
title = "甲"
answer = "乙"

[[article]]
id = "good"
title = "甲"
answer = "乙"

[[article]]
id = "typo"
title = "甲"
answer = "乙"
valid_untill = 2026-01-01

[[article]]
id = "when"
title = "甲"
answer = "乙"
valid_until = "soon"
"""
    read = from_toml(text, MATTERS)
    assert [one.id for one in read.articles] == ["good"]
    faults = [(one.row, one.article, one.error.field) for one in read.faults]
    assert faults == [
        (2, "unclassed", "matters"),
        (3, "", "id"),
        (4, "good", "id"),
        (5, "typo", "valid_untill"),
        (6, "when", "valid_until"),
    ]


def test_a_csv_tells_the_line_and_lists_are_one_cell() -> None:
    text = "id,title,answer,words,valid_until\na,甲,乙,一|二 | 三,2026-12-31\nb,甲,,,\n,,,,\n"
    read = from_csv(text, MATTERS)
    assert [(one.id, one.words) for one in read.articles] == [("a", ("一", "二", "三"))]
    assert [(one.row, one.error.field) for one in read.faults] == [(3, "answer"), (4, "id")]
    saved = from_csv("id,title,answer,valid_until\na,甲,乙,2026/12/3\n", MATTERS)
    assert [one.valid_until for one in saved.articles] == [date(2026, 12, 3)]
    more = from_csv("id,title,answer\na,甲,乙,丙\n", MATTERS)
    assert [one.error.field for one in more.faults] == ["columns"]


@pytest.mark.parametrize("text", ["id = ", "schema = 1", "article = 1"])
def test_what_is_no_file_of_articles_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(Invalid):
        from_toml(text, MATTERS)


def test_the_demo_citys_articles_are_all_right() -> None:
    lines = (ROOT / "config/catalogue/gbt47678-2026/matters.csv").read_text("utf-8").splitlines()
    codes = {line.partition(",")[0] for line in lines}
    read = from_toml((ROOT / "config/city/demo/knowledge.toml").read_text("utf-8"), codes)
    assert read.faults == ()
    assert len(read.articles) >= 60
    assert all(one.title_en and one.answer_en for one in read.articles)
