"""Class, place, urgency and scope of whole reports."""

from pathlib import Path

import pytest

from tests.bench.understand import by_keywords, by_knowledge, read, same_place, shares
from tests.knowing import demo_knowledge

pytestmark = pytest.mark.slow

OWN = Path(__file__).parent.parent.parent / "data" / "reports_own.csv"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("路灯不亮了", "01037"),
        ("路等不亮嘛黑漆漆的", "01037"),
        ("樓下燒烤攤每天冒煙", "06029"),
        ("the trash bins are overflowing", "06042"),
        ("共享单车堆成山", "09011"),
        ("垃圾桶旁边有只死猫", "06037"),
        ("工地半夜打桩", "08001"),
        ("煤气井盖松了", "01011"),
    ],
)
def test_a_report_is_classed(text: str, code: str) -> None:
    seen = demo_knowledge()[1].understand(text)
    assert seen.in_scope
    assert seen.classes[0].code == code


def test_a_class_comes_with_the_words_that_spoke_for_it() -> None:
    seen = demo_knowledge()[1].understand("科技路的路灯全灭了，路灯杆也歪了")
    assert any("路灯" in word for word in seen.classes[0].words)
    assert len(seen.classes) == 3
    scores = [guess.score for guess in seen.classes]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("我想咨询一下居住证怎么办理", "scope.consult"),
        ("有人在酒吧门口打架拿着刀", "scope.police"),
        ("我老婆晕倒了快叫救护车", "scope.medical"),
        ("老板拖欠我三个月工资", "scope.labour"),
        ("网上买到假货不给退款", "scope.consumer"),
        ("转人工", "scope.nothing"),
        ("", "scope.nothing"),
        ("啊啊啊啊", "scope.nothing"),
    ],
)
def test_what_is_no_matter_is_out_of_scope_with_its_reason_and_left_to_a_person(
    text: str, reason: str
) -> None:
    seen = demo_knowledge()[1].understand(text)
    assert not seen.in_scope
    assert reason in seen.reasons
    assert seen.unsure


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("电线断了掉在马路上，不知道有没有电", "critical"),
        ("配电箱冒火星，小孩在边上", "critical"),
        ("工地半夜十二点还在打桩睡不着", "urgent"),
        ("消防通道停满车", "urgent"),
        ("招牌摇摇欲坠要掉下来", "urgent"),
        ("公园座椅断了一条腿", "normal"),
        ("万一着火了怎么办，消防通道堵着", "urgent"),
    ],
)
def test_urgency_follows_the_danger(text: str, level: str) -> None:
    assert demo_knowledge()[1].understand(text).urgency == level


def test_a_given_point_decides_the_cell() -> None:
    knowledge = demo_knowledge()[1]
    point = knowledge.gazetteer.spot_by_name["江湾公园"].point
    seen = knowledge.understand("科技路有个坑", point)
    assert seen.cell == knowledge.cell_of(point)
    assert seen.place is not None
    assert seen.place.name == "科技路"


def test_words_that_say_little_are_left_to_a_person() -> None:
    assert demo_knowledge()[1].understand("那个东西坏掉了").unsure


def test_understanding_the_same_words_again_gives_the_same() -> None:
    knowledge = demo_knowledge()[1]
    text = "文化路76号门口共享单车乱停"
    assert knowledge.understand(text) == knowledge.understand(text)


def test_our_own_sentences_are_understood_far_better_than_by_keywords() -> None:
    edition, knowledge = demo_knowledge()
    rows = read(OWN)
    ours, baseline = shares(rows, by_knowledge(knowledge)), shares(rows, by_keywords(edition))
    assert len(rows) >= 60
    assert ours["understand_top1"] >= 0.85
    assert ours["understand_top3"] >= 0.92
    assert ours["understand_place"] >= 0.9
    assert all(ours[name] > baseline[name] for name in ours)


def test_places_are_the_same_when_one_contains_the_other() -> None:
    assert same_place("科技路", "科技路76号")
    assert same_place("", "")
    assert not same_place("", "科技路")
    assert not same_place("科技路", "")


@pytest.mark.parametrize(
    "text",
    [
        "明湾公园门口路灯不亮，晚上走路害怕",
        "小区门口拉了很多小广告",
        "地砖松动，上走路容易摔跤",
        "工地半夜施工噪音很大",
    ],
)
def test_row_27_what_spoke_for_a_class_is_told_in_whole_words(text: str) -> None:
    """The first trial read 门口路, 口拉 and 上走路 as grounds."""
    knowledge = demo_knowledge()[1]
    lexicon = knowledge.lexicon
    spoken = [*lexicon.matters.values(), *lexicon.reasons.values()]
    whole = {name for one in spoken for name in (*one.names, *one.faults)}
    whole |= {word for known in lexicon.speech.concepts.values() for word in known}
    told = [word for guess in knowledge.understand(text).classes for word in guess.words]
    assert told
    assert [word for word in told if word not in whole] == []
