"""Properties of features on a map, as different programs write them."""

import json
import re
from typing import Any, Final

from hotline.errors import Invalid
from hotline.numerals import worth

_BETWEEN: Final = re.compile(r"[,，;；、|｜/／\n]")


def text_of(value: Any) -> str:
    """Give a property as text; a code that was written as a number keeps its digits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def number_of(where: str, name: str, value: Any) -> int:
    """Give a house number of a property; 1 where it is not given."""
    text = text_of(value).removesuffix("号")
    if not text:
        return 1
    try:
        return int(text) if text.isdecimal() else worth(text)
    except (KeyError, ValueError) as error:
        raise Invalid(where, f"{name} {value!r:.60} is not a house number") from error


def names_of(where: str, value: Any) -> list[str]:
    """Give the names of a property: a list, or one text as programs that know no lists write it.

    Such a text is JSON, or has the names with commas, semicolons or bars between.
    """
    if isinstance(value, str):
        try:
            told = json.loads(value)
        except ValueError:
            told = None
        value = told if isinstance(told, list) else _BETWEEN.split(value)
    if value is None:
        return []
    if not isinstance(value, list) or any(isinstance(one, dict | list) for one in value):
        raise Invalid(where, f"aliases {value!r:.60} are no list of names")
    return [name for one in value if (name := text_of(one))]
