"""What desks need for their moves in a chat: lists to choose a field from. (受理, 派遣, 值班)"""

from collections.abc import Mapping

from bots.cards import DATA_LIMIT, in_rows
from bots.channel import Button, Rows
from bots.flow import FlowContext
from hotline.card import CaseCard, ClassSeen
from hotline.organisation import Department, Person
from hotline.people import Post

URGENCIES = ("critical", "urgent", "normal")
CHOSEN = "="
# Fields whose names are too long to stand two in a row.
LONG = frozenset({"condition", "matter"})


async def choices(scene: FlowContext, card: CaseCard, need: str, given: Mapping[str, str]) -> Rows:
    """Give the buttons for a field that a move needs; none where it has to be written.

    `given` are the fields of the same move that were chosen before.
    """
    language = scene.language
    match need:
        case "department":
            known_ones = scene.city.organisation.departments.values()
            # The one that routing names comes first.
            departments = sorted(known_ones, key=lambda one: one.code != card.suggested_department)
            found = [(one.code, _named(one, language)) for one in departments]
        case "collector":
            people = scene.city.organisation.people.values()
            collectors = [one for one in people if one.post is Post.COLLECTOR]
            found = [(one.code, _named(one, language)) for one in collectors]
        case "urgency":
            found = [(code, scene.say(f"task.urgency_{code}")) for code in URGENCIES]
        case "matter":
            seen = await scene.backend.understand(card.text, card.point)
            found = [(one.code, _named(one, language)) for one in seen.classes[:3]]
        case "condition":
            known = scene.city.conditions.get(given.get("matter") or card.matter or "", ())
            english = language == "en"
            found = [(one.key, one.text_en if english else one.text) for one in known]
        case _:
            found = []
    buttons = [Button(name, chosen(card, code)) for code, name in found]
    return in_rows(buttons, 1 if need in LONG else 2)


def chosen(card: CaseCard, value: str) -> str:
    """Give the data of a button that answers a question with a value."""
    return f"{card.number}:{card.version}:{CHOSEN}{value}"[:DATA_LIMIT]


def _named(one: ClassSeen | Department | Person, language: str) -> str:
    return one.name_en or one.name if language == "en" else one.name
