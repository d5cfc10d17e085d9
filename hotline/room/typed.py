"""What a seat writes down in a call, as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hotline.wire import Schema


@dataclass(frozen=True, slots=True)
class CallDraft:
    """What was typed in a call, whose it is, and the how-manyth writing of it this is.

    `also` are those who have taken it over beside: they write in it, too.
    """

    person: str
    version: int = 0
    typed: Mapping[str, object] = field(default_factory=dict)
    also: tuple[str, ...] = ()


CALL_DRAFT: Final = Schema(CallDraft)
