"""A call that we placed: says which report it is about and what became of it."""

from hotline.notice import SPOKEN, NoticeTask
from hotline.number import groups
from hotline.revisit import ASKS
from ivr.flows.revisit import FIRST
from ivr.line import HungUp, Line
from ivr.prompts import Prompts


def prompt_of(task: NoticeTask) -> str:
    """Give the prompt that says a notice's message; the template's last part names it."""
    return f"notice_{task.template.rpartition('.')[2]}"


def can_say(task: NoticeTask, prompts: Prompts) -> bool:
    """Say whether there are words on the phone for a notice."""
    if ASKS in task.values:
        return prompts.has(prompts.language(task.language), FIRST)
    return prompts.has(prompts.language(task.language), prompt_of(task))


def tell(line: Line, task: NoticeTask, prompts: Prompts) -> bool:
    """Say a notice, number twice; true when it was said once whole before they hung up."""
    language = prompts.language(task.language)
    number = prompts.number(language, groups(task.number))
    said = [one for one in task.values.get(SPOKEN, "").split() if prompts.has(language, one)]
    message = prompts.sounds(language, "pause", prompt_of(task), *said, "pause")
    told = False
    try:
        line.answer()
        line.play([*prompts.sounds(language, "notice_intro"), *number, *message])
        told = True
        line.play([*prompts.sounds(language, "again"), *number, *message])
        line.play(prompts.sounds(language, "thanks"))
        line.hang_up()
    except HungUp:
        return told
    return told
