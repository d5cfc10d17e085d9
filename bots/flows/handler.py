"""What is special in a department's cases: return reasons, a finish by photo. (专业部门)"""

from bots.cards import data
from bots.channel import Button, Rows
from bots.flow import FlowContext
from hotline.card import CaseCard

REASONS = ("not_ours", "wrong_place", "double", "lacking")
OTHER = "other"
FINISH = "report_done"
SEND_BACK = "send_back"


def reason_rows(scene: FlowContext, card: CaseCard) -> Rows:
    """Give the reasons for sending a case back, one a row, and a way back to the card."""
    codes = (*REASONS, OTHER)
    rows = [
        (scene.button(f"task.reason_{code}", data(card, f"{SEND_BACK}.{code}")),) for code in codes
    ]
    return (*rows, (Button(scene.say("task.back"), data(card, "back")),))


def finish_note(scene: FlowContext) -> str:
    """Give the words of a finish whose photo speaks for itself."""
    return scene.say("task.done_by_photo")
