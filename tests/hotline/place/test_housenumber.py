"""Fault 12: house numbers as people write them; text and point agree, and no word is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.intake.result import PlaceGuess
from hotline.numerals import worth
from hotline.place.housenumber import HouseNumbers
from tests.knowing import demo_gazetteer, demo_knowledge

ROAD = "中山东路"
FORMS = [
    *("86号", "８６号", "86號", "86 号", "８６　號", "八十六号", "八六号", "捌拾陆号"),
    *("86-1号", "86－1号", "86—1号", "86之1号", "86号之一", "86号-1", "86号附1号"),
    *("86、88号", "86，88号", "86/88号", "86和88号", "86-88号", "86号-88号", "86号至88号"),
    *("86#", "86＃", "第86号", "（86号）", "(86号)", "甲86号", "附86号", "86号甲", "86甲号"),
    *("86号院", "86号3楼", "86号三楼", "86号2单元501室", "86弄5号", "八十六弄三号", "86巷5号"),
    *("86附1号", "86-附1号", "86A号", "86-a号", "临86号", "临时86号", "老86号", "旧86号", "原86号"),
    *("东86号", "西86号", "北侧86号", "二段86号", "86胡同5号", "【86号】", "“86号”"),
    *("门牌86", "门牌号86", "No.86", "no 86", "NO：86", "№86", "№ 86"),
    *("东段86号", "上86号", "的86号", "门牌86号", "86"),
    *("#86", "＃86", "（86）号", "86（B）号", "门牌号：86", "门牌是86号", "甲86", "八十六", "八六"),
    *("86条5号", "八十六条五号", "86组5号", "86丙", "86己", "86B", "86甲1号", "86A2号"),
    *("86（甲）号", "86号（丙）", "86号附2", "86 号 之 2", "８６号之一", "86—B号", "捌拾陆号之二"),
]
ENGLISH = [
    "Zhongshan East Road 86",
    "Zhongshan East Road, 86",
    "Zhongshan East Road No. 86",
    "Zhongshan East Road #86",
    "Zhongshan East Road 86-1",
    "No. 86 Zhongshan East Road",
    "No.86, Zhongshan East Road",
    "86 Zhongshan East Road",
    "zhongshan east road 86",
]


def best(text: str) -> PlaceGuess:
    guesses = demo_knowledge()[1].geocoder.guesses(text)
    assert guesses, text
    return guesses[0]


def house(number: int) -> PlaceGuess:
    return best(f"{ROAD}{number}号")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("after", ["", "，路灯不亮"])
def test_fault_12_a_house_number_is_the_point_of_its_house(form: str, after: str) -> None:
    guess = best(f"{ROAD}{form}{after}")
    assert (guess.kind, guess.name) == ("plate", f"{ROAD}86号")
    assert guess.point == house(86).point
    narrow = str.maketrans("０１２３４５６７８９　號", "0123456789 号")
    assert guess.text.translate(narrow) == f"{ROAD}{form}".translate(narrow)


@pytest.mark.parametrize("text", ENGLISH)
@pytest.mark.parametrize("after", ["", ", the lamp is out", " is dark"])
def test_fault_12_a_house_number_in_english(text: str, after: str) -> None:
    guess = best(f"{text}{after}")
    assert guess.point == house(86).point
    assert guess.text == text


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ("十二号", 12),
        ("十号", 10),
        ("二十号", 20),
        ("廿八号", 28),
        ("一百号", 100),
        ("一百零五号", 105),
        ("一百〇五号", 105),
        ("一百一十号", 110),
        ("一百二号", 120),
        ("一百二十号", 120),
        ("一二〇号", 120),
        ("一二○号", 120),
        ("幺二零号", 120),
        ("壹佰贰拾号", 120),
        ("两百零五号", 205),
        ("佰贰拾号", 120),
        ("参拾号", 30),
        ("弍拾弎号", 23),
        ("卅六号", 36),
        ("卌二号", 42),
        ("100号", 100),
    ],
)
def test_fault_12_chinese_numerals(form: str, number: int) -> None:
    guess = best(f"{ROAD}{form}")
    assert guess.name == f"{ROAD}{number}号"
    assert guess.text == f"{ROAD}{form}"
    assert guess.point == house(number).point


@pytest.mark.parametrize(
    ("form", "number"),
    [
        *(("三幢", 3), ("3栋", 3), ("十二号楼", 12), ("12号楼", 12), ("3#楼", 3), ("3＃", 3)),
        *(("３号楼", 3), ("18座2单元", 18), ("3幢甲单元", 3)),
        *(("廿一栋", 21), ("叁幢", 3), ("卅二幢", 32)),
        *(
            ("第3幢", 3),
            ("二期3幢", 3),
            ("3-1幢", 3),
            ("7幢、8幢", 7),
            ("7幢2单元501室", 7),
            ("3-2-501", 3),
        ),
    ],
)
def test_fault_12_a_building_of_an_estate(form: str, number: int) -> None:
    guess = best(f"丹桂新村{form}漏水")
    assert guess.name == f"丹桂新村{number}号楼"
    assert guess.text == f"丹桂新村{form}".replace("３", "3")


@pytest.mark.parametrize(
    ("form", "name"),
    [
        *(("甲幢", "甲幢"), ("乙栋", "乙栋"), ("己座", "己座"), ("b座", "B座"), ("甲楼", "甲楼")),
        *(("甲1幢", "甲1号楼"), ("A3栋", "A3号楼")),
    ],
)
def test_fault_12_a_building_that_is_called_by_a_letter(form: str, name: str) -> None:
    guess = best(f"丹桂新村{form}漏水")
    assert (guess.name, guess.text) == (f"丹桂新村{name}", f"丹桂新村{form}")


@pytest.mark.parametrize(
    "text",
    [
        *("86条", "3条狗", "86甲级", "2组路灯", "86B级", "3座亭子", "3丁目"),
        *("1号线", "3个井盖", "10路公交站", "2026年", "12月3日晚上", "12345", "15:30", "3.5米"),
        *("一带", "十字路口", "百货大楼", "两边", "三号线", "86号码", "20多米", "一直不亮"),
    ],
)
def test_what_is_no_house_number_gives_none(text: str) -> None:
    assert best(f"{ROAD}{text}").kind == "road"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("十二号路灯不亮", "十二号"),
        ("86号路灯不亮", "86号"),
        ("86号井盖没了", "86号"),
        ("86号桥墩裂了", "86号"),
        ("86号门口井盖没了", "86号门口"),
        ("86号门口袋公园里", "86号"),
        ("86号门诊部", "86号"),
        ("86号面包店", "86号"),
        ("86号甲醛超标", "86号"),
        ("86号附近", "86号附近"),
        ("86号新开的店", "86号"),
        ("86号院子里", "86号"),
        ("86号之间", "86号"),
        ("86号对面", "86号对面"),
        ("86号东侧路灯不亮", "86号东侧"),
        ("86号西边路灯不亮", "86号"),
        ("86号A路灯不亮", "86号"),
        ("86号楼道堆物", "86号"),
        ("86号楼上漏水", "86号"),
        ("86号乙烯泄漏", "86号"),
        ("86号商铺路灯不亮", "86号"),
        ("86号车库路面塌了", "86号"),
        ("十二号大院路灯不亮", "十二号"),
    ],
)
def test_kind_6_a_place_takes_nothing_of_the_next_word(text: str, span: str) -> None:
    guess = best(f"{ROAD}{text}")
    assert guess.text == f"{ROAD}{span}"
    assert guess.point == house(12 if "十二" in text else 86).point


@pytest.mark.parametrize("number", ["86", "五七", "五十七"])
def test_kind_6_a_bare_number_takes_nothing_of_the_next_word(number: str) -> None:
    assert best(f"{ROAD}{number}路灯坏了").text == ROAD


def test_kind_6_a_place_takes_nothing_of_the_next_word_behind_a_building() -> None:
    assert best("丹桂新村7幢楼下水道堵了").text == "丹桂新村7幢"
    assert best("丹桂新村7幢楼下太吵").text == "丹桂新村7幢楼下"


@given(st.integers(1, 9_999))
def test_every_number_is_read_in_digits_and_in_numerals(number: int) -> None:
    assert worth(str(number)) == worth(_numerals(number)) == number
    assert worth("".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))) == number


@given(st.text(alphabet="号弄巷幢楼室#-之、（）甲附第0一十百86 EastRd.", max_size=14))
def test_no_text_breaks_the_parser(text: str) -> None:
    numbers = HouseNumbers(("号线",))
    said = f"{ROAD}{text}"
    found = numbers.on_road(said, len(ROAD))
    assert found is None or (found.number > 0 and len(ROAD) <= found.start < found.end <= len(said))
    end = numbers.end_of(said, len(ROAD))
    assert len(ROAD) <= end <= len(said)
    assert found is None or found.end <= end


def test_a_number_beyond_the_road_lies_at_its_end() -> None:
    road = demo_gazetteer().road_by_name[ROAD]
    assert best(f"{ROAD}{road.last + 500}号").point == demo_gazetteer().plate(road, road.last)


def _numerals(number: int) -> str:
    """Give a number as it is spoken: 一百零五, 十二."""
    spoken, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            spoken += ("零" if gap and spoken else "") + "〇一二三四五六七八九"[digit] + name
        gap = not digit
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken
