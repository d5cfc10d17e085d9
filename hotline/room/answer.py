"""A call that was answered on the line (即时答复): its caller was told, and no case came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from hotline.wire import Meta

# So many articles are named at most, and so long is what is said besides.
MOST_SOURCES: Final = 10
LONGEST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """From which article, in which version, a caller was told."""

    id: Annotated[str, Meta(max_length=60)]
    version: Annotated[int, Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What a caller was told, by whom at which seat: from articles, in words of the seat, or both.

    `call` is the key of the call, `matter` the class that was chosen. It stands until it is undone.
    """

    id: UUID
    call: str
    seat: str
    person: str
    matter: str | None
    articles: tuple[AnswerSource, ...]
    note: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""
