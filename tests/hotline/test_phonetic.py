"""Names are read back into what a recogniser wrote on a telephone's sound, and only those."""

import time

import pytest

from hotline.phonetic import NameIndex, candidates, snap

PLACES = [
    "府桥街", "桑田南路", "桑田北路", "染坊巷", "旗杆巷", "寺前巷", "七星巷", "盐仓路", "杜鹃路",
    "甬新河路", "清河路", "新华路", "金色新苑", "星河新苑", "通途西路", "杭州路", "紫荆小区",
    "紫荆", "世纪东路", "世纪西路", "布政街",
]  # fmt: skip
WORDS = ["占道经营", "公共厕所", "井盖", "渣土车", "消防栓"]
SENTENCES = ["这条路没有路灯晚上走路看不见", "吵得睡不着觉"]
LEXICON = NameIndex(PLACES, WORDS, SENTENCES)

# What the embedded model really wrote, at 8 kHz through G.711, and the place that had been said.
HEARD = [
    ("一毫虎瞧机有人站到经营卖水果的摊子摆到马路中间了", ["府桥街"]),
    ("上天南路一拜四十二号旁边的路等不凉点", ["桑田南路"]),
    ("当前北路菜厂门口,共享单车乱警方", ["桑田北路"]),
    ("人房向上有一颗大树到了,把路都堵住了", ["染坊巷"]),
    ("1号骑干向有人站到经营卖水骨的摊子", ["旗杆巷"]),
    ("一号延藏路和住坚路路口,那里自来水管爆了", ["盐仓路", "杜鹃路"]),
    ("用西河路的交通指示牌飞速挡住了", ["甬新河路"]),
    ("金色心愿北门外面下水道堵了", ["金色新苑"]),
    ("通徒吸入公交站台的玻璃碎了", ["通途西路"]),
    ("不正接四十六号的广告牌快要掉下来了", ["布政街"]),
]


@pytest.mark.parametrize(("heard", "said"), HEARD)
def test_a_misheard_place_is_read_back(heard: str, said: list[str]) -> None:
    result = snap(heard, LEXICON)
    assert [one.name for one in result.snaps if one.place] == said
    assert all(name in result.text for name in said)


def test_what_was_heard_is_kept_beside_what_is_read() -> None:
    result = snap("府瞧街的镜盖坏了", LEXICON)
    assert result.raw == "府瞧街的镜盖坏了"
    assert result.text == "府桥街的井盖坏了"
    assert [(one.heard, one.name) for one in result.snaps] == [
        ("府瞧街", "府桥街"),
        ("镜盖", "井盖"),
    ]


def test_a_word_of_trouble_is_read_back_where_it_sounds_the_same() -> None:
    assert snap("有人站到经营", LEXICON).text == "有人占道经营"
    assert snap("扎土车经过", LEXICON).text == "渣土车经过"


@pytest.mark.parametrize(
    "text",
    [
        "晚上走路看不见",
        "你好，我要反映一个问题",
        "小孩子经过很危险",
        "street light is out",
        "",
        "。！？",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert snap(text, LEXICON).text == text


def test_a_name_of_two_characters_is_taken_only_as_written() -> None:
    assert snap("紫荆门口", LEXICON).snaps[0].name == "紫荆"
    assert snap("子经门口", LEXICON).text == "子经门口"


def test_a_name_that_stands_there_stays() -> None:
    for name in PLACES:
        assert snap(f"在{name}那里", LEXICON).text == f"在{name}那里"


def test_a_second_place_that_sounds_unlike_is_not_believed() -> None:
    text = "桑田南路东面，西花楼"
    assert [one.name for one in snap(text, LEXICON).snaps if one.place] == ["桑田南路"]


def test_a_judge_of_the_sound_decides_between_names_that_sound_alike() -> None:
    heard = "习近向一号楼下的工地"
    assert [one.name for one in snap(heard, LEXICON).snaps] == ["寺前巷"]

    def judge(text: str) -> float:
        return -20.0 if text.startswith("七星巷") else -60.0 if "巷" in text else -12.0

    assert snap(heard, LEXICON, judge).text == "七星巷一号楼下的工地"


def test_a_judge_who_hears_no_place_leaves_the_text() -> None:
    def judge(text: str) -> float:
        return -10.0 if text == "习近向一号楼下" else -90.0

    assert snap("习近向一号楼下", LEXICON, judge).text == "习近向一号楼下"


def test_candidates_name_their_stretch_and_cost() -> None:
    found = {one.name: one for one in candidates("星河路每天", LEXICON)}
    assert found["清河路"].cost < found["新华路"].cost < 0.6
    assert (found["清河路"].start, found["清河路"].end) == (0, 3)


def test_two_thousand_names_are_searched_fast() -> None:
    signs = "东西南北中山水云天明光新华和平安福长春江河湖海金银玉石松柏梅兰"
    names = [f"{one}{other}{kind}" for one in signs for other in signs for kind in ("路", "巷")]
    lexicon = NameIndex(names[:2000], WORDS)
    began = time.perf_counter()
    snap("在中三路和长存巷的路口有一个井盖不见了晚上走路很危险请你们尽快来处理一下", lexicon)
    assert time.perf_counter() - began < 1.0


def test_a_comma_joins_no_crossing() -> None:
    text = "桑田南路,西花楼边一个井盖"
    assert [one.name for one in snap(text, LEXICON).snaps if one.place] == ["桑田南路"]


def test_a_name_is_not_read_into_half_of_a_word_that_stands_there() -> None:
    lexicon = NameIndex(["友谊路"], ["路灯"])
    heard = "有一路灯不亮了"
    assert snap(heard, lexicon).text == heard
    assert snap(heard, lexicon, lambda text: 0.0).text == heard
    assert snap("友谊路灯不亮了", lexicon).snaps[0].name == "友谊路"
