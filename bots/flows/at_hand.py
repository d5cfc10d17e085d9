"""Photos that come before their tap: they stay at hand for a while, for the next move."""

from dataclasses import replace
from datetime import timedelta

from bots.cards import data
from bots.channel import Button
from bots.draft import Draft
from bots.flow import FlowContext, FlowResult
from bots.flows.listed import line
from bots.media import MAX_COUNT
from bots.stored import LONG_AGO, instant
from hotline.card import CaseCard

AT_HAND = timedelta(minutes=30)


def loose(scene: FlowContext, cards: list[CaseCard]) -> FlowResult:
    """Keep photos that came before their tap, and say what to do with them."""
    taken = scene.photos.take(scene.message.photos, MAX_COUNT - len(photos(scene)))
    troubles = [scene.say(key, most=MAX_COUNT) for key in taken.troubles]
    if not taken.photos:
        return FlowResult(scene.draft, (scene.reply("\n".join(troubles)),))
    draft = kept(scene, scene.draft, taken.photos)
    text = "\n".join((*troubles, scene.say("task.photo_kept", count=len(draft.loose))))
    rows = [(Button(line(scene, card), data(card, "open")),) for card in cards[:3]]
    report = (scene.button("task.photo_is_report", "loose:0:report"),)
    return FlowResult(draft, (scene.reply(text, *rows, report),))


def photos(scene: FlowContext) -> tuple[str, ...]:
    """Give the photos that came shortly before the tap."""
    draft = scene.draft
    fresh = draft.loose and scene.now <= instant(draft.loose_until, LONG_AGO)
    return draft.loose if fresh else ()


def kept(scene: FlowContext, draft: Draft, new: tuple[str, ...]) -> Draft:
    """Give the draft with photos at hand for the next tap; older ones than that are let go."""
    if not new:
        return draft
    loose_now = tuple(dict.fromkeys((*photos(scene), *new)))[:MAX_COUNT]
    until = (scene.now + AT_HAND).isoformat()
    return replace(draft, loose=loose_now, loose_album=scene.message.album, loose_until=until)
