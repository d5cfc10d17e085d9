"""What a citizen may hear of a case."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BriefAction:
    """What a citizen may do with a case: its names, with the mark before them.

    It is done at one tap where it is `direct`, and wants words where it `asks` for them.
    """

    id: str
    name: str
    name_en: str
    mark: str = ""
    direct: bool = False
    asks: bool = False

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return (self.name_en if language == "en" else "") or self.name


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """The little that may be said to the citizen on the phone or in the chat.

    `stage_name` and `department` are names in Chinese, `stage_name_en` and `department_en` in
    English; `prompt` is what a caller hears of the stage, `is_over` whether it
    is an end. `call` is the key of the call that it was
    spoken in. A case that goes along with a `leader` stands where that one does. `actions` are what
    who reads it in a chat may do with it.
    """

    number: str
    stage: str
    received_at: datetime
    department: str | None = None
    due: datetime | None = None
    call: str | None = None
    department_en: str | None = None
    release: str = ""
    stage_name: str = ""
    stage_name_en: str = ""
    prompt: str = ""
    is_over: bool = False
    leader: str = ""
    actions: tuple[BriefAction, ...] = ()
