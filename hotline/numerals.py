"""Digits as people write them, in any script and width: the one table of Chinese numerals."""

import unicodedata
from typing import Final

# Everyday, formal, traditional and old forms; noughts as characters and as circles.
_WRITTEN: Final = (
    "〇一二三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "○弌貳參亖伍陸柒捌玖",
    "◯弌弍弎肆伍陆柒捌玖",
    "〇壱弐叄肆伍陆漆捌玖",
    "〇幺两参肆伍陆柒捌玖",
    "〇一兩叁肆伍陆柒捌玖",
    "〇壹貮叁肆伍陆柒捌玖",
)
ONES: Final = {digit: at for row in _WRITTEN for at, digit in enumerate(row)}
_TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_ABBREVIATED: Final = {"廿": "二十", "卅": "三十", "卌": "四十"}
NUMERALS: Final = frozenset((*ONES, *_TENS, *_ABBREVIATED))
_DIGITS: Final = str.maketrans({digit: str(at) for digit, at in ONES.items()})
_MARKS: Final = str.maketrans(dict.fromkeys("−ー─—–‐‑－~～〜", "-") | dict.fromkeys("・•∙⋅‧", "·"))


def plain_digits(text: str) -> str:
    """Give a text with every digit as 0 to 9, every dash as - and no mark that nobody sees."""
    return narrow(text).translate(_DIGITS)


def narrow(text: str) -> str:
    """Give a text as `plain_digits` does, Chinese numerals left as they are."""
    wide = unicodedata.normalize("NFKC", text)
    seen = (ch for ch in wide if unicodedata.category(ch) != "Cf")
    return "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() else ch for ch in seen).translate(
        _MARKS
    )


def worth(digits: str) -> int:
    """Give the number of digits or Chinese numerals: 86, 八十六, 八六, 一二〇.

    Raises KeyError for anything else.
    """
    if digits.isascii():
        return int(digits)
    for short, long in _ABBREVIATED.items():
        digits = digits.replace(short, long)
    if not any(char in _TENS for char in digits):
        return int("".join(str(ONES[char]) for char in digits))
    total, ones, unit = 0, 0, 1
    for char in digits:
        if char in _TENS:
            unit = _TENS[char]
            total += max(ones, 1) * unit
            ones = 0
        elif ONES[char]:
            ones = ONES[char]
        else:
            unit = 10  # after a nought what follows are ones: 一百零五
    # 一百二 is a hundred and twenty.
    last = digits[-1] in ONES and len(digits) > 1 and digits[-2] in _TENS and unit > 10
    return total + ones * (unit // 10 if last else 1)
