"""How well words are understood, on a labelled CSV, each figure beside a keyword baseline.

Usage: python -m tests.bench.understand PATH.csv

Columns: text, code, also_ok (codes with ;), place, urgency (特急/紧急/一般), in_scope (1/0).
A class is right when it is `code` or stands in `also_ok`; a place is right when the extracted span
contains the labelled one or is contained in it.
"""

import csv
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline.catalogue import Edition
from hotline.intake.normalise import tidy
from hotline.intake.understand import Knowledge
from tests.bench.figure import show
from tests.knowing import demo_knowledge

LEVELS = {"特急": "critical", "紧急": "urgent", "一般": "normal"}
HURRY = re.compile("马上|立即|立刻|赶紧|快来|危险")
QUESTION = re.compile("请问|咨询|怎么办|如何办理|几点|工资|退款|离婚")
PLACE = re.compile(
    "[\u4e00-\u9fff]{2,4}(?:大道|路|街|巷|弄|小区|新村|花园|公园|广场|社区|村|桥|河)"
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One row of the labelled file."""

    text: str
    codes: frozenset[str]
    place: str
    urgency: str
    in_scope: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What was made of a text."""

    codes: tuple[str, ...]
    place: str
    urgency: str
    in_scope: bool


Reader = Callable[[str], Answer]


def read(path: Path) -> list[Labelled]:
    """Give the rows of a labelled file."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [
            Labelled(
                row["text"],
                frozenset({row["code"], *row["also_ok"].split(";")} - {""}),
                row["place"],
                LEVELS[row["urgency"]],
                row["in_scope"] == "1",
            )
            for row in csv.DictReader(handle)
        ]


def by_knowledge(knowledge: Knowledge) -> Reader:
    """Give the product's own understanding as a reader."""

    def answer(text: str) -> Answer:
        seen = knowledge.understand(text)
        codes = tuple(guess.code for guess in seen.classes)
        return Answer(codes, seen.place.text if seen.place else "", seen.urgency, seen.in_scope)

    return answer


def by_keywords(edition: Edition) -> Reader:
    """Give the baseline: shared pairs of characters with class names, and a few patterns."""
    pairs = {
        code: {name[at : at + 2] for at in range(len(name) - 1)}
        for code, one in edition.matters.items()
        if (name := one.name.removesuffix("异常"))
    }

    def answer(text: str) -> Answer:
        share = {code: sum(p in text for p in own) / len(own) for code, own in pairs.items()}
        best = sorted((code for code in share if share[code]), key=lambda code: -share[code])[:3]
        place = PLACE.search(text)
        return Answer(
            tuple(best),
            place.group() if place else "",
            "urgent" if HURRY.search(text) else "normal",
            not QUESTION.search(text),
        )

    return answer


def same_place(one: str, other: str) -> bool:
    """True when both are empty, or one contains the other."""
    first, second = tidy(one).strip(), tidy(other).strip()
    return first == second or bool(first and second and (first in second or second in first))


def shares(rows: Sequence[Labelled], reader: Reader) -> dict[str, float]:
    """Give the share of right answers by figure."""
    answers = [(row, reader(row.text)) for row in rows]
    inside = [(row, given) for row, given in answers if row.in_scope]

    def share(right: list[bool]) -> float:
        return sum(right) / max(1, len(right))

    return {
        "understand_top1": share([bool(row.codes & {*a.codes[:1]}) for row, a in inside]),
        "understand_top3": share([bool(row.codes & {*a.codes[:3]}) for row, a in inside]),
        "understand_urgency": share([row.urgency == a.urgency for row, a in answers]),
        "understand_scope": share([row.in_scope == a.in_scope for row, a in answers]),
        "understand_place": share([same_place(row.place, a.place) for row, a in answers]),
    }


def main(arguments: Sequence[str]) -> int:
    """Print the figures of a labelled file."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.bench.understand PATH.csv\n")
        return 2
    rows = read(Path(arguments[0]))
    edition, knowledge = demo_knowledge()
    ours, baseline = shares(rows, by_knowledge(knowledge)), shares(rows, by_keywords(edition))
    for name, value in ours.items():
        below = baseline[name]
        show(
            name, value, "share", f"keyword baseline {below:.4f}", value / below if below else None
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
