"""How Chinese sounds: syllables, how near two are, and the names that misheard words were meant as.

The only module that knows pypinyin. A telephone line swallows what sets s apart from sh or f, and n
from ng, so near sounds are near here too; tones count little.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin

HANZI = re.compile(r"[\u3400-\u9fff0-9]+")
DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
SKIP = 0.62  # a syllable more or less
TONE = 0.04
NOTHING = (-1, -1, -1)
INITIALS = (
    "", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "zh", "ch", "sh",
    "r", "z", "c", "s",
)  # fmt: skip
NEAR_INITIALS = (
    (0.08, "z zh, c ch, s sh"),
    (0.14, "n l, f h, z j, c q, s x, zh j, ch q, sh x, l r"),
    (0.18, "b p, d t, g k, j q, z c, zh ch, f s, f sh, f x, h x, m n, z ch, zh c, h -, r -"),
    (0.25, "b d, d g, b g, p t, t k, p k, h k, x q, s c, sh ch, sh c, s ch, m b, n d, l d, g -"),
    (0.25, "h g, h sh, h s, j x, m l, m -, n -, l -, j d, q t, q ch, zh s, zh sh, r zh, d zh, z d"),
)
FAR_INITIAL = 0.45
# Glide, vowel, coda, as they sound: ian is near ie and in, ong near un; N is ng.
FINALS = {
    "a": "-a-", "o": "uo-", "e": "-e-", "ai": "-ai", "ei": "-ei", "ao": "-au", "ou": "-ou",
    "an": "-an", "en": "-en", "ang": "-aN", "eng": "-eN", "ong": "-uN", "er": "-er", "i": "ii-",
    "ia": "ia-", "ie": "ie-", "iao": "iau", "iou": "iou", "iu": "iou", "ian": "ien", "in": "iin",
    "iang": "iaN", "ing": "iiN", "iong": "vuN", "u": "uu-", "ua": "ua-", "uo": "uo-",
    "uai": "uai", "uei": "uei", "ui": "uei", "uan": "uan", "uen": "uen", "un": "uen",
    "uang": "uaN", "ueng": "ueN", "v": "vv-", "ve": "ve-", "van": "ven", "vn": "vin", "": "---",
    "io": "io-", "ê": "-e-", "m": "---", "n": "--n", "ng": "--N",
}  # fmt: skip
FINAL_NAMES = tuple(FINALS)
VOWELS = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.1, "o u, i v"),
        (0.14, "a e, e o, e i, u v"),
        (0.2, "a o, e u"),
    )
    for pair in (text.split() for text in pairs.split(", "))
}
FAR_VOWEL = 0.3
GLIDES = {frozenset("-i"): 0.1, frozenset("-u"): 0.1, frozenset("-v"): 0.1, frozenset("iv"): 0.06}
FAR_GLIDE = 0.15
CODAS = {frozenset("nN"): 0.06, frozenset("-n"): 0.16, frozenset("-N"): 0.16}
FAR_CODA = 0.2


@dataclass(frozen=True, slots=True)
class Syllable:
    """One sounded character: initial, final (ü is v) and tone 1 to 5."""

    initial: str
    final: str
    tone: int


def syllables(text: str) -> tuple[Syllable | None, ...]:
    """One syllable for each character; None for what is neither hanzi nor digit."""
    found: list[Syllable | None] = [None] * len(text)
    for run in HANZI.finditer(text):
        found[run.start() : run.end()] = _sounded(run.group().translate(DIGITS))
    return tuple(found)


@lru_cache(maxsize=20_000)
def spelled(text: str) -> tuple[str, str]:
    """Give a text as it is typed in letters, whole and by initials: ludengbuliang, ldbl."""
    heard = "".join(text.lower().split())
    return "".join(lazy_pinyin(heard)), "".join(lazy_pinyin(heard, style=Style.FIRST_LETTER))


@lru_cache(maxsize=20_000)
def _sounded(hanzi: str) -> tuple[Syllable | None, ...]:
    initials = lazy_pinyin(hanzi, style=Style.INITIALS, strict=True)
    finals = lazy_pinyin(hanzi, style=Style.FINALS_TONE3, strict=True, neutral_tone_with_five=True)
    if not len(initials) == len(finals) == len(hanzi):
        return (None,) * len(hanzi)
    pairs = zip(initials, finals, strict=True)
    return tuple(Syllable(first, final.rstrip("12345"), _tone(final)) for first, final in pairs)


def _tone(final: str) -> int:
    return int(final[-1]) if final[-1:].isdigit() else 5


def coded(found: Sequence[Syllable | None]) -> NDArray[np.int64]:
    """Syllables as rows of numbers: initial, final, tone; a row of -1 is no syllable."""
    rows = [NOTHING if one is None else _row(one) for one in found]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def apart(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each coded syllable of one is from each of the other: 0 the same, 1 at most."""
    first, second = one[:, None, :], other[None, :, :]
    far = (
        INITIALS_APART[first[..., 0], second[..., 0]] + FINALS_APART[first[..., 1], second[..., 1]]
    )
    toned = (first[..., 2] != second[..., 2]) & (first[..., 2] != 5) & (second[..., 2] != 5)
    far = np.minimum(1.0, far + TONE * toned)
    return np.where((first[..., 0] < 0) | (second[..., 0] < 0), 1.0, far)


def syllable_distance(one: Syllable, other: Syllable) -> float:
    """How far two syllables sound apart: 0 the same, 1 nothing in common."""
    return float(apart(coded([one]), coded([other]))[0, 0])


def distance(one: str, other: str) -> float:
    """How far two texts sound apart, per syllable of the longer one."""
    heard = [s for s in syllables(one) if s is not None]
    meant = [s for s in syllables(other) if s is not None]
    if not heard or not meant:
        return 0.0 if heard == meant else 1.0
    row = [SKIP * n for n in range(len(meant) + 1)]
    for costs in apart(coded(heard), coded(meant)):
        step = [row[0] + SKIP]
        for n, cost in enumerate(costs):
            step.append(min(row[n] + float(cost), row[n + 1] + SKIP, step[n] + SKIP))
        row = step
    return row[-1] / max(len(heard), len(meant))


def _row(one: Syllable) -> tuple[int, int, int]:
    return INITIALS.index(one.initial), FINAL_NAMES.index(one.final), one.tone


def _initials_apart() -> NDArray[np.float64]:
    table = np.full((len(INITIALS), len(INITIALS)), FAR_INITIAL)
    np.fill_diagonal(table, 0.0)
    for cost, pairs in NEAR_INITIALS:
        for pair in pairs.split(", "):
            one, other = (INITIALS.index(part.replace("-", "")) for part in pair.split())
            table[one, other] = table[other, one] = cost
    return table


def _finals_apart() -> NDArray[np.float64]:
    parts = FINALS.values()
    return np.array([[_final_apart(one, other) for other in parts] for one in parts])


def _final_apart(one: str, other: str) -> float:
    return (
        _part_apart(one[0], other[0], GLIDES, FAR_GLIDE)
        + _part_apart(one[1], other[1], VOWELS, FAR_VOWEL)
        + _part_apart(one[2], other[2], CODAS, FAR_CODA)
    )


def _part_apart(one: str, other: str, near: dict[frozenset[str], float], far: float) -> float:
    return 0.0 if one == other else near.get(frozenset((one, other)), far)


INITIALS_APART = _initials_apart()
FINALS_APART = _finals_apart()
