"""The outbox's last mile: what is sent, tried again, given up."""

from datetime import timedelta

import pytest

from hotline.notice import Outcome, Settled
from tests import cities
from tests.bots.stage import CITIZEN, COLLECTOR, FILED, HANDLER, Stage, picture
from tests.fakes.botapi import ApiError, retry_after
from tests.fakes.outbox import Waiting

LEASE, AWAY = timedelta(seconds=90), timedelta(seconds=60)


@pytest.fixture
async def notice(stage: Stage) -> Waiting:
    """A notice to the citizen that has not been sent."""
    number = await stage.report()
    actor = cities.organisation().person("acceptor1").actor()
    stage.backend.move(number, "file", actor, key="k", given=FILED)
    return stage.backend.outbox[0]


async def test_a_notice_is_worded_sent_and_settled_with_its_message(
    stage: Stage, notice: Waiting
) -> None:
    await stage.deliver()
    settled = notice.settled[0]
    assert notice.state == "sent"
    assert settled.message == str(stage.api.last(CITIZEN).message)
    assert settled.words == stage.api.last(CITIZEN).text


async def test_too_many_requests_are_retried_after_the_time_that_was_asked(
    stage: Stage, notice: Waiting
) -> None:
    stage.api.trouble("sendMessage", retry_after(33))
    await stage.delivery.deliver_once()
    assert notice.state == "waiting"
    assert notice.settled[0].retry_after == 33


@pytest.mark.parametrize("trouble", [ApiError(502, "Bad Gateway"), OSError("cut")])
async def test_a_broken_network_is_retried(
    stage: Stage, notice: Waiting, trouble: Exception
) -> None:
    stage.api.trouble("sendMessage", trouble)
    await stage.delivery.deliver_once()
    assert notice.state == "waiting"


@pytest.mark.parametrize(
    "trouble",
    [ApiError(502, "Bad Gateway"), ApiError(401, "Unauthorized"), OSError("cut"), retry_after(3)],
)
async def test_a_channel_that_is_away_uses_up_no_try_of_a_notice(
    stage: Stage, notice: Waiting, trouble: ApiError | Exception
) -> None:
    """Some twenty minutes without Telegram failed every notice for good."""
    for _ in range(8):
        stage.api.trouble("sendMessage", trouble)
        await stage.delivery.deliver_once()
        assert (notice.settled[-1].outcome, notice.state) == (Outcome.AWAY, "waiting")
        stage.clock.move(AWAY)
    await stage.delivery.deliver_once()
    assert notice.state == "sent"


async def test_a_notice_that_never_goes_out_while_others_do_is_tried_so_often_only(
    stage: Stage,
) -> None:
    for turn in range(2):
        number = await stage.report()
        actor = cities.organisation().person("acceptor1").actor()
        stage.backend.move(number, "file", actor, key=f"k{turn}", given=FILED)
    bad, good = stage.backend.outbox[:2]
    stage.api.trouble("sendMessage", ApiError(502, "Bad Gateway"))
    await stage.delivery.deliver_once()
    assert (bad.settled[-1].outcome, good.state) == (Outcome.AWAY, "sent")
    stage.clock.move(AWAY)
    stage.api.trouble("sendMessage", ApiError(502, "Bad Gateway"))
    await stage.delivery.deliver_once()
    assert bad.settled[-1].outcome is Outcome.RETRY


async def test_a_blocked_bot_is_a_failure_that_is_seen(stage: Stage, notice: Waiting) -> None:
    stage.api.blocked.add(CITIZEN)
    await stage.deliver()
    assert notice.state == "failed"
    assert "blocked by the user" in notice.settled[0].detail


async def test_a_chat_that_is_not_there_fails_for_good(stage: Stage, notice: Waiting) -> None:
    stage.api.trouble("sendMessage", ApiError(400, "Bad Request: chat not found"))
    await stage.deliver()
    assert notice.state == "failed"


async def test_a_template_without_words_fails_and_is_seen(stage: Stage, notice: Waiting) -> None:
    object.__setattr__(notice.task, "template", "told.nothing_like_it")
    await stage.deliver()
    assert notice.state == "failed"
    assert "nothing_like_it" in notice.settled[0].detail


async def test_a_report_back_that_was_lost_sends_nothing_twice(
    stage: Stage, notice: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = stage.backend.settle_notices

    async def lost(answers: list[Settled]) -> None:
        raise ConnectionError

    monkeypatch.setattr(stage.backend, "settle_notices", lost)
    with pytest.raises(ConnectionError):
        await stage.delivery.deliver_once()
    monkeypatch.setattr(stage.backend, "settle_notices", settle)
    said = len(stage.api.of(CITIZEN))
    stage.clock.move(LEASE)
    await stage.deliver()
    assert len(stage.api.of(CITIZEN)) == said
    assert notice.state == "sent"


async def test_photos_are_not_sent_again_when_only_the_card_failed(stage: Stage) -> None:
    stage.seat(COLLECTOR, "collector01")
    await stage.hear(*stage.api.album(CITIZEN, [picture("red"), picture("blue")], "中山东路"))
    await stage.tap(CITIZEN, "提交")
    number = next(iter(stage.backend.cases))
    stage.api.trouble("sendMessage", retry_after(3))
    given = {"collector": "collector01"}
    actor = cities.organisation().person("acceptor1").actor()
    stage.backend.move(number, "ask_verify", actor, key="k", given=given)
    await stage.deliver()
    stage.clock.move(AWAY)
    await stage.deliver()
    assert [one.photo is not None for one in stage.api.of(COLLECTOR)] == [True, True, False]


async def test_a_refused_photo_does_not_hold_up_the_task(stage: Stage) -> None:
    stage.seat(COLLECTOR, "collector01")
    await stage.hear(stage.api.photo(CITIZEN, picture(), caption="中山东路"))
    await stage.tap(CITIZEN, "提交")
    number = next(iter(stage.backend.cases))
    stage.api.trouble("sendPhoto", ApiError(400, "Bad Request: IMAGE_PROCESS_FAILED"))
    await stage.move(number, "ask_verify", "acceptor1", given={"collector": "collector01"})
    assert "✅ 属实" in stage.api.last(COLLECTOR).buttons


async def test_everybody_of_a_department_is_told(stage: Stage) -> None:
    stage.seat(HANDLER, "water1")
    stage.seat(700, "water2")
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    assert "✅ 接单" in stage.api.last(HANDLER).buttons
    assert "✅ 接单" in stage.api.last(700).buttons


async def test_a_person_is_told_in_their_language(stage: Stage) -> None:
    stage.seat(HANDLER, "water1")
    channel, address = next(iter(stage.backend.chats))
    stage.backend.chats[channel, address] = ("water1", "en")
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    assert "A new case to handle." in stage.api.last(HANDLER).text
    assert "✅ Accept" in stage.api.last(HANDLER).buttons
