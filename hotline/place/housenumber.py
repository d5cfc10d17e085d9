"""House numbers, lanes and buildings as people write them: the only parser of them.

It reads tidied text (see hotline.intake.normalise.tidy): half-width letters, simplified characters.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from hotline.numerals import NUMERALS, worth

_HAN: Final = "".join(NUMERALS)

_N: Final = rf"(?:(?<!\d)\d{{1,4}}(?!\d)|[{_HAN}]{{1,7}})"
_DASH: Final = "[-－–—‐‑−~～〜]"
_SIGN: Final = "[#＃]"
_UNIT: Final = rf"(?:号|{_SIGN})"
_STEM: Final = "[甲乙丙丁戊己]"
# 甲, 甲1, （甲）, A, -A, A2
_LETTER: Final = rf"(?:{_STEM}(?:{_N})?|[（(](?:{_STEM}|[A-Za-z])[)）]|{_DASH}?[A-Za-z]\d{{0,2}})"
_SUB: Final = rf"(?:\s*(?:{_DASH}|之|{_DASH}?\s*附)\s*{_N})"
_LIST: Final = rf"(?:\s*(?:[、，,/和与及至到]|{_DASH})\s*第?{_STEM}?{_N})"
_BEFORE: Final = rf"(?:第|临时|[附临新老旧原]|{_STEM})?"
# What stands between a street and its number without changing what is meant.
_BETWEEN: Final = rf"(?:上的|上|的|门牌号?码?\s*(?:[:：]|是|为)?|[东南西北中]段|第?{_N}段)?\s*"
# 18座 is a building where nothing is counted behind it: not 3座亭子.
_COUNTED: Final = rf"(?=\s*(?:$|[，。,;；、]|(?:{_N})?\s*单元|\d))"
_SIDE: Final = r"(?:[东南西北][侧边面]?)?\s*"

# 86号, 86-1号, 甲86号, 86A号, 86附1号, 东86号, 86、88号, （86号）
_PLATE: Final = re.compile(
    rf"\s*(?P<open>[（(【“「\[])?\s*{_BETWEEN}{_SIDE}{_BEFORE}\s*"
    rf"(?P<ring>[（(](?=\s*{_N}\s*[)）]))?\s*(?P<number>{_N})(?(ring)\s*[)）]){_LETTER}?"
    rf"{_SUB}?{_LIST}{{0,3}}\s*{_UNIT}(?(open)\s*[)）】”」\]])"
)
# What goes on behind 86号: 86号院, 86号甲, 86号（甲）, 86号之一, 86号附1, 86号-1, 86号至88号
_PLATE_ON: Final = re.compile(
    rf"院|{_STEM}|[（(]{_STEM}[)）]|\s*之\s*[{_HAN}\d]|附\s*(?:{_N}\s*号|\d{{1,3}}(?!\d))|{_LIST}\s*{_UNIT}|{_DASH}\s*\d{{1,3}}(?![\d号#])"
)
# 12弄5号, 十二弄, 3巷5号; a lane called 条, a group or a team only with its number: 86条5号
_LANE: Final = re.compile(
    rf"\s*{_BETWEEN}(?P<number>{_N})\s*"
    rf"(?:(?:弄|巷|胡同)(?:\s*{_N}\s*支?弄)?(?:\s*{_N}{_SUB}?\s*{_UNIT})?"
    rf"|(?:条|组|队)\s*{_N}{_SUB}?\s*{_UNIT})"
)
# 门牌86, No.86, №86
_TOLD: Final = re.compile(
    r"\s*[，,]?\s*(?:门牌号?码?\s*(?:[:：]|是|为)?|№|[#＃]|no\s*[.．:：]?)\s*(?P<number>\d{1,4})(?:-\d{1,3})?(?![\d.:：%])",
    re.IGNORECASE,
)
# 7幢, 三栋, 十二号楼, 3#楼, 3#, B座, 甲幢, 甲1幢, A3栋; behind a phase or part of the estate
_BUILDING: Final = re.compile(
    rf"\s*(?:[一二三四五六七八九十]期|[东南西北]区)?\s*第?(?:(?P<wing>{_STEM}|[A-Za-z])?"
    rf"(?P<number>{_N}){_SUB}?{_LIST}{{0,3}}\s*(?:号楼|{_SIGN}楼|幢|栋|座{_COUNTED}|{_SIGN})"
    rf"|(?P<letter>(?:{_STEM}|[A-Za-z])\s*(?:座|栋|幢|号楼|楼(?![道梯上下顶层]))))"
)
# 3-2-501: building, unit and room
_DASHED: Final = re.compile(
    rf"\s*(?P<number>\d{{1,3}}){_DASH}\d{{1,2}}{_DASH}\d{{3,4}}(?![\d年月日]|{_DASH})"
)
_BUILDING_ON: Final = re.compile(rf"{_LIST}\s*(?:号楼|{_SIGN}楼|幢|栋|{_SIGN})")
_ROOM: Final = re.compile(
    rf"\s*(?:(?:{_N}|{_STEM}|[A-Za-z])\s*单元|(?:{_N})\s*[楼层](?!楼)|[东西南北中]?\s*{_N}\s*室|[东西]室)"
)
# A bare number is one only where nothing else follows it that could be counted.
_BARE: Final = re.compile(
    rf"\s*{_STEM}?(?P<number>\d{{1,4}}|[{_HAN}]{{2,7}})(?:{_STEM}|[A-Za-z])?(?![\d.:：%\w])"
)
_BARE_ENDS: Final = re.compile(r"\s*(?:$|[，。,;；!！?？、)）])")
_ENGLISH: Final = re.compile(
    rf"\s*,?\s*(?:(?P<sure>no\.?\s*|number\s+|{_SIGN}\s*))?(?P<number>\d{{1,4}})(?P<sub>-\d{{1,3}})?"
    r"(?![\d.:：%\w])",
    re.IGNORECASE,
)
_ENGLISH_GOES_ON: Final = re.compile(
    r"\s+(?:is|are|was|were|has|have|since|near|next|opposite|behind|outside|in|on|at|by|and|for|"
    r"the|there|where|please|it|this|again|today|yesterday)\b",
    re.IGNORECASE,
)
_IN_FRONT: Final = re.compile(
    rf"(?P<sign>(?:no\.?|number|{_SIGN})\s*)?(?<!\d)(?P<number>\d{{1,4}})(?:-\d{{1,3}})?"
    r"\s*(?P<unit>号)?\s*,?\s*$",
    re.IGNORECASE,
)
# 57号 | 楼道: on a street these words go with the stairs of its house.
_STAIRS: Final = re.compile("(?<=号)楼(?=[道梯上下顶])")
# Characters in front of a name in which its number stands.
_FAR: Final = 32


@dataclass(frozen=True, slots=True)
class HouseNumber:
    """A number that stands in a text at text[start:end]; of several it is the first one."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class Building:
    """A building that stands in a text at text[start:end]: 3号楼, A3号楼, 甲幢."""

    start: int
    end: int
    name: str


class HouseNumbers:
    """Finds house numbers beside a name; `whole` are words that no number may cut: 号线, 号码."""

    def __init__(self, whole: tuple[str, ...] = ()) -> None:
        self._whole = whole

    def on_road(self, text: str, end: int) -> HouseNumber | None:
        """Give the number that follows a street's name ending at `end`."""
        shapes = (_BUILDING, _PLATE, _LANE, _TOLD, _DASHED)
        found = [
            one
            for shape in shapes
            if (one := self._matched(shape, text, end)) is not None
            and not _STAIRS.match(text, one.end - 1)
        ]
        if found:
            return max(found, key=lambda one: one.end)
        return _english(text, end) if text[end - 1 : end].isascii() else _bare(text, end)

    def before_road(self, text: str, start: int) -> HouseNumber | None:
        """Give the number that stands in front of a street's name starting at `start`."""
        found = _IN_FRONT.search(text, max(0, start - _FAR), start)
        if found is None:
            return None
        told = found["sign"] or found["unit"] or text[start : start + 1].isascii()
        return _made(found) if told else None

    def building(self, text: str, end: int) -> Building | None:
        """Give the building that follows an estate's name ending at `end`."""
        match = _BUILDING.match(text, end)
        if match is not None and match["letter"] and not self.cuts(text, match.end()):
            return Building(match.start(), match.end(), "".join(match["letter"].split()).upper())
        found = self._matched(_BUILDING, text, end) or self._matched(_DASHED, text, end)
        if found is None:
            return None
        wing = (match["wing"] or "").upper() if match else ""
        return Building(found.start, found.end, f"{wing}{found.number}号楼")

    def end_of(self, text: str, end: int) -> int:
        """Where number, building, unit and room end that follow a name ending at `end`."""
        found = self.on_road(text, end)
        at = self._on(_BUILDING, text, found.end if found else end)
        at = self._on(_BUILDING_ON, text, at) if at > end else end
        return self._on(_ROOM, text, at) if at > end else end

    def cuts(self, text: str, end: int) -> bool:
        """Tell whether an ordinary word would be cut by an end there: 路口|腔, 号|线."""
        return any(
            text.startswith(word, end - head)
            for word in self._whole
            for head in range(1, len(word))
            if end >= head
        )

    def _matched(self, shape: re.Pattern[str], text: str, end: int) -> HouseNumber | None:
        match = shape.match(text, end)
        if match is None or match["number"] is None or self.cuts(text, match.end()):
            return None
        made, end = _made(match), match.end()
        if shape is _PLATE:
            end = self._on(_PLATE_ON, text, end)
        return None if made is None else replace(made, end=end)

    def _on(self, shape: re.Pattern[str], text: str, end: int) -> int:
        """Where what goes on behind a number ends, again and again, cutting no word."""
        while (more := shape.match(text, end)) and not self.cuts(text, more.end()):
            end = more.end()
        return end


def _made(match: re.Match[str]) -> HouseNumber | None:
    number = worth(match["number"])
    return HouseNumber(match.start(), match.end(), number) if number else None


def _bare(text: str, end: int) -> HouseNumber | None:
    found = _BARE.match(text, end)
    if found is None or not _BARE_ENDS.match(text, found.end()):
        return None
    return _made(found)


def _english(text: str, end: int) -> HouseNumber | None:
    found = _ENGLISH.match(text, end)
    if found is None:
        return None
    at = found.end()
    sure = found["sure"] or _BARE_ENDS.match(text, at) or _ENGLISH_GOES_ON.match(text, at)
    return _made(found) if sure else None
