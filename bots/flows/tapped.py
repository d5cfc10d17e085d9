"""What a tap on a case's card meets, looked at before anything is done."""

from dataclasses import dataclass

from bots.cards import BACK, MORE, moved_words
from bots.draft import Draft
from bots.flow import FlowContext
from bots.flows import desk
from hotline.card import CaseCard


@dataclass(frozen=True, slots=True)
class TappedCase:
    """What a tap on a case's card meets: the case as it is now, or none that may be seen."""

    card: CaseCard | None
    action: str
    toast: str = ""


def look(scene: FlowContext, version: str, action: str) -> TappedCase:
    """Look at the case of a tap before anything is done; `toast` says why nothing will be."""
    card = scene.card
    if card is None:
        return TappedCase(None, "", scene.say("task.not_yours"))
    if action == "open":
        return TappedCase(card, action)
    if str(card.version) != version or not _offered(scene.draft, card, action):
        return TappedCase(card, "moved", moved_words(card, scene.language))
    return TappedCase(card, action)


def _offered(draft: Draft, card: CaseCard, action: str) -> bool:
    if action.startswith(desk.CHOSEN):
        return draft.work is not None and draft.work.number == card.number
    return action in (BACK, MORE) or action in card.actions
