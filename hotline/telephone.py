"""Telephone numbers as people, exchanges and handsets write them, made one number each.

The form that is kept, compared and dialled is what a plain call inside the country shows: eleven
digits of a mobile, area code with its zero and number of a fixed line, the digits of a short
number; a foreign number keeps its country code behind a plus.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from hotline.errors import Invalid
from hotline.numerals import narrow, plain_digits

MAX_LENGTH = 60
MAX_SPELLED: Final = 200
"""A longer text is none, whatever it is made of: each pattern has an end."""
MAX_DIGITS = 20
MIN_IN_WORDS: Final = 7
"""From so many digits on, Chinese numerals are a number and no words."""
REGION: Final = "CN"
A_DAY: Final = 6
_RUNG = (
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
_SCHEME = re.compile(r"^(?:tel|sips?|callto):", re.IGNORECASE)
_HOST = re.compile(r"(?<=\d)@[^;]*")
_PARAMETERS = re.compile(r";(?!ext=)[a-z][\w-]*(?:=[^;]*)?", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"^[^<>]*<([^<>]*)>$")
_EXTENSION = re.compile(
    r"\(?(?:;ext=|,|#|\*|(?<![a-z])ext(?:ension|n)?(?![a-z])\.?:?|(?<=[\d\s)])x"
    r"|转接?|轉接?|分机号?|分機號?|内线|內線|按)+[\s:：]*(\d{1,7})\s*#?\)?$",
    re.IGNORECASE,
)
_DASHED_EXTENSION = re.compile(r"(?:-\s*(?=\d+$)|\(\s*(?=\d+\s*\)$))(\d{1,6})\s*\)?$")
# What a person writes before a whole number: a name that ends in a digit, phone7, is no number.
_LABEL = re.compile(
    r"^(?:(?:联系|聯繫|办公)?(?:电话|電話|手机|手機|座机|座機|固话|固話|号码|號碼)(?:号码?|號碼?)?[\s:.]*"
    r"|(?:mobile|phone|cell|tel)[\s:.]+)(?=[+(]*\d(?:\D{0,3}\d){6})",
    re.IGNORECASE,
)
_BRACKETS = str.maketrans("[]【】〔〕「」", "()()()()")
_AROUND = " \"'“”‘’.,;。、!?"
_SHAPE = re.compile(r"\+?\s*\(?\s*\+?[\d\s().·/_-]*\d[\d\s().·/_-]*")
_SHORT = re.compile(r"\d{3,6}")
# Services begin so; the rest of what could follow a country's code is a part of a longer number.
_SERVICE = re.compile(r"[19]\d{2,5}")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a city lies in the telephone network: its country, and its area code with the zero."""

    region: str = REGION
    area: str = ""


@dataclass(frozen=True, slots=True)
class CallRules:
    """Whom a city rings: numbers that match a pattern as a whole, each so often a day.

    Without patterns these are the mobiles and fixed lines of its own country.
    """

    may_ring: tuple[re.Pattern[str], ...] = ()
    a_day: int = A_DAY


@dataclass(frozen=True, slots=True)
class Telephone:
    """A number that was read; `known` says whether the country's plan has such numbers."""

    number: str
    extension: str = ""
    known: bool = False


def parse_plan(table: Mapping[str, Any]) -> Plan:
    """Give the plan of a city's `[telephone]`; Invalid names the entry at fault."""
    region, area = str(table.get("region", REGION)), str(table.get("area", ""))
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise Invalid("city.telephone.region", f"{region!r} is no country such as CN")
    if area and not re.fullmatch(r"0\d{1,4}", area):
        raise Invalid("city.telephone.area", f"{area!r} is no area code such as 0574")
    return Plan(region, area)


def parse_call_rules(table: Mapping[str, Any]) -> CallRules:
    """Give the rules of a city's `[calls]`; Invalid names the entry at fault."""
    try:
        patterns = tuple(re.compile(str(one)) for one in table.get("may_ring", ()))
    except re.error as error:
        raise Invalid("city.calls.may_ring", f"{error.pattern!r}: {error}") from error
    a_day = table.get("a_day", A_DAY)
    if not isinstance(a_day, int) or a_day < 1:
        raise Invalid("city.calls.a_day", f"{a_day!r} is no number of calls")
    return CallRules(patterns, a_day)


def may_be_rung(number: str, plan: Plan, rules: CallRules) -> bool:
    """Say whether a number, in its one form, is among those that the city rings."""
    if rules.may_ring:
        return any(pattern.fullmatch(number) for pattern in rules.may_ring)
    found = _parsed(number, plan)
    if found is None or found.country_code != _country(plan):
        return False
    return _kept(found, plan) == number and phonenumbers.number_type(found) in _RUNG


# Reading one takes half a millisecond, and a call or report asks several times for its own.
@lru_cache(maxsize=20_000)
def read_telephone(text: str, plan: Plan) -> Telephone | None:
    """Read a number in any of its spellings; None where the text as a whole is none."""
    bare, extension = _bare(text)
    digits = _digits(bare)
    if digits is None:
        return None
    found = _found(digits, plan)
    dashed = _DASHED_EXTENSION.search(bare)
    # 8712-3456-801 is no number of the area 0871 that was written without its zero.
    guessed = not found.known or found.number == f"0{digits}"
    if guessed and not extension and dashed:
        main = _found(_digits(bare[: dashed.start()]) or "", plan)
        if main.known and not _SHORT.fullmatch(main.number):
            return Telephone(main.number, dashed[1], known=True)
    return Telephone(found.number, extension, found.known)


def canonical(text: str, plan: Plan) -> str:
    """Give the one form of a number; empty where the text is none."""
    found = read_telephone(text, plan)
    return found.number if found is not None else ""


def is_written_anew(former: str, number: str, plans: Iterable[Plan]) -> bool:
    """Tell whether one of some plans makes a number of a former spelling."""
    for plan in plans:
        read = read_telephone(former, plan)
        if read is not None and not read.extension and read.number == number:
            return True
    return False


def shown_number(text: str) -> str:
    """Give the digits that a call shows, a plus before them kept; empty where it shows none."""
    return _digits(_bare(text)[0]) or ""


def _plain(text: str) -> str:
    """Full width made half, digits of any script made ASCII, marks that nobody sees dropped."""
    seen = "".join(ch for ch in narrow(text) if unicodedata.category(ch) != "Cc").strip()
    in_words = plain_digits(seen)
    if sum(ch.isdigit() for ch in in_words) >= MIN_IN_WORDS:
        seen = in_words
    named = _IN_BRACKETS.match(seen)
    bare = (named[1] if named else seen).strip()
    if _SCHEME.match(bare):
        bare = _HOST.sub("", unquote(_SCHEME.sub("", bare)))
    return _PARAMETERS.sub("", _LABEL.sub("", bare)).translate(_BRACKETS).strip(_AROUND)


def _bare(text: str) -> tuple[str, str]:
    """The number itself and its extension, of any spelling."""
    return ("", "") if len(text) > MAX_SPELLED else _without_extension(_plain(text))


def _without_extension(bare: str) -> tuple[str, str]:
    found = _EXTENSION.search(bare)
    if found is None or not any(ch.isdigit() for ch in bare[: found.start()]):
        return bare, ""
    return bare[: found.start()].strip(), found[1]


def _digits(bare: str) -> str | None:
    if len(bare) > MAX_LENGTH or _SHAPE.fullmatch(bare) is None:
        return None
    digits = "".join(ch for ch in bare if ch.isdigit())
    if len(digits) > MAX_DIGITS:
        return None
    return f"+{digits}" if "+" in bare else digits


def _found(digits: str, plan: Plan) -> Telephone:
    if _SHORT.fullmatch(digits):
        return Telephone(digits, known=True)
    service = _after_country(digits, plan)
    if _SERVICE.fullmatch(service):
        return Telephone(service, known=True)
    # Within an area no number begins with the digits that lead out of it, or to a service.
    local = [plan.area + digits] if digits[:1] not in ("", "+", "0", "1") else []
    for written in (digits, *local):
        number = _parsed(written, plan)
        if number is not None and phonenumbers.is_valid_number(number):
            return Telephone(_kept(number, plan), known=True)
    number = _parsed(digits, plan)
    abroad = number is not None and number.country_code != _country(plan)
    if number is not None and abroad and phonenumbers.is_possible_number(number):
        return Telephone(_kept(number, plan))
    return Telephone(digits)


def _after_country(digits: str, plan: Plan) -> str:
    """What stands behind the country's own code, where that is written out; else nothing."""
    for lead in ("+", "00"):
        own = f"{lead}{_country(plan)}"
        if digits.startswith(own):
            return digits.removeprefix(own)
    return ""


def _parsed(written: str, plan: Plan) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(written, plan.region)
    except NumberParseException:
        return None


def _kept(number: phonenumbers.PhoneNumber, plan: Plan) -> str:
    if number.country_code != _country(plan):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(ch for ch in written if ch.isdigit())


def _country(plan: Plan) -> int:
    return int(phonenumbers.country_code_for_region(plan.region))
