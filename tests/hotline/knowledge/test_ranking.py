"""Articles are found by words, sounds, letters and class; what shares nothing is not."""

from hotline.knowledge.article import Article
from hotline.knowledge.ranking import ArticleIndex, index_of, read_article

WATER = Article("water", "停水了怎么办", "请先看公告。", words=("没水",), matters=("01001",))
LAMP = Article("lamp", "路灯不亮", "请报灯杆编号。", title_en="Street lamp out", matters=("01037",))
ALL = {"water", "lamp"}


def ids(index: ArticleIndex, text: str, *matters: str, among: set[str] = ALL) -> list[str]:
    """The ids of what is found."""
    return [one.id for one in index.ranked(text, matters, 5, among=among)]


def test_words_letters_and_classes_find_an_article() -> None:
    index = index_of([WATER, LAMP])
    assert ids(index, "我们这栋楼没水") == ["water"]
    assert ids(index, "street lamp") == ["lamp"]
    for letters in ("ludeng", "ldbl", "budeng", "dengbu"):
        assert ids(index, letters) == (["lamp"] if letters != "budeng" else [])
    assert ids(index, "", "01037") == ["lamp"]
    assert ids(index, "没水", "01037") == ["lamp", "water"]


def test_a_recognisers_wrong_characters_find_it_by_their_sound() -> None:
    index = index_of([WATER, LAMP])
    assert ids(index, "鹿灯不量") == ["lamp"]
    assert ids(index, "庭水") == ["water"]
    # z for zh, n for l, an for ang: a line swallows what tells them apart.
    assert ids(index_of([Article("noise", "装修噪声", "请报。")]), "庄修早声", among={"noise"}) == [
        "noise"
    ]


def test_what_shares_nothing_or_may_not_be_told_is_left_out() -> None:
    index = index_of([WATER, LAMP])
    assert ids(index, "居住证") == []
    assert ids(index, "") == []
    assert ids(index, "x") == []
    assert ids(index, "停水", among={"lamp"}) == []


def test_an_article_is_changed_and_dropped_without_a_trace() -> None:
    index = index_of([WATER, LAMP])
    index.put(read_article(Article("water", "供热", "十一月十五日起。")))
    assert ids(index, "没水") == []
    assert ids(index, "供热时间") == ["water"]
    index.drop("water")
    index.drop("water")
    assert ids(index, "供热时间") == []
    assert all(
        "water" not in index.ids[place] for rows in index.postings.values() for place in rows
    )


def test_of_a_long_talk_the_end_counts() -> None:
    index = index_of([WATER, LAMP])
    talk = "没水" * 5 + "嗯" * 400 + "路灯不亮"
    assert ids(index, talk) == ["lamp"]
