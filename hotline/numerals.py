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
