"""Who told of a case takes it back, or answers whether it is solved, whoever answers them."""

from datetime import timedelta

from hotline.errors import Forbidden, Invalid, NotFound, Refused
from tests.contract.acts import CITIZEN, OTHER, WATER, dispatched, photo, refused, reported, seat
from tests.contract.side import Side


async def ended(side: Side) -> str:
    """A case that was closed, though by force."""
    number = await dispatched(side)
    await side.move(number, "report_done", "water1", note="done")
    await side.move(number, "ask_force", "chief1", note="why", force_reason="no_means")
    await side.move(number, "agree_force", "leader")
    return number


async def may(side: Side, number: str) -> list[str]:
    """What the citizen may do now."""
    brief = await side.bots.newest_case(*CITIZEN, number)
    assert brief is not None
    return [one.id for one in brief.actions]


async def test_a_citizen_takes_back_what_nobody_works_on(side: Side) -> None:
    number = await reported(side)
    assert await may(side, number) == ["withdraw"]
    brief = await side.bots.answer(number, "withdraw", CITIZEN, key="w")
    assert (brief.number, brief.stage, brief.stage_name) == (number, "withdrawn", "您已撤回")
    assert brief.actions == ()
    assert await side.bots.answer(number, "withdraw", CITIZEN, key="w") == brief
    with refused(Refused, "move_refused"):
        await side.bots.answer(number, "withdraw", CITIZEN, key="w2")


async def test_what_a_department_has_is_taken_back_no_more(side: Side) -> None:
    number = await dispatched(side)
    assert await may(side, number) == []
    with refused(Refused, "move_refused"):
        await side.bots.answer(number, "withdraw", CITIZEN, key="w")


async def test_a_closing_is_answered_and_answered_otherwise(side: Side) -> None:
    number = await ended(side)
    assert await may(side, number) == ["say_solved", "reopen"]
    brief = await side.bots.answer(number, "say_solved", CITIZEN, key="s")
    assert [one.id for one in brief.actions] == ["reopen"]
    with refused(Refused, "move_done"):
        await side.bots.answer(number, "say_solved", CITIZEN, key="s2")
    with refused(Invalid, "input_missing", "note"):
        await side.bots.answer(number, "reopen", CITIZEN, key="r")
    (shown,) = (await side.bots.open_chat(CITIZEN, photos=[photo()])).photos
    assert shown.file is not None
    brief = await side.bots.answer(
        number, "reopen", CITIZEN, key="r", note="still loose", media=(shown.file.sha256,)
    )
    assert (brief.stage, brief.actions) == ("reopened", ())


async def test_an_answer_comes_within_fifteen_days(side: Side) -> None:
    number = await ended(side)
    side.clock.move(timedelta(days=15, seconds=1))
    assert await may(side, number) == []
    with refused(Refused, "move_early"):
        await side.bots.answer(number, "reopen", CITIZEN, key="r", note="late")


async def test_nobody_else_answers(side: Side) -> None:
    number = await reported(side)
    for chat in (OTHER, WATER):
        with refused(NotFound, "no_case"):
            await side.bots.answer(number, "withdraw", chat, key="w")
    await seat(side, WATER, "water1")
    with refused(NotFound, "no_case"):
        await side.bots.answer(number, "withdraw", WATER, key="w")


async def test_a_citizen_makes_no_move_of_the_office(side: Side) -> None:
    number = await reported(side)
    for action, kind, code in (
        ("decline", Forbidden, "move_forbidden"),
        ("note", Forbidden, "move_forbidden"),
        ("fly", Refused, "move_refused"),
    ):
        with refused(kind, code):
            await side.bots.answer(number, action, CITIZEN, key=action, note="n")
    assert await may(side, number) == ["withdraw"]


async def test_a_photo_of_another_chat_is_no_citizens(side: Side) -> None:
    number = await ended(side)
    (theirs,) = (await side.bots.open_chat(OTHER, photos=[photo("navy")])).photos
    assert theirs.file is not None
    with refused(Invalid, "no_photo", "media"):
        await side.bots.answer(
            number, "reopen", CITIZEN, key="r", note="n", media=(theirs.file.sha256,)
        )
