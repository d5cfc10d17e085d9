"""Proof that a case may be closed: photos whose time and place fit the case (结案照片)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hotline.case.case import Case, PhotoProof, Step
from hotline.case.closing import EvidenceAsked
from hotline.case.duties import HANDLES, SOLVES, duty_of
from hotline.case.limits import Limits
from hotline.case.workflow import Move, Workflow
from hotline.errors import Invalid
from hotline.form.beside import FIX, PHOTO
from hotline.place.fix import Fix
from hotline.place.point import Flat, Point

# A place is as good as its accuracy, and this much besides: a street's width.
REACH_M: Final = 50.0
# What is less accurate says nothing about where somebody stands.
VAGUEST_M: Final = 200.0
# A fix older than that may be of somewhere else.
FRESH: Final = timedelta(seconds=60)
# So far may the clocks of cameras and browsers go ahead of ours.
AHEAD: Final = timedelta(seconds=60)
# What a camera says that was never told the time.
UNSET: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PhotoKnown:
    """What is known of a photo by itself: when and where it was taken, within some metres."""

    sha256: str
    taken_at: datetime | None = None
    point: Point | None = None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class PhotosHanded:
    """What is known of the photos of a move, where who hands them in stands, and which cell of the
    city a point lies in."""

    photos: tuple[PhotoKnown, ...] = ()
    fix: Fix | None = None
    cell_of: Callable[[Point], str | None] = lambda _: None


def asked_for(case: Case, move: Move, limits: Limits) -> EvidenceAsked:
    """Give what a move on a case wants handed in: by itself, and for the closing condition."""
    known = limits.condition(case.matter, case.condition) if move.closing else None
    wanted = known.closing.evidence if known and known.closing else EvidenceAsked.NONE
    return max(wanted, move.proof, key=tuple(EvidenceAsked).index)


def last_handled(case: Case, steps: Iterable[Step], workflow: Workflow) -> datetime:
    """Give when somebody has last done something about a case, or when it came in."""
    done = (s.at for s in steps if duty_of(s.action, workflow) in (HANDLES, SOLVES))
    return max(done, default=case.received_at)


def has_before(steps: Iterable[Step]) -> bool:
    """Tell whether a case was told with photos: its own, and what came late of the same album."""
    return any(step.media for step in steps if step.seq == 1 or step.action == ATTACH)


# The step by which the system adds a photo to a case.
ATTACH: Final = "attach"


def check_proof(
    case: Case, handed: PhotosHanded, wanted: EvidenceAsked, since: datetime, now: datetime
) -> tuple[PhotoProof, ...]:
    """Give the photos that prove what a closing condition wants; Invalid where too little does.

    A photo counts for `photo_place` where it was taken since an instant and not in the future,
    within its accuracy and REACH_M of the case's pin, or inside its cell where it has none. What a
    photo does not say of itself, the fix does.
    """
    if wanted is EvidenceAsked.NONE:
        return ()
    if not handed.photos:
        raise Invalid(PHOTO, "the closing condition wants a photo", code="input_missing")
    if wanted is EvidenceAsked.PHOTO:
        return ()
    proofs: list[PhotoProof] = []
    faults: list[Invalid] = []
    for photo in handed.photos:
        try:
            proofs.append(_proof(case, photo, handed, since.replace(microsecond=0), now))
        except Invalid as error:
            faults.append(error)
    if not proofs:
        raise faults[0]
    return tuple(proofs)


def _proof(
    case: Case, photo: PhotoKnown, handed: PhotosHanded, since: datetime, now: datetime
) -> PhotoProof:
    taken = photo.taken_at if photo.taken_at and photo.taken_at >= UNSET else None
    if taken is not None and taken > now + AHEAD:
        raise Invalid(PHOTO, "was taken in the future", code="photo_future")
    if taken is not None and taken < since:
        raise Invalid(PHOTO, "was taken before the case was handled", code="photo_old")
    point, accuracy, by_fix = photo.point, photo.accuracy or 0.0, False
    if point is None or accuracy > VAGUEST_M or taken is None:
        fix = _fresh(handed.fix, since, now)
        taken = taken or fix.at
        if point is None or accuracy > VAGUEST_M:
            point, accuracy, by_fix = fix.point, fix.accuracy, True
    return PhotoProof(photo.sha256, taken, _metres(case, point, accuracy, handed, by_fix), by_fix)


def _fresh(fix: Fix | None, since: datetime, now: datetime) -> Fix:
    if fix is None:
        raise Invalid(FIX, "the photo does not say when and where it was taken", code="fix_missing")
    if fix.accuracy > VAGUEST_M:
        raise Invalid(FIX, "is too vague", code="fix_vague", metres=round(min(fix.accuracy, 1e6)))
    if not max(since, now - FRESH) <= fix.at <= now + AHEAD:
        raise Invalid(FIX, "is older than a minute", code="fix_old")
    return fix


def _metres(
    case: Case, point: Point, accuracy: float, handed: PhotosHanded, by_fix: bool
) -> int | None:
    """Give how far a point is from a case; None inside its cell, where it has no pin."""
    field = FIX if by_fix else PHOTO
    if case.point is None:
        if case.cell is not None and handed.cell_of(point) != case.cell:
            raise Invalid(field, "was taken outside the case's cell", code="photo_outside")
        return None
    metres = round(Flat(case.point).distance(case.point, point))
    if metres > accuracy + REACH_M:
        raise Invalid(field, f"was taken {metres} m away", code="photo_far", metres=metres)
    return metres
