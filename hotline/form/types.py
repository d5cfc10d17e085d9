"""The types of form fields: what a value of each may be, its JSON Schema, and words for it.

A type is three small functions. Values are plain data as JSON holds it, but for places.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from hotline.errors import Invalid
from hotline.form.field import FormField
from hotline.number import check_digit, printed
from hotline.numerals import plain_digits
from hotline.place.point import Point
from hotline.sanitize import sanitize_text, says_something
from hotline.wire import convert
from hotline.words.dates import in_words

MAX_TEXT: Final = 10_000
MAX_PHOTOS: Final = 9
MAX_CODES: Final = 20
MAX_CASES: Final = 20
LEAST_DIGITS, MOST_DIGITS = 5, 40
# All whole numbers up to here are exact in every program that reads JSON.
MAX_NUMBER: Final = 2**53
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PHONE: Final = re.compile(r"\+?[0-9]{3,20}")
_BETWEEN: Final = str.maketrans("", "", " -()·")
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldType:
    """What makes a type: `read` gives a value as it is kept, or raises Invalid by the field's id;
    `schema` is its JSON Schema, `shown` words for a value in a language."""

    read: Callable[[FormField, object], object]
    schema: Callable[[FormField], Schema]
    shown: Callable[[FormField, Any, str], str]


def read_value(field: FormField, value: object) -> object:
    """Give a value that was given for a field as it is kept; None empties it."""
    if value is None:
        return None
    return TYPES[field.type].read(field, value)


def check_ahead(field: FormField, value: object, today: date) -> None:
    """Raise Invalid for a day that does not lie ahead of today, or too far."""
    if not field.ahead or value is None:
        return
    # What an older release says may be more days than there are.
    most = min(field.ahead, (date.max - today).days)
    first, last = today + timedelta(days=1), today + timedelta(days=most)
    if not first <= date.fromisoformat(str(value)) <= last:
        reason = f"must lie between {first} and {last}"
        raise Invalid(field.id, reason, code="not_ahead", first=str(first), last=str(last))


def schema_of(field: FormField) -> Schema:
    """Give the JSON Schema of a field's values."""
    return {"title": field.name_en, **TYPES[field.type].schema(field)}


def shown_value(field: FormField, value: object, language: str) -> str:
    """Give words for a value of a field; one of an older form is shown as it is."""
    if value is None:
        return ""
    try:
        return TYPES[field.type].shown(field, value, language)
    except (TypeError, ValueError, KeyError, Invalid):
        return str(value)


def _wrong(field: FormField, reason: str, code: str = "invalid") -> Invalid:
    return Invalid(field.id, reason, code=code)


def _text(field: FormField, value: object) -> str | None:
    if not isinstance(value, str):
        raise _wrong(field, "must be a text")
    text, most = sanitize_text(value), int(field.max or MAX_TEXT)
    if len(text) > most:
        reason = f"must not be longer than {most} characters"
        raise Invalid(field.id, reason, code="too_long", most=most)
    if len(text) < (field.min or 0):
        raise _wrong(field, f"must not be shorter than {int(field.min or 0)} characters")
    return text if says_something(text) else None


def _number(field: FormField, value: object) -> int | float:
    if isinstance(value, str):
        value = _number_of(field, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(field, "must be a number")
    if not -MAX_NUMBER <= value <= MAX_NUMBER:  # no number is none of these either
        raise _wrong(field, "is too large a number", code="out_of_range")
    low, high = field.min, field.max
    if (low is not None and value < low) or (high is not None and value > high):
        raise _wrong(field, f"must lie between {low} and {high}", code="out_of_range")
    exact = round(Decimal(str(value)), field.decimals)
    if exact != Decimal(str(value)):
        raise _wrong(field, f"has more than {field.decimals} decimals")
    return float(exact) if field.decimals else int(exact)


def _number_of(field: FormField, text: str) -> float:
    try:
        return float(text.strip())
    except ValueError as error:
        raise _wrong(field, "must be a number") from error


def _choice(field: FormField, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(field, "must be one of its choices")
    if not field.source and field.option(value) is None:
        raise _wrong(field, f"there is no {value[:80]!r}", code="not_listed")
    return value


def _leaf(field: FormField, value: object) -> str:
    chosen = _choice(field, value)
    if any(one.parent == chosen for one in field.options):
        raise _wrong(field, f"{chosen!r} has choices below it", code="not_listed")
    return chosen


def _code(field: FormField, value: object) -> str:
    """Give the code of somebody; whether there is such a one, the office knows."""
    if not isinstance(value, str) or not value:
        raise _wrong(field, "must be a code", code="not_listed")
    return value


def _codes(field: FormField, value: object) -> list[str]:
    """Give the codes of several, each once; whether there are such ones, the office knows."""
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MAX_CODES:
        raise _wrong(field, f"must be 1 to {MAX_CODES} codes", code="not_listed")
    return list(dict.fromkeys(_code(field, one) for one in value))


def _codes_shown(_: FormField, value: Any, __: str) -> str:
    return ", ".join(map(str, value))


def _option_shown(field: FormField, value: str, language: str) -> str:
    found = field.option(value)
    return found.named(language) if found else value


def _date(field: FormField, value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise _wrong(field, "must be a day such as 2026-11-26", code="bad_time") from error


def _date_shown(_: FormField, value: Any, language: str) -> str:
    return in_words(date.fromisoformat(value), language)


def _photos(field: FormField, value: object) -> list[str]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or len(several) > MAX_PHOTOS:
        raise _wrong(field, f"must be at most {MAX_PHOTOS} photos")
    if not all(isinstance(one, str) and _SHA256.fullmatch(one) for one in several):
        raise _wrong(field, "must be names of photos that were handed in")
    return list(dict.fromkeys(several))


def _signature(field: FormField, value: object) -> str:
    found = _photos(field, value)
    if len(found) != 1:
        raise _wrong(field, "must be one picture")
    return found[0]


def _place(field: FormField, value: object) -> Point:
    try:
        return value if isinstance(value, Point) else convert(value, Point)
    except Invalid as error:
        raise _wrong(field, "must be a place with lon and lat") from error


def _place_shown(_: FormField, value: Any, __: str) -> str:
    point = value if isinstance(value, Point) else convert(value, Point)
    return f"{point.lat:.5f}, {point.lon:.5f}"


def _boolean(field: FormField, value: object) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, str) and value in words:
        return words[value]
    if not isinstance(value, bool):
        raise _wrong(field, "must be yes or no")
    return value


def _boolean_shown(_: FormField, value: bool, language: str) -> str:
    return {"en": ("no", "yes")}.get(language, ("否", "是"))[bool(value)]


def _phone(field: FormField, value: object) -> str:
    digits = str(value).translate(_BETWEEN)
    if not isinstance(value, str) or not _PHONE.fullmatch(digits):
        raise _wrong(field, "must be a telephone number")
    return digits


def _case(field: FormField, value: object) -> str:
    """Give the number of a case; whether there is such a one, the office knows."""
    digits = "".join(one for one in plain_digits(str(value)) if one.isdecimal())
    is_number = isinstance(value, str) and len(value) <= MOST_DIGITS and len(digits) >= LEAST_DIGITS
    if not is_number or check_digit(digits) != 0:
        raise _wrong(field, "must be the number of a case", code="bad_number")
    return digits


def _cases(field: FormField, value: object) -> list[str]:
    several = numbers_apart(value) if isinstance(value, str) else value
    most = int(field.max or MAX_CASES)
    if not isinstance(several, list | tuple):
        raise _wrong(field, "must be numbers of cases", code="bad_number")
    if len(several) > most:
        raise Invalid(field.id, f"must be at most {most} cases", code="too_many", most=most)
    return list(dict.fromkeys(_case(field, one) for one in several)) or _none(field)


def _none(field: FormField) -> list[str]:
    raise Invalid(field.id, "names no case", code="input_missing")


def numbers_apart(text: str) -> list[str]:
    """Give the numbers in what was typed: with a comma or a new line between them."""
    return [one for one in re.split(r"[,，、;；\n]", text) if one.strip()]


def _case_shown(_: FormField, value: object, __: str) -> str:
    several = value if isinstance(value, list | tuple) else [value]
    return ", ".join(printed(str(one)) for one in several)


def _as_is(_: FormField, value: object, __: str) -> str:
    return str(value)


def _count_shown(_: FormField, value: object, __: str) -> str:
    return str(len(value)) if isinstance(value, list) else "1"


def _text_schema(field: FormField) -> Schema:
    return {"type": "string", "maxLength": int(field.max or MAX_TEXT)}


def _number_schema(field: FormField) -> Schema:
    edges = {"minimum": field.min, "maximum": field.max}
    kind = "number" if field.decimals else "integer"
    return {"type": kind, **{name: edge for name, edge in edges.items() if edge is not None}}


def _choice_schema(field: FormField) -> Schema:
    return {
        "type": "string",
        **({"enum": [one.id for one in field.options]} if field.options else {}),
    }


def _fixed(schema: Schema) -> Callable[[FormField], Schema]:
    return lambda _: dict(schema)


_PHOTO: Final[Schema] = {"type": "string", "pattern": f"^{_SHA256.pattern}$"}
_CODES: Final[Schema] = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_CODES,
    "items": {"type": "string"},
}
_NUMBER: Final[Schema] = {"type": "string", "pattern": "^[0-9]{5,20}$"}
_POINT: Final[Schema] = {
    "type": "object",
    "properties": {"lon": {"type": "number"}, "lat": {"type": "number"}},
    "required": ["lon", "lat"],
}

TYPES: Final[Mapping[str, FieldType]] = {
    "text": FieldType(_text, _text_schema, _as_is),
    "number": FieldType(_number, _number_schema, _as_is),
    "choice": FieldType(_choice, _choice_schema, _option_shown),
    "tree_choice": FieldType(_leaf, _choice_schema, _option_shown),
    "date": FieldType(_date, _fixed({"type": "string", "format": "date"}), _date_shown),
    "photo": FieldType(
        _photos, _fixed({"type": "array", "maxItems": MAX_PHOTOS, "items": _PHOTO}), _count_shown
    ),
    "place": FieldType(_place, _fixed(_POINT), _place_shown),
    "person": FieldType(_code, _fixed({"type": "string"}), _option_shown),
    "organisation": FieldType(_code, _fixed({"type": "string"}), _option_shown),
    "organisations": FieldType(_codes, _fixed(_CODES), _codes_shown),
    "boolean": FieldType(_boolean, _fixed({"type": "boolean"}), _boolean_shown),
    "phone": FieldType(
        _phone, _fixed({"type": "string", "pattern": f"^{_PHONE.pattern}$"}), _as_is
    ),
    "case": FieldType(_case, _fixed(_NUMBER), _case_shown),
    "cases": FieldType(
        _cases, _fixed({"type": "array", "maxItems": MAX_CASES, "items": _NUMBER}), _case_shown
    ),
    "signature": FieldType(_signature, _fixed(_PHOTO), _count_shown),
}
