"""The case card: what a post reads of a case, and the buttons below it."""

from datetime import datetime

from bots.channel import Button, Rows
from bots.city import CityProfile
from hotline.card import CaseCard
from hotline.number import printed
from hotline.people import Post
from hotline.sanitize import sanitize_text, truncate
from hotline.words import known, say

# What has no sense in a chat (too many fields), and what only desks write.
HIDDEN = frozenset({"correct"})
DESK_ONLY = frozenset({"note"})
DATA_LIMIT = 64
WORDS_SHOWN = 1200


def stage_name(stage: str, language: str) -> str:
    """Give a stage's name for people; an unknown one as it is written."""
    key = f"bot.stage_{stage}"
    return say(key, language) if known(key, language) else stage


def action_name(action: str, language: str) -> str:
    """Give the label of an action's button; an unknown one as it is written."""
    key = f"task.do_{action}"
    return say(key, language) if known(key, language) else action


def matter_name(card: CaseCard, language: str) -> str:
    """Give the name of a case's class, or the words for none yet."""
    name = card.matter_name_en if language == "en" else card.matter_name
    return name or card.matter_name or say("task.no_matter", language)


def department_name(card: CaseCard, language: str) -> str:
    """Give the name of a case's department, or "" for none."""
    return (card.department_name_en if language == "en" else "") or card.department_name


def light_mark(card: CaseCard, language: str) -> str:
    """Give the mark of a case's light: a sign and not a colour alone."""
    light = card.light if card.light in ("green", "yellow", "red") else "green"
    return say(f"task.light_{light}", language)


def card_text(
    card: CaseCard, language: str, city: CityProfile, now: datetime, done: str = ""
) -> str:
    """Give the card's text; `done` is a last line that says what has just happened."""
    urgency = f"task.urgency_{card.urgency}"
    head = say(
        "task.head",
        language,
        light=light_mark(card, language),
        urgency=say(urgency, language) if known(urgency, language) else "",
        number=printed(card.number),
        matter=matter_name(card, language),
    )
    lines = [" ".join(head.split()), *_place(card, language)]
    if card.text:
        words = truncate(sanitize_text(card.text), WORDS_SHOWN)
        lines.append(say("task.words", language, text=words))
    lines += _times(card, language, city, now)
    lines.append(say("task.stage", language, stage=stage_name(card.stage, language)))
    department = department_name(card, language)
    if department or card.handler_name:
        who = " · ".join(name for name in (department, card.handler_name) if name)
        lines.append(say("task.with", language, who=who))
    if card.rework_count:
        lines.append(say("task.reworked", language, count=card.rework_count))
    if done:
        lines.append(done)
    return "\n".join(lines)


def card_rows(card: CaseCard, language: str, post: Post) -> Rows:
    """Give the buttons that a post may press, two in a row, in the order of the workflow."""
    hidden = HIDDEN if post not in (Post.COLLECTOR, Post.DEPARTMENT) else HIDDEN | DESK_ONLY
    names = [name for name in card.buttons if name not in hidden]
    buttons = [Button(action_name(name, language), data(card, name)) for name in names]
    return in_rows(buttons)


def in_rows(buttons: list[Button], width: int = 2) -> Rows:
    """Give buttons in rows of `width`."""
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))


def data(card: CaseCard, action: str) -> str:
    """Give a button's data: number, version and action, cut to what a chat carries."""
    return f"{card.number}:{card.version}:{action}"[:DATA_LIMIT]


def moved_words(card: CaseCard, language: str) -> str:
    """Give the toast of an old button: the case has moved, where to and with whom."""
    who = card.handler_name or department_name(card, language)
    key = "task.moved_with" if who else "task.moved"
    return say(key, language, stage=stage_name(card.stage, language), who=who)


def _place(card: CaseCard, language: str) -> list[str]:
    place = card.place_text
    if not place and card.point is not None:
        place = f"{card.point.lon:.5f},{card.point.lat:.5f}"
    if not place and not card.cell:
        return [say("task.no_place", language)]
    key = "task.place_cell" if card.cell else "task.place"
    return [say(key, language, place=sanitize_text(place), cell=card.cell or "")]


def _times(card: CaseCard, language: str, city: CityProfile, now: datetime) -> list[str]:
    lines = [
        say(
            "task.received",
            language,
            time=city.time(datetime.fromisoformat(card.received_at)),
            photos=len(card.photos),
        )
    ]
    if card.due:
        due = datetime.fromisoformat(card.due)
        minutes = int((due - now).total_seconds() // 60)
        left, key = abs(minutes), "task.due" if minutes >= 0 else "task.overdue"
        span = say("task.span", language, hours=left // 60, minutes=left % 60)
        lines.append(say(key, language, time=city.time(due), span=span))
    return lines
