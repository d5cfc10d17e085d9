"""Photos that prove a closing: where and when they were taken, and by whom they are handed in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.case.case import Assignment, Case, PhotoProof, Step
from hotline.case.closing import EvidenceAsked
from hotline.case.proof import (
    ATTACH,
    PhotoKnown,
    PhotosHanded,
    asked_for,
    check_proof,
    has_before,
    last_handled,
)
from hotline.case.transition import available_actions, missing, transition
from hotline.case.workflow_data import parse_workflow
from hotline.errors import Forbidden, Invalid
from hotline.place.fix import Fix
from hotline.place.point import Point
from tests.cities import MONDAY, form, limits, make_actor, make_case, make_step, read, rules
from tests.cities import workflow as demo_workflow
from tests.posts import Post

SHA = "ab" * 32
PIN = Point(121.5886, 29.8814)
CELL = "330299001001001"
NOW = MONDAY + timedelta(hours=2)
SINCE = MONDAY + timedelta(hours=1)


def north(metres: float) -> Point:
    return Point(PIN.lon, PIN.lat + metres / 111_320)


def photo(metres: float | None = 0, at: datetime | None = NOW, **more: Any) -> PhotoKnown:
    return PhotoKnown(SHA, at, None if metres is None else north(metres), **more)


def fix(metres: float = 0, accuracy: float = 10, age: float = 0) -> Fix:
    return Fix(north(metres), accuracy, NOW - timedelta(seconds=age))


def proof(
    *photos: PhotoKnown, given: Fix | None = None, case: Case | None = None
) -> tuple[PhotoProof, ...]:
    here = case or make_case("checking", point=PIN)
    near = 300 / 111_320
    handed = PhotosHanded(
        photos, given, lambda at: CELL if abs(at.lat - PIN.lat) < near else "elsewhere"
    )
    return check_proof(here, handed, EvidenceAsked.PHOTO_PLACE, SINCE, NOW)


@pytest.mark.parametrize(
    ("known", "given", "proven"),
    [
        (photo(12), None, PhotoProof(SHA, NOW, 12)),
        (photo(50), None, PhotoProof(SHA, NOW, 50)),
        (photo(80, accuracy=30.0), None, PhotoProof(SHA, NOW, 80)),
        (photo(0, SINCE), None, PhotoProof(SHA, SINCE, 0)),
        # A photo that does not say where, or when, is proved by where its bringer stands.
        (photo(None), fix(30), PhotoProof(SHA, NOW, 30, by_fix=True)),
        (photo(None, None), fix(55, age=60), PhotoProof(SHA, fix(age=60).at, 55, by_fix=True)),
        (photo(9, None), fix(200, age=5), PhotoProof(SHA, fix(age=5).at, 9)),
        # A camera that was never told the time says nothing of it.
        (photo(9, datetime(1970, 1, 1, tzinfo=UTC)), fix(), PhotoProof(SHA, NOW, 9)),
        # A place that is too vague is none.
        (photo(0, accuracy=10_000.0), fix(20), PhotoProof(SHA, NOW, 20, by_fix=True)),
    ],
)
def test_a_photo_near_the_case_proves_it(
    known: PhotoKnown, given: Fix | None, proven: PhotoProof
) -> None:
    assert proof(known, given=given) == (proven,)


@pytest.mark.parametrize(
    ("known", "given", "field", "code"),
    [
        (photo(51), None, "photo", "photo_far"),
        (photo(81, accuracy=30.0), None, "photo", "photo_far"),
        # Its own place counts, wherever its bringer stands.
        (photo(5000), fix(), "photo", "photo_far"),
        (PhotoKnown(SHA, NOW, Point(2.35, 48.86)), fix(), "photo", "photo_far"),
        (photo(0, SINCE - timedelta(seconds=1)), fix(), "photo", "photo_old"),
        (photo(None, SINCE - timedelta(days=1)), fix(), "photo", "photo_old"),
        (photo(0, NOW + timedelta(days=365)), fix(), "photo", "photo_future"),
        (photo(None, NOW + timedelta(days=365)), fix(), "photo", "photo_future"),
        (photo(None), None, "fix", "fix_missing"),
        (photo(0, None), None, "fix", "fix_missing"),
        (photo(0, datetime(1970, 1, 1, tzinfo=UTC)), None, "fix", "fix_missing"),
        (photo(0, accuracy=10_000.0), None, "fix", "fix_missing"),
        (photo(None), fix(age=61), "fix", "fix_old"),
        (photo(None), fix(age=3601), "fix", "fix_old"),
        (photo(None), fix(age=-3600), "fix", "fix_old"),
        (photo(None), fix(accuracy=10_000), "fix", "fix_vague"),
        (photo(None), fix(accuracy=1e300), "fix", "fix_vague"),
        (photo(None), fix(61, accuracy=10), "fix", "photo_far"),
    ],
)
def test_what_is_not_of_the_case_does_not(
    known: PhotoKnown, given: Fix | None, field: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        proof(known, given=given)
    assert (refused.value.field, refused.value.code) == (field, code)


@pytest.mark.parametrize("accuracy", [float("nan"), float("inf"), -1.0])
def test_an_accuracy_that_is_none_is_no_fix(accuracy: float) -> None:
    with pytest.raises(Invalid, match="metres"):
        Fix(PIN, accuracy, NOW)


def test_without_a_pin_it_is_inside_the_cell() -> None:
    case = make_case("checking")
    assert proof(photo(290), case=case) == (PhotoProof(SHA, NOW, None),)
    with pytest.raises(Invalid) as refused:
        proof(photo(310), case=case)
    assert refused.value.code == "photo_outside"


def test_one_photo_that_proves_is_enough_and_it_alone_is_kept() -> None:
    far = replace(photo(4000), sha256="cd" * 32)
    assert proof(far, photo(3), far) == (PhotoProof(SHA, NOW, 3),)
    with pytest.raises(Invalid, match="4000 m") as refused:
        proof(far, far)
    assert refused.value.values["metres"] == 4000


@pytest.mark.parametrize("wanted", list(EvidenceAsked))
def test_less_is_wanted_where_the_condition_says_less(wanted: EvidenceAsked) -> None:
    case, bare = make_case("checking", point=PIN), PhotosHanded((PhotoKnown(SHA),))
    if wanted is EvidenceAsked.PHOTO_PLACE:
        with pytest.raises(Invalid):
            check_proof(case, bare, wanted, SINCE, NOW)
    else:
        assert check_proof(case, bare, wanted, SINCE, NOW) == ()
    if wanted is EvidenceAsked.NONE:
        assert check_proof(case, PhotosHanded(), wanted, SINCE, NOW) == ()
    else:
        with pytest.raises(Invalid) as refused:
            check_proof(case, PhotosHanded(), wanted, SINCE, NOW)
        assert (refused.value.field, refused.value.code) == ("photo", "input_missing")


def test_what_is_wanted_is_the_closing_conditions() -> None:
    check = demo_workflow().find("pass_check", "checking")
    assert check
    assert asked_for(make_case(), check, limits()) is EvidenceAsked.PHOTO_PLACE
    assert asked_for(make_case(condition="2"), check, limits()) is EvidenceAsked.PHOTO
    assert asked_for(make_case(matter="06028"), check, limits()) is EvidenceAsked.NONE
    unknown = make_case(matter=None, condition=None)
    assert asked_for(unknown, check, limits()) is EvidenceAsked.NONE
    # What is solved on the spot proves when and where, though nobody has filed it yet.
    solve = demo_workflow().find("solve", "reported")
    assert solve
    assert asked_for(unknown, solve, limits()) is EvidenceAsked.PHOTO_PLACE
    done = demo_workflow().find("report_done", "handling")
    assert done
    assert asked_for(make_case(), done, limits()) is EvidenceAsked.NONE


def steps_of(case: Case, *done: tuple[str, datetime]) -> list[Step]:
    first = make_step(case, stage="reported")
    return [
        first,
        *(replace(first, seq=at, action=name, at=when) for at, (name, when) in enumerate(done, 2)),
    ]


def test_a_photo_from_before_the_last_handling_is_none_of_it() -> None:
    case = make_case("checking", point=PIN)
    assert last_handled(case, steps_of(case), demo_workflow()) == case.received_at
    steps = steps_of(case, ("report_done", MONDAY), ("fail_check", NOW), ("report_done", SINCE))
    assert last_handled(case, steps, demo_workflow()) == SINCE
    old = PhotosHanded((photo(0, SINCE - timedelta(minutes=1)),))
    who = make_actor(Post.COLLECTOR)
    with pytest.raises(Invalid) as refused:
        transition(*(case, "pass_check", who, NOW, rules()), media=(SHA,), steps=steps, proofs=old)
    assert refused.value.code == "photo_old"
    good = PhotosHanded((photo(0, SINCE),))
    after, step = transition(
        *(case, "pass_check", who, NOW, rules()), media=(SHA,), steps=steps, proofs=good
    )
    assert after.stage == "to_close"
    assert step.proofs == (PhotoProof(SHA, SINCE, 0),)


def test_a_move_that_proves_nothing_keeps_no_proof() -> None:
    case, who = make_case("checking", point=PIN), make_actor(Post.COLLECTOR)
    _, step = transition(case, "fail_check", who, NOW, rules(), media=(SHA,))
    assert step.proofs == ()


def test_nobody_of_who_handled_it_proves_the_closing() -> None:
    """Not by another post of theirs, and not as the proxy of somebody who might."""
    case = make_case("checking", point=PIN)
    for of_water in (
        replace(make_actor(Post.COLLECTOR), department="water"),
        replace(make_actor(Post.COLLECTOR), proxy_orgs=("water",)),
    ):
        offered = {one.action for one in available_actions(case, of_water, demo_workflow(), NOW)}
        assert "pass_check" not in offered
        assert "check_unclear" in offered
        handed = PhotosHanded((photo(),))
        with pytest.raises(Forbidden):
            transition(*(case, "pass_check", of_water, NOW, rules()), media=(SHA,), proofs=handed)
    several = replace(case, assignments={**case.assignments, "handler:gas": Assignment("gas")})
    gas = replace(make_actor(Post.COLLECTOR), department="gas")
    for here, allowed in ((case, True), (several, False)):
        offered = {one.action for one in available_actions(here, gas, demo_workflow(), NOW)}
        assert ("pass_check" in offered) is allowed


def test_a_closing_row_has_its_guard_once_whether_data_names_it_or_not() -> None:
    data = read("workflow.toml")
    (row,) = (one for one in data["move"] if one.get("closing"))
    plain = parse_workflow(data, form()).find("pass_check", "checking")
    row["guards"] = [*row["guards"], {"is": "other_organisation_than", "role": "handler"}]
    named = parse_workflow(data, form()).find("pass_check", "checking")
    assert plain is not None
    assert plain == named
    row["guards"][-1]["role"] = "king"
    with pytest.raises(Invalid, match="'king' is not a role"):
        parse_workflow(data, form())


def test_a_case_was_told_with_photos_or_was_not() -> None:
    case = make_case()
    first, later = steps_of(case, ("report_done", NOW))
    assert not has_before([])
    assert not has_before([first, replace(later, media=(SHA,))])
    assert has_before([replace(first, media=(SHA,)), later])
    assert has_before([first, replace(later, action=ATTACH, media=(SHA,))])


def test_a_photo_of_what_was_done_stands_for_words_where_the_city_says_so() -> None:
    done = demo_workflow().find("report_done", "handling")
    returned = demo_workflow().find("note", "handling")
    assert done
    assert returned
    form, case = rules().form, make_case("handling", point=PIN)
    assert missing(form, done, case, {}) == ("note",)
    assert missing(form, done, case, {}, media=(SHA,)) == ()
    assert missing(form, done, case, {}, note="已更换") == ()
    assert missing(form, done, case, {}, note=" \u200b") == ("note",)
    # Elsewhere a photo is no words.
    assert missing(form, returned, case, {}, media=(SHA,)) == ("note",)
    assert missing(form, replace(done, photo_says=False), case, {}, media=(SHA,)) == ("note",)
