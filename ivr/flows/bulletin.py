"""What all callers hear while many call about one matter, and how one of them joins its case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.call import CallEventType
from ivr.asked import BackendGateway
from ivr.flows.voice import ANY, NO_INPUT_S, Voice, key_word

JOIN: Final = "1"
# The key counts for so long behind the words.
JOIN_S: Final = 2.5
STOCK: Final = "bulletin_stock"


@dataclass(frozen=True, slots=True)
class OnAir:
    """A bulletin as it is played: the name of its sound in each language, and the known case or "".

    A language that it has no sound in hears that many call, and that it is known.
    """

    id: str
    sounds: Mapping[str, str]
    case: str = ""


class BulletinTalk:
    """Tells a bulletin; while it plays and right after, one key joins its case."""

    def __init__(self, voice: Voice, office: BackendGateway, call: str, on_air: OnAir):
        self.voice = voice
        self.office = office
        self.call = call
        self.on_air = on_air

    def tell(self) -> str | None:
        """Play it; gives the key that was pressed meanwhile."""
        language, prompts = self.voice.language, self.voice.prompts
        self.office.note(self.call, CallEventType.BULLETIN, self.on_air.id)
        sounds = [self.on_air.sounds.get(language) or prompts.sound(language, STOCK)]
        if not self.on_air.case:
            return self.voice.line.play(sounds, ANY)
        sounds += prompts.sounds(language, "pause", "bulletin_join")
        return self.voice.line.play(sounds, ANY) or self.voice.line.wait_key(JOIN_S, ANY)

    def is_joined_by(self, key: str | None) -> bool:
        """Tell whether a key that was pressed meanwhile joins the known case."""
        return bool(self.on_air.case) and key == JOIN

    def join(self, human: str) -> str | None:
        """Put the caller down for the case, and thank them; gives a key for something else.

        `human` is the key that leads to a person.
        """
        self.office.note(self.call, CallEventType.CASE_JOINED, self.on_air.case)
        words = ["bulletin_joined", *(["menu_human", key_word(human)] if human else [])]
        return self.voice.say(*words, press=ANY) or self.voice.line.wait_key(NO_INPUT_S, ANY)
