"""What is special in a collector's tasks: 核实 shows the report, 核查 the place before. (监督员)"""

from hotline.card import CaseCard
from hotline.media import MediaKind


def shown_photos(card: CaseCard) -> tuple[str, ...]:
    """Give the photos that go ahead of a card: those of the report, then those of the work."""
    kinds = [MediaKind.PHOTO]
    if not card.with_evidence(MediaKind.PHOTO_VERIFY):
        kinds.append(MediaKind.PHOTO_DONE)
    found = [one.sha256 for kind in kinds for one in card.photos if one.kind == kind]
    return tuple(dict.fromkeys(found))[:10]


def asks_for_photo(card: CaseCard) -> bool:
    """Tell whether a task waits for its answer, of which a photo may come first."""
    return bool(card.with_evidence(MediaKind.PHOTO_VERIFY, MediaKind.PHOTO_CHECK))
