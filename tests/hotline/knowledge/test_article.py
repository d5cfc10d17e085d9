"""How an article stands on a day, and what differs between two writings."""

from dataclasses import replace
from datetime import date

import pytest

from hotline.errors import Invalid
from hotline.knowledge.article import (
    ARTICLE,
    Article,
    ArticleState,
    check_article,
    check_not_over,
    differing,
)
from hotline.wire import keep, kept

ONE = Article(
    "one", "甲", "乙", valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 30), words=("丙",)
)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2026, 10, 31), ArticleState.UPCOMING),
        (date(2026, 11, 1), ArticleState.VALID),
        (date(2026, 11, 30), ArticleState.VALID),
        (date(2026, 12, 1), ArticleState.EXPIRED),
    ],
)
def test_it_counts_from_its_first_day_to_the_end_of_its_last(day: date, state: str) -> None:
    assert ONE.state(day) == state
    assert ONE.state(day, retired=True) == ArticleState.RETIRED
    assert Article("x", "x", "x").state(day) == ArticleState.VALID


def test_it_is_due_a_month_before_it_ends() -> None:
    assert not ONE.is_due(date(2026, 10, 31))
    assert ONE.is_due(date(2026, 11, 1))
    assert ONE.is_due(date(2027, 1, 1))
    assert not Article("x", "x", "x").is_due(date(2099, 1, 1))


def test_an_end_that_has_passed_is_taken_from_nobody_anew() -> None:
    today = date(2026, 12, 1)
    check_not_over(replace(ONE, title="改"), ONE, today)
    for before in (None, replace(ONE, valid_until=None)):
        with pytest.raises(Invalid, match="valid_until"):
            check_not_over(ONE, before, today)


def test_what_is_kept_is_read_again_and_tells_what_differs() -> None:
    assert kept(ARTICLE, keep(ARTICLE, ONE)) == ONE
    other = replace(ONE, answer="丁", words=("丙", "戊"))
    assert differing(ONE, other) == ["answer", "words"]
    assert differing(ONE, ONE) == []


def test_a_less_than_sign_is_no_tag() -> None:
    check_article(replace(ONE, body="气温 < 5 度，a<3"), ())
    with pytest.raises(Invalid, match="HTML"):
        check_article(replace(ONE, body="< img src=x>"), ())
