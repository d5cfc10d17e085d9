"""Reads misheard names back: what a recogniser wrote, snapped to the names it may have heard."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hotline.pinyin import SKIP, apart, coded, syllables

PLACE_TOLERANCE = {2: 0.05, 3: 0.60, 4: 0.95}  # cost that a name of so many syllables may have
WORD_TOLERANCE = {2: 0.05, 3: 0.26, 4: 0.52}
TOLERANCE_A_SYLLABLE = {True: 0.26, False: 0.13}  # for longer ones: a place, a word
LOOSE = 1.4  # a judge of sounds can tell names apart that are this much further off
GAIN = 0.5  # of each syllable heard that a name explains
SAME_CHARACTER = 0.015  # breaks ties between names that sound the same
SURE = 0.09  # a syllable: places further off are believed only where no better one is named
JOINED = 2  # characters that may stand between the two names of a crossing
JUDGED = 8  # candidates that a judge is asked about at most
NATS = 20.0  # of a judge's log probability weigh as much as one syllable that is wholly off
BELIEVED = 0.35  # least gain, judgement included

Judge = Callable[[str], float]
"""Log probability that a text was said, by whoever has heard it."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A stretch of the raw text, from start to end, read as a name.

    `cost` is how far the two sound apart, summed over syllables; `gain` is what reading the name
    there is worth.
    """

    start: int
    end: int
    heard: str
    name: str
    cost: float
    gain: float
    place: bool


@dataclass(frozen=True, slots=True)
class NameCorrection:
    """A text with names read back into it, and what it was before."""

    text: str
    raw: str
    snaps: tuple[NameMatch, ...]


class NameIndex:
    """Names that a text may hold, made ready for thousands of comparisons a text.

    `places` may be misheard by whole syllables. `words` are what people call their troubles: they
    are taken where they sound nearly the same, and a word that stands in the text already keeps
    a place from being read into it. So does what stands in `sentences`, which people say.
    """

    def __init__(
        self, places: Iterable[str], words: Iterable[str] = (), sentences: Iterable[str] = ()
    ) -> None:
        """Take the names; those with letters or of one syllable are left out."""
        named = dict.fromkeys(words, False) | dict.fromkeys(places, True)
        kept = {name: place for name, place in named.items() if _speakable(name)}
        lengths = sorted({len(name) for name in kept})
        self.groups = tuple(_Group(_of_length(kept, length)) for length in lengths)
        self.ordinary = "\n".join(sentences)


class _Group:
    """The names of one length, their syllables as one array: name, syllable, (initial, …)."""

    def __init__(self, named: Mapping[str, bool]) -> None:
        self.names = tuple(named)
        self.length = len(self.names[0])
        self.place = np.array([named[name] for name in self.names])
        rows = coded([one for name in self.names for one in syllables(name)])
        self.sounds, where = np.unique(rows, axis=0, return_inverse=True)
        self.where = where.reshape(len(self.names), self.length)
        self.tolerance = np.array([_tolerance(self.length, place) for place in self.place])


def _of_length(named: Mapping[str, bool], length: int) -> dict[str, bool]:
    return {name: place for name, place in named.items() if len(name) == length}


def _speakable(name: str) -> bool:
    return len(name) > 1 and None not in syllables(name)


def _tolerance(length: int, place: bool) -> float:
    table = PLACE_TOLERANCE if place else WORD_TOLERANCE
    return table.get(length, TOLERANCE_A_SYLLABLE[bool(place)] * length)


def snap(text: str, lexicon: NameIndex, judge: Judge | None = None) -> NameCorrection:
    """Read names back into a text, each stretch at most once.

    Without a judge, places must sound near, and all but the nearest very near; with one, who has
    heard the voice, places that sound further off are put to it.
    """
    found = candidates(text, lexicon, loose=judge is not None)
    words = [one for one in found if not one.place]
    plain = [one for one in words if one.heard == one.name]
    places = [one for one in found if one.place and _worth_asking(one) and not _cuts(one, plain)]
    if judge is None:
        row = _best_row(words + places, len(text))
        chosen = [one for one in row if not one.place or one in _believable(text, row)]
    else:
        sure = _believable(text, _best_row(_judged(text, places, judge), len(text)))
        free = [one for one in words if not any(_overlap(one, other) for other in sure)]
        chosen = sorted(sure + _best_row(free, len(text)), key=lambda one: one.start)
    return NameCorrection(_replaced(text, chosen), text, tuple(chosen))


def candidates(text: str, lexicon: NameIndex, *, loose: bool = False) -> list[NameMatch]:
    """Every stretch of the text that may be a name, with every name it may be."""
    heard = coded(syllables(text))
    if not len(heard):
        return []
    found = [one for group in lexicon.groups for one in _in_group(text, heard, group, loose=loose)]
    return [one for one in found if one.heard == one.name or not _is_ordinary(one, lexicon)]


def _is_ordinary(one: NameMatch, lexicon: NameIndex) -> bool:
    return len(one.heard) >= (3 if one.place else 2) and one.heard in lexicon.ordinary


def _worth_asking(one: NameMatch) -> bool:
    return len(one.name) > 2 or one.heard == one.name


def _cuts(one: NameMatch, plain: list[NameMatch]) -> bool:
    """Whether reading a name there would tear apart a word that stands there plainly."""
    return one.heard != one.name and any(
        _overlap(one, word) and word.name not in one.name for word in plain
    )


def _replaced(text: str, chosen: Iterable[NameMatch]) -> str:
    parts, at = [], 0
    for one in chosen:
        parts += [text[at : one.start], one.name]
        at = one.end
    return "".join(parts) + text[at:]


def _believable(text: str, row: list[NameMatch]) -> list[NameMatch]:
    """The places of a row that sound as named, the likeliest one, and what is joined to these."""
    places = sorted((one for one in row if one.place), key=lambda one: -one.gain / len(one.heard))
    kept: list[NameMatch] = []
    for one in places:
        joined = any(_joined(text, one, other) for other in kept)
        if not kept or joined or one.cost <= SURE * len(one.name):
            kept.append(one)
    return kept


def _joined(text: str, one: NameMatch, other: NameMatch) -> bool:
    """Whether two names have only a short word between them, as at a crossing."""
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return 1 <= len(between) <= JOINED and between.isalpha()


def _overlap(one: NameMatch, other: NameMatch) -> bool:
    return one.start < other.end and other.start < one.end


def _judged(text: str, places: list[NameMatch], judge: Judge) -> list[NameMatch]:
    """The likeliest places, their gain corrected by what the judge says of the text with each."""
    asked = sorted(places, key=lambda one: -one.gain)[:JUDGED]
    if not asked:
        return []
    as_heard = judge(text)
    told = [
        replace(one, gain=one.gain + (judge(_replaced(text, [one])) - as_heard) / NATS)
        for one in asked
    ]
    return [one for one in told if one.gain >= BELIEVED]


def _in_group(
    text: str, heard: NDArray[np.int64], group: _Group, *, loose: bool
) -> list[NameMatch]:
    costs, starts = _align(apart(group.sounds, heard), group.where)
    limit = np.where(group.place & loose, LOOSE, 1.0) * group.tolerance
    names, ends = np.nonzero(costs <= limit[:, None])
    found = []
    for name, last in zip(names.tolist(), ends.tolist(), strict=True):
        start, end = int(starts[name, last]), last + 1
        if end - start < 2:
            continue
        meant, stretch = group.names[name], text[start:end]
        cost = float(costs[name, last])
        same = sum(one == other for one, other in zip(stretch, meant, strict=False))
        gain = GAIN * len(stretch) - cost + SAME_CHARACTER * same
        found.append(NameMatch(start, end, stretch, meant, cost, gain, bool(group.place[name])))
    return found


def _align(
    far: NDArray[np.float64], where: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cost and start of the best stretch for each name (row) that ends at each place (column)."""
    count, length = where.shape
    width = far.shape[1]
    costs = np.zeros((count, width + 1))
    starts = np.tile(np.arange(width + 1), (count, 1))
    for n in range(length):
        swapped = costs[:, :-1] + far[where[:, n]]
        next_costs = np.empty_like(costs)
        next_starts = np.empty_like(starts)
        next_costs[:, 0], next_starts[:, 0] = SKIP * (n + 1), 0
        for at in range(1, width + 1):
            ways = np.stack([swapped[:, at - 1], costs[:, at] + SKIP, next_costs[:, at - 1] + SKIP])
            begun = np.stack([starts[:, at - 1], starts[:, at], next_starts[:, at - 1]])
            way = ways.argmin(axis=0)
            rows = np.arange(count)
            next_costs[:, at], next_starts[:, at] = ways[way, rows], begun[way, rows]
        costs, starts = next_costs, next_starts
    return costs[:, 1:], starts[:, 1:]


def _best_row(found: list[NameMatch], width: int) -> list[NameMatch]:
    """The stretches that do not overlap and gain the most altogether."""
    ending: dict[int, list[NameMatch]] = {}
    for one in found:
        ending.setdefault(one.end, []).append(one)
    gains, last = [0.0], list[NameMatch | None]([None])
    for end in range(1, width + 1):
        here = max(ending.get(end, ()), key=lambda one: gains[one.start] + one.gain, default=None)
        gain = gains[-1] if here is None else gains[here.start] + here.gain
        last.append(here if gain > gains[-1] else None)
        gains.append(max(gain, gains[-1]))
    return _walk_back(last)


def _walk_back(last: list[NameMatch | None]) -> list[NameMatch]:
    chosen, at = [], len(last) - 1
    while at > 0:
        one = last[at]
        if one is not None:
            chosen.append(one)
        at = at - 1 if one is None else one.start
    return chosen[::-1]
