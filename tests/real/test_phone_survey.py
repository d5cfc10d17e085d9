"""A caller is asked by the real exchange when the seat has hung up, and answers by a key."""

import asyncio

import pytest

from hotline.call import CallEventType as Mark
from ivr.handset.phone import Call
from ivr.pcm import RATE
from tests.real.exchanges import Phoned
from tests.real.talks import talking
from tests.real.test_phone_room import SPOKEN, exchange, phoned, told
from tests.real.test_phone_turns import heard_at, until_heard

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]
__all__ = ["exchange", "phoned"]


async def parted(phoned: Phoned) -> Call:
    """A caller with whom a seat has talked, and who hears the question now."""
    phoned.backend.fake.telephone.asks = True
    seat, talk, call = await talking(phoned)
    await talk.hang_up()
    await until_heard(phoned, call, "survey_ask", 1, 15)
    seat.phone.close()
    return call


async def test_a_key_in_the_question_is_the_answer_and_the_call_ends(phoned: Phoned) -> None:
    call = await parted(phoned)
    await call.press("1")
    await until_heard(phoned, call, "survey_thanks", 1, 15)
    assert await call.wait_end(15)
    await phoned.until(lambda: (Mark.SURVEYED, "satisfied") in told(phoned), 10)
    assert heard_at(phoned, call, "goodbye")


async def test_who_is_not_satisfied_says_why_and_the_words_reach_the_office(
    phoned: Phoned,
) -> None:
    call = await parted(phoned)
    await call.press("3")
    await until_heard(phoned, call, "beep", 1, 20)
    await call.say(SPOKEN[: 4 * RATE])
    await asyncio.sleep(0.3)
    await call.press("#")
    assert await call.wait_end(20)
    await phoned.until(lambda: any(mark is Mark.SURVEY_SAID for mark, _ in told(phoned)), 15)
    [sha256] = [value for mark, value in told(phoned) if mark is Mark.SURVEY_SAID]
    assert sha256 in phoned.backend.fake.files.bodies
    folder = phoned.config.exchange_spool / "recording"
    assert not list(folder.glob("comment-*"))
    assert not phoned.backend.reports


async def test_who_hangs_up_in_the_question_has_rated_nothing(phoned: Phoned) -> None:
    call = await parted(phoned)
    await call.hang_up()
    await phoned.until(lambda: Mark.ENDED in [mark for mark, _ in told(phoned)], 15)
    assert Mark.SURVEYED not in [mark for mark, _ in told(phoned)]
