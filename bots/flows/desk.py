"""What desks need for their moves in a chat: lists to choose a field from. (受理, 派遣, 值班)"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from bots.cards import DATA_LIMIT, in_rows
from bots.channel import Button, MessageIn, Rows
from bots.days import day_of, is_day, some_days
from bots.flow import FlowContext
from hotline.card import CardField, CaseCard
from hotline.form.types import numbers_apart
from hotline.sanitize import sanitize_text

CHOSEN = "="
# What a button says beside a value: one more of several, or no more of them.
PICKED, ENOUGH = "+", "."
MATTERS, CONDITIONS, YES_OR_NO = "matters", "conditions", "boolean"
DAY, SEVERAL, PICTURE = "date", "organisations", "photo"
# Of what the office lists itself, the names are too long to stand two in a row.
LONG = frozenset({MATTERS, CONDITIONS})


async def choices(
    scene: FlowContext,
    card: CaseCard,
    need: str,
    given: Mapping[str, str],
    picked: Collection[str] = (),
) -> Rows:
    """Give the buttons for a field that a move needs; none where it has to be written.

    `given` are the fields of the same move that were chosen before, `picked` the values of this one
    where it has several.
    """
    asked = card.asks.get(need)
    if asked is None:
        return ()
    if asked.type == SEVERAL:
        return _several(scene, card, asked, picked)
    found = await _found(scene, card, asked, given)
    buttons = [Button(name, chosen(card, code)) for code, name in found]
    return in_rows(buttons, 1 if asked.source in LONG else 2)


def _several(scene: FlowContext, card: CaseCard, asked: CardField, picked: Collection[str]) -> Rows:
    """Give the buttons of a field with several values: those that are picked have a mark."""
    buttons = []
    for one in asked.choices:
        mark = "☑" if one.id in picked else "☐"
        name = f"{mark} {one.named(scene.language)}"
        buttons.append(Button(name, chosen(card, PICKED + one.id)))
    done = scene.button("task.picked" if picked else "task.picked_none", chosen(card, ENOUGH))
    return (*in_rows(buttons), (done,))


async def _found(
    scene: FlowContext, card: CaseCard, asked: CardField, given: Mapping[str, str]
) -> list[tuple[str, str]]:
    language = scene.language
    if asked.type == DAY:
        return some_days(scene.city.day(scene.now), scene.language)
    if asked.type == YES_OR_NO:
        return [(value, scene.say(f"task.is_{value}")) for value in ("true", "false")]
    if asked.source == MATTERS:
        seen = await scene.backend.understand(card.text, card.point)
        english = language == "en"
        return [
            (one.code, (one.name_en if english else "") or one.name) for one in seen.classes[:3]
        ]
    if asked.source == CONDITIONS:
        known = scene.city.conditions.get(given.get("matter") or card.matter or "", ())
        return [(one.key, one.text_en if language == "en" else one.text) for one in known]
    return [(one.id, one.named(language)) for one in asked.choices]


async def read(
    scene: FlowContext, card: CaseCard, need: str, given: Mapping[str, str]
) -> MessageIn | None:
    """Give the message with its words as values of a field; None where they are none of it.

    A value may be written by its name or its code. What nothing lists is taken as it is written.
    """
    asked, message = card.asks.get(need), scene.message
    if asked is None:
        return message
    values = dict(await _found(scene, card, asked, given))
    named = {_bare(one): code for code, name in values.items() for one in (code, name)}
    read_all = []
    for one in message.members or (message,):
        words = _value(scene, asked, sanitize_text(one.text), named)
        if words is None:
            return None
        read_all.append(replace(one, text=words))
    if message.members:
        return replace(message, members=tuple(read_all))
    return read_all[0]


def _value(
    scene: FlowContext, asked: CardField, words: str, named: Mapping[str, str]
) -> str | None:
    """Give the value that words name; None where the field has no such one."""
    if not words:
        return ""
    if asked.type == DAY:
        day = day_of(words, scene.city.day(scene.now))
        return day if is_day(day) else None
    if asked.type == SEVERAL:
        several = [named.get(_bare(one)) for one in numbers_apart(words)]
        found = [one for one in several if one is not None]
        return ",".join(found) if found and len(found) == len(several) else None
    if asked.source == MATTERS:  # these are proposals; any other may be written by its code
        code = named.get(_bare(words), words)
        return code if code in scene.city.conditions or not scene.city.conditions else None
    return named.get(_bare(words)) if named else words


def _bare(words: str) -> str:
    """Give words without the marks and spaces that stand around and in them."""
    return "".join(one for one in words if one.isalnum()).casefold()


def chosen(card: CaseCard, value: str) -> str:
    """Give the data of a button that answers a question with a value."""
    return f"{card.number}:{card.version}:{CHOSEN}{value}"[:DATA_LIMIT]
