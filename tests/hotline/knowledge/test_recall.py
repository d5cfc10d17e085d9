"""Sixty questions as citizens ask them find their articles among the first three."""

from tests.bench.knowing_articles import articles, by_ranking, by_title, questions, recall

WANTED = 0.9


def test_questions_of_citizens_find_their_article_among_the_first_three() -> None:
    asked = questions()
    known = {one.id for one in articles()}
    assert len(asked) == 60
    assert {one["article"] for one in asked} <= known
    assert len({one["article"] for one in asked}) == 60
    assert sum(one["heard_wrong"] == "yes" for one in asked) >= 12
    find = by_ranking()
    for split in ("tune", "held"):
        assert sum(one["split"] == split for one in asked) == 30
        assert recall(find, split) >= WANTED, split
    assert recall(by_title()) < recall(find)
