"""What a tap on a case's card meets, looked at before anything is done."""

from dataclasses import dataclass

from bots.cards import BACK, MORE, moved_words
from bots.draft import Draft
from bots.flow import FlowContext
from bots.flows import desk
from hotline.card import CaseCard


@dataclass(frozen=True, slots=True)
class TappedCase:
    """What a tap on a case's card meets: the case as it is now, or none that may be seen.

    What is `told` stays in the chat besides.
    """

    card: CaseCard | None
    action: str
    toast: str = ""
    told: bool = False


def look(scene: FlowContext, version: str, action: str) -> TappedCase:
    """Look at the case of a tap before anything is done; `toast` says why nothing will be."""
    card, other = scene.card, _other(scene, action)
    if other and (card is None or action not in card.actions):
        return TappedCase(None, "", scene.say("task.other_post", post=other), told=True)
    if card is None:
        return TappedCase(None, "", scene.say("task.not_yours"))
    if action == "open":
        return TappedCase(card, action)
    if str(card.version) != version or not _offered(scene.draft, card, action):
        return TappedCase(card, "moved", moved_words(card, scene.language))
    return TappedCase(card, action)


def _other(scene: FlowContext, action: str) -> str:
    """Give the name of another post of theirs in which they could do this; "" for none."""
    for one in scene.other_posts:
        if action in one.actions or (action == "open" and scene.card is None):
            return (one.name_en if scene.language == "en" else "") or one.name
    return ""


def _offered(draft: Draft, card: CaseCard, action: str) -> bool:
    if action.startswith(desk.CHOSEN):
        return draft.work is not None and draft.work.number == card.number
    return action in (BACK, MORE) or action in card.actions
