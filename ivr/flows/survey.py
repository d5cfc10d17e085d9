"""The survey behind a call: one question when the seat has hung up, and one key."""

from pathlib import Path
from typing import Final

from hotline.call import CallEventType
from hotline.room.plan import SurveyGrade, SurveyPlan
from ivr.asked import BackendGateway
from ivr.flows.voice import NO_INPUT_S, Voice
from ivr.recording import speech_in

SILENCE_S: Final = 4
END_KEY: Final = "#"
# What is shorter is a breath.
LEAST_S: Final = 0.8
# What a caller says to their answer lies beside the recordings of calls, by a name that is none of
# theirs: nobody takes it for a report.
COMMENT: Final = "comment-"


def comment_of(recording: str, key: str) -> Path:
    """Give where the comment of a call is recorded, beside the call's own recording."""
    return Path(recording).parent / f"{COMMENT}{key}.wav"


class SurveyTalk:
    """Asks one caller, once; who says nothing has not rated the call, and nothing is held to it."""

    def __init__(self, voice: Voice, office: BackendGateway, key: str, plan: SurveyPlan):
        self._voice = voice
        self._office = office
        self._key = key
        self._plan = plan

    def ask(self, comment: Path) -> None:
        """Ask, keep the answer, and where it wants one a comment at a path of a wav."""
        if not self._plan.grade or not self._office.survey(self._key):
            return
        self._office.note(self._key, CallEventType.SURVEY_ASKED)
        grade = self._answer()
        if grade is None:
            return
        self._office.note(self._key, CallEventType.SURVEYED, grade.id)
        if grade.comment:
            self._comment(comment)
        if self._voice.say("survey_thanks", press=self._plan.keys) is not None:
            self._voice.say("survey_kept")

    def _answer(self) -> SurveyGrade | None:
        """Give what is answered; a key that is none is told so, and asked for once more."""
        voice, keys = self._voice, self._plan.keys
        for said in ("survey_ask", "survey_short"):
            key = voice.say(said, press=keys) or voice.line.wait_key(NO_INPUT_S, keys)
            if key is not None:
                return self._plan.by_key(key)
        return None

    def _comment(self, path: Path) -> None:
        self._voice.say("survey_comment", "beep")
        stem = str(path.with_suffix(""))
        self._voice.line.record(stem, self._plan.comment_s, SILENCE_S, END_KEY)
        if speech_in(path) < LEAST_S:
            path.unlink(missing_ok=True)
