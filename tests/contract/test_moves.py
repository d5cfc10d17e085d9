"""Moves of posts in their chats: each done once, or refused for a reason that can be said."""

from datetime import timedelta

import pytest

from hotline.card import CaseCard
from hotline.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound, Refused
from hotline.media import MediaKind
from hotline.place.fix import Fix
from hotline.place.point import Point
from tests.contract.acts import (
    ACCEPTOR,
    COLLECTOR,
    FILED,
    NO_CASE,
    NOBODYS_HASH,
    OTHER,
    POINT,
    WATER,
    dispatched,
    photo,
    refused,
    reported,
    seat,
    to_check,
    to_verify,
)
from tests.contract.side import Side


async def photo_of(side: Side, colour: str = "red") -> str:
    """A photo that the connector has handed in; gives its hash."""
    return (await side.bots.upload_bytes(photo(colour), MediaKind.PHOTO)).sha256


# --- what lies with whom


async def test_a_department_has_the_cases_that_lie_with_it(side: Side) -> None:
    number = await dispatched(side, "1")
    await reported(side, "2")
    await seat(side, WATER, "water1")
    await seat(side, OTHER, "gas1")
    assert [one.number for one in await side.bots.tasks(WATER)] == [number]
    assert await side.bots.tasks(OTHER) == []


async def test_a_collector_has_the_tasks_given_to_them(side: Side) -> None:
    number = await to_verify(side)
    await seat(side, COLLECTOR, "collector01")
    await seat(side, OTHER, "collector02")
    assert [one.number for one in await side.bots.tasks(COLLECTOR)] == [number]
    assert await side.bots.tasks(OTHER) == []


async def test_what_may_only_be_taken_back_is_no_task(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, OTHER, "dispatcher1")
    assert "recall" in (await side.bots.card(number, OTHER)).actions
    assert await side.bots.tasks(OTHER) == []


async def test_the_most_urgent_task_comes_first(side: Side) -> None:
    first = await reported(side, "1")
    side.clock.move(timedelta(minutes=5))
    second = await reported(side, "2")
    await seat(side, ACCEPTOR, "acceptor1")
    assert [one.number for one in await side.bots.tasks(ACCEPTOR)] == [first, second]


async def test_somebody_elses_case_is_not_found(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "gas1")
    for asked in (number, NO_CASE, "x"):
        with refused(NotFound, "no_case"):
            await side.bots.card(asked, WATER)


# --- what a card shows


async def test_a_new_case_shows_what_was_reported(side: Side) -> None:
    number = await reported(side, place_text="中山东路1号", matter="01001")
    await seat(side, ACCEPTOR, "acceptor1")
    card = await side.bots.card(number, ACCEPTOR)
    assert (card.number, card.stage, card.light) == (number, "reported", "green")
    assert (card.text, card.place_text) == ("中山东路供水井盖没了", "中山东路1号")
    assert (card.matter, card.matter_name, card.urgency) == ("01001", "供水井盖异常", "normal")
    assert (card.received_at, card.stage_since) == (side.clock.now().isoformat(),) * 2
    assert card.due is not None


def needed(card: CaseCard) -> dict[str, tuple[str, ...]]:
    """The moves of a card with what each still needs."""
    return {one.id: one.needs for one in card.actions.values()}


SEVERAL = {"split": ("split_text",)}
BUTTONS = {
    "acceptor1": {
        "ask_verify": (), "file": ("matter", "condition"), "correct": (),
        "decline": ("decline_reason",), "withdraw_for": ("note",), "note": ("note",),
        **SEVERAL, "merge": ("leader",),
    },
    "chief1": {
        "ask_verify": (), "file": ("matter", "condition"), "correct": (),
        "decline": ("decline_reason",), "withdraw_for": ("note",), "note": ("note",),
        **SEVERAL, "merge": ("leader",),
    },
    "dispatcher1": {"note": ("note",), **SEVERAL},
    "leader": {"note": ("note",)},
}  # fmt: skip


@pytest.mark.parametrize("person", BUTTONS)
async def test_a_card_has_the_buttons_of_who_sees_it_with_what_each_needs(
    side: Side, person: str
) -> None:
    number = await reported(side)
    await seat(side, OTHER, person)
    assert needed(await side.bots.card(number, OTHER)) == BUTTONS[person]


async def test_a_department_reads_what_it_may_do_and_what_its_photos_are(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    card = await side.bots.card(number, WATER)
    needs = {
        "accept": (), "report_done": ("note",), "send_back": ("return_reason",),
        "ask_extension": ("extension", "note"), "made_safe": ("photo",),
        "ask_suspend": ("suspend_reason", "resume_on", "note"), "assign_crew": ("crew",),
        "note": ("note",),
    }  # fmt: skip
    assert needed(card) == needs
    proving = {one.id: one.evidence for one in card.actions.values() if one.evidence}
    assert proving == {"report_done": MediaKind.PHOTO_DONE, "made_safe": MediaKind.PHOTO_DONE}
    reasons = [one.id for one in card.asks["return_reason"].choices]
    assert reasons == ["not_ours", "wrong_place", "double", "lacking"]
    assert [one.id for one in card.actions.values() if one.hidden] == ["note"]
    leading = ["report_done", "send_back", "ask_extension", "ask_suspend"]
    assert [one.id for one in card.actions.values() if one.leads] == leading


async def test_d5_a_card_shows_the_department_in_both_languages(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    card = await side.bots.card(number, WATER)
    assert (card.department, card.department_name) == ("water", "自来水公司")
    assert card.department_name_en == "Water Supply Company"


async def test_a_dispatcher_is_told_where_the_route_leads(side: Side) -> None:
    number = await reported(side)
    await side.move(number, "file", "acceptor1", **FILED)
    await seat(side, OTHER, "dispatcher1")
    card = await side.bots.card(number, OTHER)
    assert card.actions["dispatch"].needs == ("department",)
    assert card.asks["department"].choices[0].id == "water"


async def test_a_department_that_gave_a_case_back_is_suggested_no_more(side: Side) -> None:
    number = await dispatched(side)
    await side.move(number, "send_back", "water1", return_reason="not_ours")
    await side.move(number, "approve_return", "dispatcher1")
    await seat(side, OTHER, "dispatcher1")
    card = await side.bots.card(number, OTHER)
    assert card.asks["department"].choices[0].id != "water"


# --- what is done


async def test_a_move_leads_the_case_on_and_gives_its_card(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    before = await side.bots.card(number, WATER)
    after = await side.bots.act(number, "accept", WATER, key="k", version=before.version)
    assert (after.version, after.handler_name) == (before.version + 1, "卢浩然")
    assert "accept" not in after.actions
    assert await side.bots.card(number, WATER) == after


async def test_the_same_key_is_done_once(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    first = await side.bots.act(number, "note", WATER, key="k", note="tomorrow")
    assert await side.bots.act(number, "note", WATER, key="k", note="tomorrow") == first
    assert (await side.bots.card(number, WATER)).version == first.version


async def test_a_key_is_good_for_its_move_only(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    await side.bots.act(number, "accept", WATER, key="k")
    with refused(Refused, "key_used"):
        await side.bots.act(number, "note", WATER, key="k", note="tomorrow")


async def test_a_card_that_somebody_was_faster_on_is_a_conflict(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    seen = (await side.bots.card(number, WATER)).version
    await side.move(number, "accept", "water2")
    with refused(Conflict, "case_moved"):
        await side.bots.act(number, "note", WATER, key="k", note="n", version=seen)


async def test_what_the_system_adds_meanwhile_stops_nobody(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    seen = (await side.bots.card(number, WATER)).version
    await side.bots.attach(number, await photo_of(side), MediaKind.PHOTO, "late/1")
    moved = await side.bots.act(number, "accept", WATER, key="k", version=seen)
    assert moved.version == seen + 2


async def test_the_photos_of_a_move_prove_it(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    opened = await side.bots.open_chat(WATER, photos=[photo()])
    assert opened.photos[0].file is not None
    proof = opened.photos[0].file.sha256
    done = await side.bots.act(number, "report_done", WATER, key="k", note="done", media=(proof,))
    assert done.stage == "to_check"
    assert [(one.sha256, one.kind) for one in done.photos] == [(proof, MediaKind.PHOTO_DONE)]


async def test_a_photo_proves_one_move(side: Side) -> None:
    first, second = await dispatched(side, "1"), await dispatched(side, "2")
    await seat(side, WATER, "water1")
    proof = (await photo_of(side),)
    await side.bots.act(first, "report_done", WATER, key="1", note="done", media=proof)
    with refused(Invalid, "photo_used", "media"):
        await side.bots.act(second, "report_done", WATER, key="2", note="done", media=proof)


async def test_a_closing_is_proved_by_where_its_bringer_stands(side: Side) -> None:
    number = await to_check(side)
    await seat(side, COLLECTOR, "collector01")
    card = await side.bots.card(number, COLLECTOR)
    assert card.closing.startswith("井盖补齐")
    assert card.actions["pass_check"].needs == ("photo", "fix")
    shown = (await side.bots.open_chat(COLLECTOR, photos=[photo("olive")])).photos[0].file
    assert shown is not None
    now = side.clock.now()
    near, far = Point(POINT.lon, POINT.lat + 0.0004), Point(POINT.lon, POINT.lat + 0.01)
    for fix, code, field in (
        (None, "fix_missing", "fix"),
        (Fix(far, 10, now), "photo_far", "fix"),
        (Fix(near, 10, now - timedelta(seconds=61)), "fix_old", "fix"),
        (Fix(near, 5000, now), "fix_vague", "fix"),
    ):
        with refused(Invalid, code, field):
            await side.bots.act(
                number, "pass_check", COLLECTOR, key="k", media=(shown.sha256,), fix=fix
            )
    with refused(Invalid, "input_missing", "photo"):
        await side.bots.act(number, "pass_check", COLLECTOR, key="k", fix=Fix(near, 10, now))
    done = await side.bots.act(
        number, "pass_check", COLLECTOR, key="k", media=(shown.sha256,), fix=Fix(near, 10, now)
    )
    assert done.stage == "to_close"


async def test_a_dispatch_without_a_department_goes_where_the_route_leads(side: Side) -> None:
    number = await reported(side)
    await side.move(number, "file", "acceptor1", **FILED)
    await seat(side, OTHER, "dispatcher1")
    assert (await side.bots.act(number, "dispatch", OTHER, key="k")).department == "water"


async def test_a_case_is_corrected_by_its_fields(side: Side) -> None:
    number = await reported(side)
    await seat(side, ACCEPTOR, "acceptor1")
    given = {"text": "中山东路86号井盖没了", "point": {"lon": 121.58, "lat": 29.88}}
    card = await side.bots.act(number, "correct", ACCEPTOR, key="k", given=given)
    assert card.text == given["text"]
    assert card.point is not None
    assert (card.point.lon, card.point.lat) == (121.58, 29.88)


# --- what is refused

REFUSED: dict[str, tuple[dict[str, object], type[HotlineError], str, str | None]] = {
    "note missing": ({"action": "report_done"}, Invalid, "input_missing", "note"),
    "note empty": ({"action": "report_done", "note": "  "}, Invalid, "input_missing", "note"),
    "note long": ({"action": "note", "note": "x" * 2_001}, Invalid, "too_long", "note"),
    "no such move": ({"action": "fly"}, Refused, "move_refused", None),
    "not in this stage": ({"action": "verify_true"}, Refused, "move_refused", None),
    "another post's": ({"action": "recall"}, Forbidden, "move_forbidden", None),
    "no such field": ({"action": "accept", "given": {"x": 1}}, Invalid, "invalid", "x"),
    "nobody gives it": ({"action": "accept", "given": {"stage": "x"}}, Invalid, "invalid", "stage"),
    "not taken": ({"action": "accept", "given": {"text": "x"}}, Invalid, "invalid", "text"),
    "no file": ({"action": "accept", "media": (NOBODYS_HASH,)}, Invalid, "no_photo", "media"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
async def test_a_wrong_move_is_refused_and_nothing_is_done(side: Side, what: str) -> None:
    asked, kind, code, field = REFUSED[what]
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    before = await side.bots.card(number, WATER)
    with refused(kind, code, field):
        await side.bots.act(number, chat=WATER, key="k", **asked)  # type: ignore[arg-type]
    assert await side.bots.card(number, WATER) == before


async def test_a_verification_needs_its_photo(side: Side) -> None:
    number = await to_verify(side)
    await seat(side, COLLECTOR, "collector01")
    with refused(Invalid, "input_missing", "photo"):
        await side.bots.act(number, "verify_true", COLLECTOR, key="k")
    proof = (await photo_of(side),)
    done = await side.bots.act(number, "verify_true", COLLECTOR, key="k", media=proof)
    assert [one.kind for one in done.photos] == [MediaKind.PHOTO_VERIFY]


@pytest.mark.parametrize(("field", "value"), [("department", "police"), ("collector", "water1")])
async def test_nobody_is_named_who_is_not_there(side: Side, field: str, value: str) -> None:
    number = await reported(side)
    await side.move(number, "file", "acceptor1", **FILED)
    await seat(side, OTHER, "dispatcher1")
    with refused(Invalid, "not_listed", field):
        await side.bots.act(number, "dispatch", OTHER, key="k", given={field: value})


async def test_a_case_that_is_not_there_is_not_moved(side: Side) -> None:
    await seat(side, WATER, "water1")
    with refused(NotFound, "no_case"):
        await side.bots.act(NO_CASE, "accept", WATER, key="k")


async def test_somebody_elses_case_is_not_moved(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "gas1")
    with refused(NotFound, "no_case"):
        await side.bots.act(number, "accept", WATER, key="k")


async def test_a_photo_of_another_chat_proves_nothing(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    (theirs,) = (await side.bots.open_chat(OTHER, photos=[photo()])).photos
    assert theirs.file is not None
    proof = (theirs.file.sha256,)
    with refused(Invalid, "no_photo", "media"):
        await side.bots.act(number, "report_done", WATER, key="k", note="done", media=proof)


async def test_the_draft_is_kept_with_the_move_or_not_at_all(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    await side.bots.save_draft(WATER, {"work": "begun"})
    left = {"work": None}
    with refused(Invalid, "input_missing", "note"):
        await side.bots.act(number, "report_done", WATER, key="k", draft=left)
    assert (await side.bots.open_chat(WATER)).draft == {"work": "begun"}
    await side.bots.act(number, "report_done", WATER, key="k", note="done", draft=left)
    assert (await side.bots.open_chat(WATER)).draft == left


async def test_a_move_without_a_draft_leaves_the_chats_as_it_is(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    await side.bots.save_draft(WATER, {"work": "begun"})
    await side.bots.act(number, "accept", WATER, key="k")
    assert (await side.bots.open_chat(WATER)).draft == {"work": "begun"}
