"""Report numbers: the check digit catches what people mistype."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import Invalid
from hotline.number import (
    check_digit,
    groups,
    is_only_numbers,
    make_number,
    numbers_in,
    parse_number,
    printed,
)
from hotline.people import masked

serials = st.integers(0, 9_999_999)


def test_the_check_digit_is_damms() -> None:
    assert check_digit("572") == 4  # the published example


@given(serials)
def test_a_number_is_read_back_however_it_is_typed(serial: int) -> None:
    number = make_number(serial)
    assert parse_number(f" {printed(number)}-") == number
    assert "".join(groups(number)) == number


@given(serials, st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(serial: int, place: int, shift: int) -> None:
    number = make_number(serial)
    wrong = str((int(number[place]) + shift) % 10)
    with pytest.raises(Invalid):
        parse_number(number[:place] + wrong + number[place + 1 :])


@given(serials, st.integers(0, 6))
def test_two_neighbours_in_the_wrong_order_are_noticed(serial: int, place: int) -> None:
    number = make_number(serial)
    if number[place] == number[place + 1]:
        return
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(Invalid):
        parse_number(swapped)


@pytest.mark.parametrize("text", ["", "1234", "123456789", "abcdefgh", "１２３４５６７８"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_number(text)
    assert refusal.value.code == "bad_number"


def test_a_serial_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Invalid):
        make_number(10_000_000)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("13812345678", "********678"),
        ("62345678", "******78"),
        ("123456789", "******789"),
        ("7", "*"),
        ("12", "**"),
        ("", ""),
    ],
)
def test_an_address_is_shown_with_its_middle_hidden(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_kind_1_numbers_are_found_in_any_digits_and_several_in_one_text() -> None:
    one, two = make_number(1), make_number(2_345_678)
    full = two.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert numbers_in(f"编号{one[:4]}－{one[4:]}和{full}") == (one, two)
    assert numbers_in(f"{one} {one}") == (one,)
    assert numbers_in("13800138000 中山东路86号") == ()
    assert parse_number(full) == two
    assert is_only_numbers(f"{one[:4]} {one[4:]}、{full}。")
    for asked in (f"编号{one}", f"№{one}", f"查询案件号：{full}", f"No. {one}", f"请查{one}号"):
        assert is_only_numbers(asked), asked
    assert not is_only_numbers(f"{one} 井盖没了")
    assert not is_only_numbers("")


@pytest.mark.parametrize(
    "typed",
    [
        *("〇〇〇八〇〇〇三", "零零零捌零零零叁", "零零零捌零零零參", "○○○八○○○三", "◯◯◯捌◯◯◯叄"),
        *("٠٠٠٨٠٠٠٣", "۰۰۰۸۰۰۰۳", "⓪⓪⓪⑧⓪⓪⓪③", "０００８　０００３", "𝟎𝟎𝟎𝟖𝟎𝟎𝟎𝟑"),
        *("0008−0003", "0008ー0003", "0008～0003", "0008•0003", "0008・0003", "0008—0003"),
        *("0008\u200b0003", "\ufeff0008\u20600003", "\u202d00080003\u202c", "0008\u00a00003"),
    ],
)
def test_kind_1_a_report_number_is_read_in_any_digits_and_is_always_ascii(typed: str) -> None:
    assert parse_number(typed) == "00080003"
    assert numbers_in(f"请查 {typed} 谢谢") == ("00080003",)
    assert is_only_numbers(typed)
