"""What is special in a collector's tasks: 核实 shows the report, 核查 the place before. (监督员)"""

from hotline.card import CaseCard
from hotline.report import MediaKind

# A photo may come before the tap; which kind of evidence it is follows from the tap.
KINDS = {
    "verify_true": MediaKind.PHOTO_VERIFY,
    "verify_untrue": MediaKind.PHOTO_VERIFY,
    "verify_unclear": MediaKind.PHOTO_VERIFY,
    "pass_check": MediaKind.PHOTO_CHECK,
    "fail_check": MediaKind.PHOTO_CHECK,
    "check_unclear": MediaKind.PHOTO_CHECK,
}
# The actions that answer a task; the first that a card offers names the task.
ANSWERS = ("verify_true", "pass_check")


def shown_photos(card: CaseCard) -> tuple[str, ...]:
    """Give the photos that go ahead of a card: those of the report, then those of the work."""
    kinds = [MediaKind.PHOTO]
    if "verify_true" not in card.buttons:
        kinds.append(MediaKind.PHOTO_DONE)
    found = [one.sha256 for kind in kinds for one in card.photos if one.kind == kind]
    return tuple(dict.fromkeys(found))[:10]


def kind_of(cards: list[CaseCard]) -> MediaKind | None:
    """Give what a photo without a tap is evidence of, or None when no task waits for one."""
    for card in cards:
        for action in ANSWERS:
            if action in card.buttons:
                return KINDS[action]
    return None
