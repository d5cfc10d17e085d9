"""Report numbers: digits that can be said on the phone, the last one a Damm check digit."""

import re

from hotline.errors import Invalid
from hotline.numerals import plain_digits

_BETWEEN = r"[ \t\-_.·]{0,3}"
# What people write around a number when they ask for nothing else.
_AROUND = re.compile(
    r"请|帮我|查询|查一下|查|我的|案件|工单|受理|单|编号|号码|号|是|no\b|number|case|report|status",
    re.IGNORECASE,
)
# The quasigroup of order 10 from H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> int:
    """Give the Damm check digit of a string of digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def make_number(serial: int, length: int = 7) -> str:
    """Give the number of a serial: `length` digits and the check digit."""
    if not 0 <= serial < 10**length:
        raise Invalid("serial", f"{serial} does not fit into {length} digits")
    digits = str(serial).zfill(length)
    return f"{digits}{check_digit(digits)}"


def parse_number(text: str, length: int = 7) -> str:
    """Give the bare number of what a person typed: in any digits, with spaces and dashes."""
    digits = "".join(ch for ch in plain_digits(text) if ch.isdigit())
    if len(digits) != length + 1 or check_digit(digits) != 0:
        raise Invalid("number", "not a report number", code="bad_number")
    return digits


def numbers_in(text: str, length: int = 7) -> tuple[str, ...]:
    """Give the report numbers in a text, each once, in their order.

    Full width, Chinese numerals, spaces and dashes between the digits are read; what does not end
    in its check digit is none.
    """
    found = [re.sub(r"\D", "", one) for one in _candidates(plain_digits(text), length + 1)]
    return tuple(dict.fromkeys(one for one in found if check_digit(one) == 0))


def without_number(text: str, number: str, instead: str) -> str:
    """Give a text with other words instead of a number, however its digits stand apart."""
    digits = _BETWEEN.join(number)
    return re.sub(rf"(?<!\d){digits}(?!\d)", instead, text)


def is_only_numbers(text: str, length: int = 7) -> bool:
    """Tell whether a text is nothing but digits in the form of report numbers, right or wrong.

    The words that go with a number do not count: 编号 00080003, No. 00080003.
    """
    plain = plain_digits(text)
    for one in _candidates(plain, length + 1):
        plain = plain.replace(one, "", 1)
    rest = _AROUND.sub("", plain)
    return plain != plain_digits(text) and not any(ch.isalnum() for ch in rest)


def _candidates(plain: str, digits: int) -> list[str]:
    return re.findall(rf"(?<!\d)\d(?:{_BETWEEN}\d){{{digits - 1}}}(?!\d)", plain)


def groups(number: str) -> tuple[str, str]:
    """Give the two halves in which a number is read and printed."""
    middle = len(number) // 2
    return number[:middle], number[middle:]


def printed(number: str) -> str:
    """Give the form for screens and messages: two groups with a space."""
    return " ".join(groups(number))
