"""What is special in a department's cases: reasons to choose from, a finish by photo. (专业部门)"""

from bots.cards import data
from bots.channel import Button, Rows
from bots.flow import FlowContext
from hotline.card import CardAction, CaseCard

OTHER = "other"


def reason_rows(scene: FlowContext, card: CaseCard, action: CardAction) -> Rows:
    """Give the reasons for an action, one a row, one that is typed, and a way back to the card."""
    rows = [
        (Button(one.named(scene.language), data(card, f"{action.id}.{one.id}")),)
        for one in action.reasons
    ]
    other = (scene.button("task.reason_other", data(card, f"{action.id}.{OTHER}")),)
    return (*rows, other, (Button(scene.say("task.back"), data(card, "back")),))


def finish_note(scene: FlowContext) -> str:
    """Give the words of a finish whose photo speaks for itself."""
    return scene.say("task.done_by_photo")
