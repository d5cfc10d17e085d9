"""The list of cases that lie with a person, each opened by a tap."""

from bots.cards import data, light_mark, matter_name
from bots.channel import Button
from bots.flow import FlowContext, FlowResult
from hotline.card import CaseCard
from hotline.number import printed
from hotline.sanitize import sanitize_text, truncate

LISTED = 12


async def tasks(scene: FlowContext) -> FlowResult:
    """Give the list of cases that lie with the person, each opened by a tap."""
    if scene.actor is None:
        key = "bot.without_factor" if scene.without_factor else "bot.not_bound"
        return FlowResult(scene.draft, (scene.reply(scene.say(key)),))
    cards = await scene.backend.tasks(scene.chat)
    if not cards:
        return FlowResult(scene.draft, (scene.reply(scene.say("task.none")),))
    rows = [(Button(line(scene, card), data(card, "open")),) for card in cards[:LISTED]]
    text = scene.say("task.list", count=len(cards))
    return FlowResult(scene.draft, (scene.reply(text, *rows),))


def line(scene: FlowContext, card: CaseCard) -> str:
    """Give a case in a line of the list: its light, number, class and place."""
    place = truncate(sanitize_text(card.place_text).replace("\n", " "), 16)
    light, matter = light_mark(card, scene.language), matter_name(card, scene.language)
    return f"{light} {printed(card.number)} {matter} {place}".strip()
