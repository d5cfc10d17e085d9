"""The outcome survey after closing (回访): is it solved, and apart from that, are they content.

It asks about a case, by telephone or in a chat; what is asked behind a call is about the call.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from hotline.channel import Channel
from hotline.wire import Meta

# Among a notice's values: that it asks, and waits for answers.
ASKS: Final = "asks"


class Question(StrEnum):
    """What is asked, in this order; `never` is no question, but the wish to be asked no more."""

    IS_SOLVED = "is_solved"
    IS_CONTENT = "is_content"
    NEVER = "never"


class Solved(StrEnum):
    """What may be answered to whether it is solved."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True)
class RevisitSaid:
    """An answer as a connector brings it: by whom is known by the chat or number that was asked.

    `value` is a `Solved`, or the id of one of the city's grades. `key` makes it once.
    """

    revisit: UUID
    channel: Channel
    address: Annotated[str, Meta(max_length=200)]
    question: Question
    value: Annotated[str, Meta(max_length=40)] = ""
    key: Annotated[str, Meta(max_length=200)] = ""


class RevisitEnd(StrEnum):
    """What became of an answer: kept, kept as a change, known already, or too late to be one."""

    TAKEN = "taken"
    CHANGED = "changed"
    KNOWN = "known"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class RevisitChoice:
    """A grade that may be answered, by its names."""

    id: str
    name: str
    name_en: str

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return self.name_en if language == "en" else self.name


@dataclass(frozen=True, slots=True)
class RevisitTold:
    """What counts after an answer: values by question, and whether the duty chief follows it up.

    `grades` are what may be answered to whether one is content, the best first.
    """

    end: RevisitEnd
    number: str
    answers: dict[str, str] = field(default_factory=dict)
    follows: bool = False
    grades: tuple[RevisitChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisitAnswer:
    """An answer on record; `person` is the seat that wrote it down, "" for the citizen."""

    question: Question
    value: str
    at: datetime
    person: str = ""


@dataclass(frozen=True, slots=True)
class Revisit:
    """What was asked of whom about a case, and what they answered, oldest first."""

    id: UUID
    case: UUID
    contact: UUID | None
    channel: Channel
    made_at: datetime
    answers: tuple[RevisitAnswer, ...] = ()

    def first(self, question: Question) -> RevisitAnswer | None:
        """Give the first answer to a question, by which the time for changes is counted."""
        return next((one for one in self.answers if one.question is question), None)

    @property
    def counting(self) -> dict[str, str]:
        """The answers that count, by question: the newest of each."""
        return {str(one.question): one.value for one in self.answers}

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to ask."""
        asked = self.counting
        both = Question.IS_SOLVED in asked and Question.IS_CONTENT in asked
        return both or Question.NEVER in asked
