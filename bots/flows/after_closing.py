"""What a citizen is asked after closing (回访): one message that is edited, a tap an answer."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bots.cards import in_rows
from bots.channel import Button, MessageOut, Rows
from bots.flow import FlowContext, FlowResult
from hotline.errors import Invalid, NotFound
from hotline.ids import id_of
from hotline.notice import NoticeTask
from hotline.number import printed
from hotline.revisit import Question, RevisitEnd, RevisitSaid, RevisitTold, Solved
from hotline.words import say

ASK: Final = "ask"
# What a button says behind the id of what is asked: the question by a letter, and an answer.
LETTERS: Final = {"s": Question.IS_SOLVED, "c": Question.IS_CONTENT, "n": Question.NEVER}
_LETTER: Final = {question: letter for letter, question in LETTERS.items()}
AGAIN: Final = "r"
_ENDS: Final = {RevisitEnd.KNOWN: "ask.known", RevisitEnd.LATE: "ask.late"}


def first_rows(ident: UUID | str, language: str) -> Rows:
    """Give the buttons of whether it is solved, and of being asked no more."""
    solved = [
        Button(say(f"ask.{one}", language), _data(ident, Question.IS_SOLVED, one)) for one in Solved
    ]
    never = Button(say("ask.never", language), _data(ident, Question.NEVER))
    return (*in_rows(solved), (never,))


def asking(task: NoticeTask, text: str, language: str) -> MessageOut:
    """Give the message that asks: words of the notice, by what is known of the answers already."""
    return MessageOut(task.address, text, first_rows(task.id, language))


def _data(ident: UUID | str, question: Question, value: str = "") -> str:
    return f"{ASK}:{ident}:{_LETTER[question]}:{value}"


async def tap(scene: FlowContext, ident: str, what: str) -> FlowResult:
    """Take an answer, and show in the same message what is asked next, or what counts."""
    letter, _, value = what.partition(":")
    revisit = id_of(ident)
    if revisit is None or letter not in {*LETTERS, AGAIN}:
        return _shown(scene, scene.say("ask.gone"))
    if letter == AGAIN:
        return _shown(scene, scene.say("ask.again"), first_rows(ident, scene.language))
    channel, address = scene.chat
    said = RevisitSaid(revisit, channel, address, LETTERS[letter], value, scene.message.key)
    try:
        told = await scene.backend.revisit(said)
    except (NotFound, Invalid):
        return _shown(scene, scene.say("ask.gone"))
    return _next(scene, ident, told)


def _next(scene: FlowContext, ident: str, told: RevisitTold) -> FlowResult:
    """Ask what is left, or say what counts; what came late or twice is told as such."""
    number = printed(told.number)
    end = [scene.say(_ENDS[told.end])] if told.end in _ENDS else []
    if Question.NEVER in told.answers:
        return _shown(scene, scene.say("ask.stopped"))
    if Question.IS_CONTENT not in told.answers and told.grades:
        grades = [
            Button(one.named(scene.language), _data(ident, Question.IS_CONTENT, one.id))
            for one in told.grades
        ]
        return _shown(
            scene, "\n".join([scene.say("ask.content", number=number), *end]), in_rows(grades)
        )
    said = " · ".join(_answers(scene, told))
    lines = [scene.say("ask.done", number=number, answers=said)]
    lines += [scene.say("ask.follows")] if told.follows else []
    change = Button(scene.say("ask.change"), f"{ASK}:{ident}:{AGAIN}:")
    rows = () if told.end is RevisitEnd.LATE else ((change,),)
    return _shown(scene, "\n".join([*lines, *end]), rows)


def _answers(scene: FlowContext, told: RevisitTold) -> Sequence[str]:
    solved = told.answers.get(Question.IS_SOLVED)
    grade = told.answers.get(Question.IS_CONTENT)
    named = [one.named(scene.language) for one in told.grades if one.id == grade]
    return [*([scene.say(f"ask.{solved}")] if solved else []), *named]


def _shown(scene: FlowContext, text: str, rows: Rows = ()) -> FlowResult:
    return FlowResult(scene.draft, (scene.reply(text, *rows, replaces=scene.message.tapped),))
