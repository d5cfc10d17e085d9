"""Telephone numbers: one form for all spellings, nothing made of what is none."""

import phonenumbers
import pytest

from hotline.errors import Invalid
from hotline.people import masked
from hotline.telephone import (
    CallRules,
    Plan,
    Telephone,
    canonical,
    may_be_rung,
    parse_call_rules,
    parse_plan,
    read_telephone,
    shown_number,
)

HERE = Plan("CN", "0574")
MOBILE, FIXED = "13800138001", "057487654321"
SPELLINGS = [
    *("13800138001", "+8613800138001", "8613800138001", "008613800138001", "013800138001"),
    *("+86-138-0013-8001", "tel:+8613800138001", "<tel:+86-138-0013-8001;phone-context=+86>"),
    *("138 0013 8001", "138-0013-8001", "138.0013.8001", "(+86) 138 0013 8001"),
    *("+86 (0)13800138001", "17951 13800138001"),
    *("１３８００１３８００１", "＋８６　１３８００１３８００１", "138—0013—8001"),
    *("一三八零零一三八零零一", "幺三八〇〇幺三八〇〇幺"),
    *("壹叁捌零零壹叁捌零零壹", "壹參捌〇〇壹叄捌○○壹"),
    *("138・0013・8001", "sip:+8613800138001@10.0.0.1:5060", "sip:13800138001@gw;user=phone"),
    *('"张三" <sip:13800138001@10.0.0.1>', "张三 <tel:+8613800138001>"),
    *("手机：13800138001", "联系电话 138-0013-8001", "Tel. 13800138001", "13800138001。"),
    *("“13800138001”", "[138]00138001", "tel:%2B8613800138001", "sip:13800138001%40gw:5060"),
    *("\u202d+86 138 0013 8001\u202c", "\u200b13800138001", "١٣٨٠٠١٣٨٠٠١", "\t13800138001\n"),
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_fault_3_a_mobile_is_one_number_in_every_spelling(spelling: str) -> None:
    assert read_telephone(spelling, HERE) == Telephone(MOBILE, known=True)


@pytest.mark.parametrize(
    "spelling",
    ["0574-87654321", "(0574)87654321", "87654321", "8765-4321", "+86 574 8765 4321",
     "008657487654321", "0574 8765 4321", "（０５７４）８７６５４３２１"],
)  # fmt: skip
def test_fault_3_a_fixed_line_is_one_number_with_and_without_its_area_code(spelling: str) -> None:
    assert canonical(spelling, HERE) == FIXED


@pytest.mark.parametrize(
    ("spelling", "number", "extension"),
    [
        ("0574-87654321-802", FIXED, "802"),
        ("87654321转802", FIXED, "802"),
        ("8765 4321 轉 802", FIXED, "802"),
        ("(0574)87654321 ext. 12", FIXED, "12"),
        ("tel:+86-574-87654321;ext=12", FIXED, "12"),
        ("87654321 分机 3", FIXED, "3"),
        ("【0574】87654321（分机12）", FIXED, "12"),
        ("87654321(802)", FIXED, "802"),
        ("87654321*802", FIXED, "802"),
        ("87654321 ext12", FIXED, "12"),
        ("87654321轉接802", FIXED, "802"),
        ("13800138001x5", MOBILE, "5"),
        # The area 0876 has such a number, but nobody leaves out the zero and sets a dash there.
        ("87654321-801", FIXED, "801"),
        ("8765-4321-801", FIXED, "801"),
    ],
)
def test_kind_1_an_extension_is_no_part_of_the_number(
    spelling: str, number: str, extension: str
) -> None:
    assert read_telephone(spelling, HERE) == Telephone(number, extension, known=True)


@pytest.mark.parametrize(
    "text",
    ["", " ", "line7", "gate-3b.hall2", "12abc", "7a", "anonymous", "unknown", "abc", "+", "-",
     "138x", "x138", "sos 110", "12345@city", "二", "1" * 30, "138\x00a", "😀138", "1800FLOWERS",
     "phone7", "tel5", "mobile13800138001", "text12345678"],
)  # fmt: skip
def test_fault_5_letters_make_no_number(text: str) -> None:
    assert read_telephone(text, HERE) is None
    assert canonical(text, HERE) == shown_number(text) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "1380013800",
        "138001380011",
        "13800138001/13800138002",
        "12",
        "7",
        "87654321802",
        "00020014",
        "12345678",
        "13800138001;13900139001",
        "13800138001、13900139001",
        "一二三",
    ],
)
def test_kind_1_what_no_plan_has_is_not_known(typed: str) -> None:
    read = read_telephone(typed, HERE)
    assert read is None or not read.known


@pytest.mark.parametrize("short", ["110", "12345", "95588", "10086"])
def test_a_short_number_is_itself(short: str) -> None:
    assert read_telephone(short, HERE) == Telephone(short, known=True)


@pytest.mark.parametrize("written", ["+8612345", "+86 12345", "008612345", "tel:+86-12345"])
def test_kind_1_a_trunk_writes_the_country_before_a_short_number(written: str) -> None:
    assert read_telephone(written, HERE) == Telephone("12345", known=True)


def test_a_number_from_abroad_keeps_its_country() -> None:
    assert canonical("0044 20 7946 0958", HERE) == "+442079460958"
    assert canonical("+852 2345 6789", HERE) == "+85223456789"


def test_another_country_reads_its_own_numbers() -> None:
    britain = Plan("GB")
    assert canonical("020 7946 0958", britain) == "02079460958"
    assert canonical("+44 20 7946 0958", britain) == "02079460958"


def test_the_form_is_its_own_form() -> None:
    for number in (MOBILE, FIXED, "+442079460958", "12345", "4001234567"):
        assert canonical(number, HERE) == number


@pytest.mark.parametrize(
    ("number", "rung"),
    [(MOBILE, True), (FIXED, True), ("02087654321", True), ("12345", False), ("110", False),
     ("+442079460958", False), ("+8821390000001", False), ("1600123456", False), ("7", False),
     ("4001234567", False), ("16812345", False), ("", False)],
)  # fmt: skip
def test_m9_only_mobiles_and_fixed_lines_of_the_country_are_rung_unless_said(
    number: str, rung: bool
) -> None:
    assert may_be_rung(number, HERE, CallRules()) is rung


def test_m9_a_city_says_whom_it_rings() -> None:
    rules = parse_call_rules({"may_ring": ["1[3-9]\\d{9}", "12345"], "a_day": 2})
    assert may_be_rung(MOBILE, HERE, rules)
    assert may_be_rung("12345", HERE, rules)
    assert not may_be_rung(FIXED, HERE, rules)
    assert not may_be_rung(MOBILE + "0", HERE, rules)
    assert rules.a_day == 2


@pytest.mark.parametrize("table", [{"may_ring": ["("]}, {"a_day": 0}, {"a_day": "many"}])
def test_rules_that_are_none_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(Invalid, match=r"city\.calls"):
        parse_call_rules(table)


@pytest.mark.parametrize("table", [{"region": "86"}, {"area": "574"}, {"area": "x"}])
def test_a_place_that_is_none_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(Invalid, match=r"city\.telephone"):
        parse_plan(table)


@pytest.mark.parametrize("address", ["", "7", "32", "110", "line7", "12345", MOBILE, "+44207946"])
def test_fault_5_a_masked_number_is_as_long_as_it_is_and_shows_no_wrong_digit(address: str) -> None:
    shown = masked(address)
    assert len(shown) == len(address)
    assert all(one in ("*", true) for one, true in zip(shown, address, strict=True))
    assert not address or "*" in shown


def test_a_number_that_was_read_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = phonenumbers.parse

    def counting(written: str, region: str) -> phonenumbers.PhoneNumber:
        parsed.append(written)
        return parse(written, region)

    monkeypatch.setattr(phonenumbers, "parse", counting)
    first = read_telephone("138 0013 8077", HERE)
    several = len(parsed)
    assert read_telephone("138 0013 8077", HERE) == first
    assert several == len(parsed) > 0
