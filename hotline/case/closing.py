"""The closing condition (结案条件) of what is filed: what must be seen, and what proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.errors import Invalid


class EvidenceAsked(StrEnum):
    """What must be handed in before a case may be closed: nothing more than its move needs, a
    photo, or a photo whose time and place are known."""

    NONE = "none"
    PHOTO = "photo"
    PHOTO_PLACE = "photo_place"


@dataclass(frozen=True, slots=True)
class Closing:
    """A closing condition in words. `ours` is true where no standard or city gave them."""

    text: str
    text_en: str
    evidence: EvidenceAsked = EvidenceAsked.NONE
    ours: bool = False


def parse_closing(where: str, row: Any) -> Closing:
    """Give a closing condition read from data; Invalid says what is wrong with it."""
    if not isinstance(row, Mapping):
        raise Invalid(where, "is no table with a text")
    unknown = set(row) - set(Closing.__dataclass_fields__)
    if unknown:
        raise Invalid(where, f"{min(unknown)!r} is nothing that it has")
    text = str(row.get("text", "")).strip()
    if not text:
        raise Invalid(where, "has no text")
    try:
        evidence = EvidenceAsked(row.get("evidence", EvidenceAsked.NONE))
    except ValueError as error:
        raise Invalid(where, f"{row['evidence']!r} is not a kind of evidence") from error
    return Closing(text, str(row.get("text_en", text)), evidence, row.get("ours") is True)
