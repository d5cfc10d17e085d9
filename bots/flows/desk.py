"""What desks need for their moves in a chat: lists to choose a field from. (受理, 派遣, 值班)"""

from backend.client import CaseCard, ClassSeen
from bots.cards import DATA_LIMIT, in_rows
from bots.channel import Button
from bots.scene import Rows, Scene

URGENCIES = ("critical", "urgent", "normal")
CHOSEN = "="


async def choices(scene: Scene, card: CaseCard, need: str) -> Rows:
    """Give the buttons for a field that a move needs; none where it has to be written."""
    language = scene.language
    match need:
        case "department":
            found = [(one.code, one.named(language)) for one in scene.city.departments]
        case "collector":
            found = [(one.code, one.named(language)) for one in scene.city.collectors]
        case "urgency":
            found = [(code, scene.say(f"task.urgency_{code}")) for code in URGENCIES]
        case "matter":
            seen = await scene.backend.understand(card.text, card.point)
            found = [(one.code, _named(one, language)) for one in seen.classes[:3]]
        case _:
            found = []
    return in_rows([Button(name, chosen(card, code)) for code, name in found])


def chosen(card: CaseCard, value: str) -> str:
    """Give the data of a button that answers a question with a value."""
    return f"{card.number}:{card.version}:{CHOSEN}{value}"[:DATA_LIMIT]


def _named(seen: ClassSeen, language: str) -> str:
    return seen.name_en or seen.name if language == "en" else seen.name
