"""What a citizen does with a case of their own: looks, takes it back, says whether it is solved."""

from dataclasses import replace
from datetime import timedelta

from bots.cards import DATA_LIMIT, in_rows
from bots.channel import Button, MessageOut, Rows
from bots.draft import Draft, OwnAnswer
from bots.flow import FlowContext, FlowResult
from bots.media import MAX_COUNT
from bots.stored import LONG_AGO, instant
from hotline.brief import BriefAction, CaseBrief
from hotline.errors import Forbidden, Invalid, NotFound, Refused
from hotline.number import printed
from hotline.sanitize import sanitize_text, truncate

OWN = "own"
# What a button says behind a number: look again, or that they are sure of a move.
LOOK, SURE = "look", ".yes"
MAX_NOTE_LENGTH = 2000
# What is written later is a report of its own.
WAITS = timedelta(minutes=30)


def stands(scene: FlowContext, brief: CaseBrief, replaces: str = "", done: str = "") -> MessageOut:
    """Give how a case stands, with what they may do; `done` is what has just been done."""
    text = "\n".join(one for one in (done, brief_text(scene, brief)) if one)
    return scene.reply(text, *own_rows(brief, scene.language), replaces=replaces)


def own_rows(brief: CaseBrief, language: str) -> Rows:
    """Give the buttons of what a citizen may do with their case."""
    number = brief.number
    return in_rows([Button(_label(one, language), _data(number, one.id)) for one in brief.actions])


def _label(action: BriefAction, language: str) -> str:
    return f"{action.mark} {action.named(language)}".strip()


def _data(number: str, action: str) -> str:
    return f"{OWN}:{number}:{action}"[:DATA_LIMIT]


def brief_text(scene: FlowContext, brief: CaseBrief) -> str:
    """Give how a case stands, in words."""
    english = scene.language == "en"
    lines = [
        scene.say(
            "bot.status",
            number=printed(brief.number),
            stage=(brief.stage_name_en if english else brief.stage_name) or brief.stage,
            time=scene.city.time(brief.received_at),
        )
    ]
    if brief.leader:
        lines.append(scene.say("bot.status_along", leader=printed(brief.leader)))
    department = (brief.department_en if english else "") or brief.department
    if department:
        lines.append(scene.say("bot.status_department", department=department))
    if brief.due is not None:
        lines.append(scene.say("bot.status_due", time=scene.city.time(brief.due)))
    return "\n".join(lines)


async def tap(scene: FlowContext, number: str, action: str) -> FlowResult:
    """Do what a button of their own case says; one that is too old says how it stands now."""
    brief = await _seen(scene, number)
    if brief is None:
        return _unknown(scene, number)
    name = action.removesuffix(SURE)
    found = next((one for one in brief.actions if one.id == name), None)
    if found is None:
        return _now(scene, brief)
    label = _label(found, scene.language)
    if found.asks:
        until = (scene.now + WAITS).isoformat()
        draft = replace(scene.draft, own=OwnAnswer(number, name, label, until=until))
        ask = scene.say("bot.own_ask", number=printed(number), action=label)
        return FlowResult(draft, (scene.reply(ask),))
    if not found.direct and name == action:
        sure = scene.button("bot.own_yes", _data(number, name + SURE))
        back = scene.button("bot.own_no", _data(number, LOOK))
        ask = scene.say("bot.own_sure", number=printed(number), action=label)
        return FlowResult(scene.draft, (scene.reply(ask, (sure, back), replaces=_card(scene)),))
    return await _do(scene, OwnAnswer(number, name, label))


def _card(scene: FlowContext) -> str:
    return scene.message.tapped


def _now(scene: FlowContext, brief: CaseBrief) -> FlowResult:
    draft = replace(scene.draft, own=None)
    return FlowResult(draft, (stands(scene, brief, replaces=_card(scene)),))


def _unknown(scene: FlowContext, number: str) -> FlowResult:
    said = scene.reply(scene.say("bot.number_unknown", number=printed(number)))
    return FlowResult(replace(scene.draft, own=None), (said,))


async def _seen(scene: FlowContext, number: str) -> CaseBrief | None:
    """Give their case of a number as it is now; None for anybody else's."""
    if not number.isdigit():
        return None
    return await scene.backend.newest_case(*scene.chat, number)


def waiting(scene: FlowContext) -> OwnAnswer | None:
    """Give what a citizen has begun to say, as long as it waits for their words."""
    own = scene.draft.own
    return own if own is not None and scene.now <= instant(own.until, LONG_AGO) else None


async def answer(scene: FlowContext, own: OwnAnswer) -> FlowResult:
    """Take a message as the words for what they do, with photos where there are some."""
    words, photos, troubles = own.words, own.photos, list[str]()
    for one in scene.message.members or (scene.message,):
        taken = scene.photos.take(one.photos, MAX_COUNT - len(photos))
        troubles += [scene.say(key, most=MAX_COUNT) for key in taken.troubles]
        photos = tuple(dict.fromkeys((*photos, *taken.photos)))
        words = "\n".join(part for part in (words, sanitize_text(one.text)) if part)
    own = replace(own, words=truncate(words, MAX_NOTE_LENGTH), photos=photos)
    if own.words:
        return await _do(scene, own)
    key = "bot.own_words" if photos else "bot.own_lacks"
    said = scene.say(key, number=printed(own.number), action=own.called)
    text = "\n".join((*dict.fromkeys(troubles), said))
    return FlowResult(replace(scene.draft, own=own), (scene.reply(text),))


async def _do(scene: FlowContext, own: OwnAnswer) -> FlowResult:
    """Make the move; where it is none any more, say how the case stands."""
    draft: Draft = replace(scene.draft, own=None)
    try:
        brief = await scene.backend.answer(
            own.number,
            own.action,
            scene.chat,
            key=scene.message.key,
            note=own.words,
            media=own.photos,
        )
    except Invalid as error:
        if error.field != "media":
            return await _as_it_is(scene, own.number)
        draft = replace(scene.draft, own=replace(own, words="", photos=()))
        return FlowResult(draft, (scene.reply(scene.say("bot.photo_used")),))
    except (Refused, Forbidden, NotFound):
        return await _as_it_is(scene, own.number)
    done = scene.say("bot.own_done", action=own.called)
    return FlowResult(draft, (stands(scene, brief, replaces=_card(scene), done=done),))


async def _as_it_is(scene: FlowContext, number: str) -> FlowResult:
    brief = await _seen(scene, number)
    return _unknown(scene, number) if brief is None else _now(scene, brief)
