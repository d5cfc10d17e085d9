"""Finds where a text names a place, by how names are built, known to the city or not."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hotline.errors import Invalid
from hotline.matching import Hit, Phrases
from hotline.numerals import NUMERALS
from hotline.place.housenumber import HouseNumbers

MAX_STEM_LENGTH = 7
SURE = 0.65  # from here on a name by its ending needs no second guess
AND = "和与跟"
SOME = "某"  # a name kept back is no name
CHINESE = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
JOIN = re.compile(r"\s*(?:和|与|跟|、|到|近|,|，)?\s*")
CROSSING = re.compile(r"(?:的)?(?:交叉口|交叉路口|路口|口|交汇处|交界处)")
ENGLISH_NAME = re.compile(r"[A-Z][A-Za-z'-]*(?:\s+(?:[A-Z][A-Za-z'-]*|No\.\s*\d+))*")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text that names a place; `kind` as in the endings of address.toml."""

    start: int
    end: int
    text: str
    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class Grammar:
    """How places are named: parsed from address.toml."""

    endings: Mapping[str, str]
    generic: frozenset[str]
    not_before: frozenset[str]
    stops: tuple[str, ...]
    stop_characters: frozenset[str]
    whole: tuple[str, ...]
    tails: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    english_endings: frozenset[str]
    english_before: frozenset[str]


def parse_grammar(data: Mapping[str, Any]) -> Grammar:
    """Give the grammar of an address.toml read into a dict."""
    try:
        return Grammar(
            {word: kind for kind, words in data["endings"].items() for word in words},
            frozenset(data["generic"]),
            frozenset(data["not_before"]),
            tuple(data["stops"]),
            frozenset(data["stop_characters"]),
            tuple(data["whole"]),
            tuple(sorted(data["tails"], key=len, reverse=True)),
            tuple(sorted(data["before"], key=len, reverse=True)),
            tuple(data["after"]),
            frozenset(data["english"]["endings"]),
            frozenset(data["english"]["before"]),
        )
    except KeyError as error:
        raise Invalid("address", f"{error} is missing") from error


class AddressReader:
    """Reads places out of free text; `known` are pairs of characters of ordinary complaints."""

    def __init__(self, grammar: Grammar, known: Iterable[str] = ()) -> None:
        """Take the grammar, and ordinary text from which to learn what is no name."""
        self._grammar = grammar
        self._endings = Phrases(grammar.endings)
        self._stops = Phrases(grammar.stops)
        self.numbers = HouseNumbers(grammar.whole)
        self._pairs = {text[at : at + 2] for text in known for at in range(len(text) - 1)}

    def spans(self, text: str) -> list[Span]:
        """Give the places a text names, the most likely first."""
        found = [*self._by_ending(text), *self._by_english(text)]
        if not any(span.score >= SURE for span in found):
            found += self._by_gap(text)
            found += self._by_cue(text)
        return sorted(_merged(text, found), key=lambda span: (-span.score, span.start))

    def end_of(self, text: str, end: int) -> int:
        """Where a place ends whose name ends at `end`: with its house number and its side."""
        return self._tail_end(text, end)

    def _by_ending(self, text: str) -> Iterator[Span]:
        limits = self._limits(text)
        last: Span | None = None
        numbered: set[int] = set()
        for hit in self._endings.longest_in(text):
            start = self._stem_start(text, hit.start, limits)
            if last and start == last.end:
                start = self._joined_start(text, last, start, hit)
            name = text[start : hit.end]
            if start == hit.start or self._is_generic(text, start, name, hit.phrase):
                continue
            if start in numbered and self._goes_on(text, hit.end):
                continue  # 86号 | 东侧 | 路灯
            counted = last is not None and start == last.end and _is_number(text[start : hit.start])
            if counted and self._goes_on(text, hit.end):
                continue  # 中山东路 | 57 | 路灯
            kind = self._grammar.endings[hit.phrase]
            end = self._tail_end(text, hit.end)
            score = self._score(text, start, hit.start, hit.end, end, kind)
            last = Span(start, end, text[start:end], kind, score)
            # A name may begin behind a number, but does not reach back over it: 86号 | 路灯.
            number_end = self.numbers.end_of(text, hit.end)
            limits |= {hit.end, number_end}
            numbered |= {number_end} - {hit.end}
            yield last

    def _joined_start(self, text: str, last: Span, start: int, hit: Hit) -> int:
        """Where a name begins that follows another: 嵩江 + 东路 is one, 和 between is none."""
        short = hit.start - start <= 2 and self._grammar.endings[hit.phrase] == "road"
        if short and last.kind in ("water", "landmark") and not self._goes_on(text, hit.end):
            return last.start
        return start + 1 if text[start] in AND and start < hit.start else start

    def _goes_on(self, text: str, end: int) -> bool:
        """True when the ending belongs to the next word, as in 路灯."""
        return text[end : end + 1] in self._grammar.not_before

    def _score(
        self, text: str, start: int, stem_end: int, name_end: int, end: int, kind: str
    ) -> float:
        stem = text[start:stem_end]
        score = 0.72 if kind != "area" else 0.62
        if len(stem) == 1:
            score -= 0.2
        if self._goes_on(text, name_end) and end == name_end:
            score -= 0.15
        odd = [text[at : at + 2] not in self._pairs for at in range(start, name_end - 1)]
        score += 0.16 * (sum(odd) / len(odd)) - 0.06
        if end > name_end:
            score += 0.06
        if start == 0 or text[:start].endswith(self._grammar.before):
            score += 0.05
        return round(score - 0.02 * (start / max(len(text), 1)), 3)

    def _limits(self, text: str) -> set[int]:
        """Positions that a name cannot cross: ends of stop words and of stop characters."""
        limits = {at + 1 for at, char in enumerate(text) if char in self._grammar.stop_characters}
        limits |= {hit.end for hit in self._stops.all_in(text)}
        return limits

    def _stem_start(self, text: str, end: int, limits: set[int]) -> int:
        start = end
        while start > 0 and end - start < MAX_STEM_LENGTH and start not in limits:
            if not CHINESE.match(text[start - 1]):
                break
            start -= 1
        return self._trimmed(text, start, end)

    def _trimmed(self, text: str, start: int, end: int) -> int:
        """Drop ordinary words from the front: pairs that complaints are full of."""
        at = start
        pairs = self._pairs
        while end - at > 3 and text[at : at + 2] in pairs and text[at + 1 : at + 3] in pairs:
            at += 1
        return at

    def _is_generic(self, text: str, start: int, name: str, ending: str) -> bool:
        """True for a kind of thing: "这边的马路" names no road; 草马路 does, in front."""
        longest = max(
            (len(name) - at for at in range(len(name)) if name[at:] in self._grammar.generic),
            default=0,
        )
        stem = name.removesuffix(ending)
        if stem.startswith(SOME):
            return True
        if longest == len(name) or (stem[-1:] in AND and stem[-3:-1] in self._pairs):
            return True
        in_front = start == 0 and name[:2] not in self._pairs and not self._goes_on(text, len(name))
        return longest > len(ending) and not in_front

    def _tail_end(self, text: str, end: int) -> int:
        end = self.numbers.end_of(text, end)
        for _ in range(2):
            end += len(next((t for t in self._grammar.tails if self._is_tail(text, end, t)), ""))
        return end

    def _is_tail(self, text: str, end: int, tail: str) -> bool:
        """True for 门口 in 86号门口, not for 路口 in 路口腔医院."""
        return text.startswith(tail, end) and not self.numbers.cuts(text, end + len(tail))

    def _by_english(self, text: str) -> Iterator[Span]:
        for run in ENGLISH_NAME.finditer(text):
            words = run.group().lower().split()
            ends_well = words[-1] in self._grammar.english_endings
            before = text[: run.start()].rstrip().lower().removesuffix(" the").rsplit(" ", 1)[-1]
            cued = before in self._grammar.english_before
            if (
                len(run.group()) >= 3
                and (ends_well or cued)
                and (run.start() > 0 or len(words) > 1)
            ):
                kind = "road" if ends_well else "landmark"
                score = 0.8 if ends_well else 0.7
                end = self.numbers.end_of(text, run.end())
                yield Span(run.start(), end, text[run.start() : end], kind, score)

    def _by_gap(self, text: str) -> Iterator[Span]:
        """Two or three words with spaces between: the one that is least like a complaint."""
        parts = [part for part in re.finditer(r"\S+", text) if CHINESE.match(part.group())]
        if not 2 <= len(parts) <= 3 or len(text) > 24 or text.isascii():
            return
        odd = [self._oddness(part.group()) for part in parts]
        best = max(range(len(parts)), key=lambda at: (odd[at], at))
        if len(parts[best].group()) >= 2:
            part = parts[best]
            yield Span(part.start(), part.end(), part.group(), "landmark", 0.66)

    def _oddness(self, text: str) -> float:
        pairs = [text[at : at + 2] for at in range(len(text) - 1)]
        return sum(pair not in self._pairs for pair in pairs) / max(1, len(pairs))

    def _by_cue(self, text: str) -> Iterator[Span]:
        """Names without an ending: odd characters beside a word that goes with places."""
        for start, end in self._odd_runs(text):
            length = end - start
            if not 2 <= length <= 8:
                continue
            cued = text[:start].endswith(self._grammar.before)
            followed = text.startswith(self._grammar.after, end)
            if start == 0 or cued or followed:
                score = 0.3 + 0.1 * cued + 0.1 * followed + 0.02 * min(length, 4)
                score += 0.06 * (start == 0)
                yield Span(start, end, text[start:end], "landmark", round(score, 3))

    def _odd_runs(self, text: str) -> Iterator[tuple[int, int]]:
        limits = self._limits(text) | {0}
        start = None
        for at in range(len(text)):
            inside = (
                at + 1 < len(text)
                and "\u3400" <= text[at] <= "\u9fff"
                and "\u3400" <= text[at + 1] <= "\u9fff"
                and text[at : at + 2] not in self._pairs
                and text[at] not in self._grammar.stop_characters
            )
            if inside and start is None:
                start = at
            elif not inside and start is not None:
                stop = at if text[at] in self._grammar.stop_characters else at + 1
                yield max([start, *(cut for cut in limits if start < cut < stop)]), stop
                start = None


def _merged(text: str, spans: list[Span]) -> Iterator[Span]:
    """Join neighbours: 'A路和B路口' is one crossing, 'A镇B路' is one place."""
    rest = sorted(spans, key=lambda span: (span.start, -span.end))
    while rest:
        span = rest.pop(0)
        while rest:
            join = JOIN.match(text, span.end)
            gap = join.end() if join else span.end
            other = rest[0]
            touching = other.start < span.end or (
                other.start == span.end and (len(other.text) > 3 or span.kind == "area")
            )
            both_roads = span.kind == other.kind == "road" and other.start == gap
            if not (touching or both_roads):
                break
            rest.pop(0)
            end = max(span.end, other.end)
            crossing = CROSSING.match(text, end)
            if both_roads and crossing:
                end = crossing.end()
            kind = "crossing" if both_roads and not touching else _finer(span.kind, other.kind)
            score = max(span.score, other.score) + 0.02
            span = Span(span.start, end, text[span.start : end], kind, round(score, 3))
        yield span


def _is_number(text: str) -> bool:
    return all(char.isdigit() or char in NUMERALS for char in text)


def _finer(one: str, other: str) -> str:
    order = ("area", "water", "landmark", "estate", "road", "crossing")
    return max(one, other, key=order.index)
