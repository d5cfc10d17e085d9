"""A call that asks after closing (回访): which case, is it solved, is the citizen content."""

from collections.abc import Callable
from typing import Final

from hotline.notice import NoticeTask
from hotline.revisit import Question, RevisitSaid, Solved
from hotline.room.plan import RevisitGrade, RevisitPlan
from ivr.flows.voice import Voice, key_word
from ivr.line import HungUp, Line
from ivr.prompts import Prompts

FIRST: Final = "revisit_solved"
NEVER_KEY: Final = "9"
SOLVED: Final = {"1": Solved.YES, "2": Solved.PARTLY, "3": Solved.NO}
# So many digits at the end of its number say which case it is about.
END: Final = 4


class RevisitTalk:
    """Asks one citizen; each answer is brought as it is given, whatever comes of the call."""

    def __init__(
        self,
        line: Line,
        task: NoticeTask,
        prompts: Prompts,
        plan: RevisitPlan,
        bring: Callable[[RevisitSaid], None],
    ):
        self._line = line
        self._task = task
        self._plan = plan
        self._bring = bring
        self._voice = Voice(line, prompts)
        self._voice.language = prompts.language(task.language)
        self._any = False

    def ask(self) -> bool:
        """Ask what is not known yet; true where anything was answered: silence says nothing."""
        try:
            self._line.answer()
            self._voice.say("pause")
            self._talk()
            self._line.hang_up()
        except HungUp:
            pass
        return self._any

    def _talk(self) -> None:
        which = ["revisit_intro", *map(key_word, self._task.number[-END:])]
        solved = self._task.values.get(Question.IS_SOLVED, "")
        if not solved:
            key = self._key([*which, FIRST], f"{FIRST}_short", "".join(SOLVED) + NEVER_KEY)
            which = []
            if key == NEVER_KEY:
                self._say(Question.NEVER)
                self._voice.say("revisit_never")
                return
            if key is None:
                return
            solved = self._say(Question.IS_SOLVED, SOLVED[key])
        grade = self._grade(which)
        if grade is not None:
            self._say(Question.IS_CONTENT, grade.id)
        follows = solved == Solved.NO or (grade is not None and grade.low)
        self._voice.say("revisit_follow" if follows else "revisit_thanks")

    def _grade(self, which: list[str]) -> RevisitGrade | None:
        keys = {str(turn): one for turn, one in enumerate(self._plan.grades, 1)}
        if not keys:
            return None
        words = "revisit_satisfied"
        key = self._key([*which, words], f"{words}_short", "".join(keys))
        return keys[key] if key else None

    def _key(self, words: list[str], short: str, press: str) -> str | None:
        return self._voice.ask(words, (short,), press)

    def _say(self, question: Question, value: str = "") -> str:
        task = self._task
        key = f"{task.id}:{question}"
        self._any = True
        self._bring(RevisitSaid(task.id, task.channel, task.address, question, value, key))
        return value
