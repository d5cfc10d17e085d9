"""What a citizen may hear of a case."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """The little that may be said to the citizen on the phone or in the chat.

    `department` is its name in Chinese, `department_en` in English. `call` is the key of the call
    that it was spoken in.
    """

    number: str
    stage: str
    received_at: datetime
    department: str | None = None
    due: datetime | None = None
    call: str | None = None
    department_en: str | None = None
