"""Everything on record about a case, as it was found."""

from dataclasses import dataclass, field
from typing import Any

from hotline.case.case import Case, Step

Found = dict[str, Any]
"""A row as it was found, by column."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything on record about a case, each in the order it came."""

    case: Case
    steps: list[Step]
    media: list[Found]
    reports: list[Found]
    calls: list[Found]
    marks: list[Found]
    transcripts: list[Found]
    given_up: str | None
    notices: list[Found]
    joined: list[Found]
    bound: list[Found]
    held: list[Found]
    erased: list[Found]
    surveys: list[Found] = field(default_factory=list)
