"""The case card: what a post reads of a case, and the buttons below it."""

from datetime import datetime

from bots.channel import Button, Rows
from hotline.card import CaseCard
from hotline.number import printed
from hotline.profile import CityProfile
from hotline.sanitize import sanitize_text, truncate
from hotline.words import known, say

DATA_LIMIT = 64
WORDS_SHOWN = 1200
FACT_SHOWN = 200
# So many buttons are shown at once where some are less needed.
SHOWN = 5
MORE, BACK = "more", "back"


def stage_name(card: CaseCard, language: str) -> str:
    """Give the name of a case's stage for people."""
    return (card.stage_name_en if language == "en" else card.stage_name) or card.stage


def action_name(card: CaseCard, action: str, language: str) -> str:
    """Give the label of an action's button; one that the card has no more as it is written."""
    found = card.actions.get(action)
    return f"{found.mark} {found.named(language)}".strip() if found else action


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
    lines.append(say("task.stage", language, stage=stage_name(card, language)))
    department = department_name(card, language)
    if department or card.handler_name:
        who = " · ".join(name for name in (department, card.handler_name) if name)
        lines.append(say("task.with", language, who=who))
    english = language == "en"
    if closing := card.closing_en if english else card.closing:
        lines.append(truncate(say("task.closing", language, text=closing), FACT_SHOWN))
    for one in card.facts:
        name, value = (one.name_en, one.value_en) if english else (one.name, one.value)
        fact = say("task.fact", language, name=name, value=sanitize_text(value))
        lines.append(truncate(fact, FACT_SHOWN))
    if done:
        lines.append(done)
    return "\n".join(lines)


def card_rows(card: CaseCard, language: str, *, whole: bool = False) -> Rows:
    """Give the buttons that may be pressed, two in a row, in the order of the workflow.

    Of many the main ones stand there, and behind one more button the `whole`.
    """
    shown = [one for one in card.actions.values() if not one.hidden]
    main = [one for one in shown if one.main]
    cut = not whole and len(shown) > SHOWN and 0 < len(main) < len(shown) - 1
    names = [one.id for one in (main if cut else shown)]
    buttons = [Button(action_name(card, name, language), data(card, name)) for name in names]
    if cut:
        buttons.append(Button(say("task.more", language), data(card, MORE)))
    elif whole:
        buttons.append(Button(say("task.back", language), data(card, BACK)))
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
    return say(key, language, stage=stage_name(card, language), who=who)


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
