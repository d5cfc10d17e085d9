"""What calls left behind is adopted once, and nothing that still goes on is touched."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from hotline.call import CallEvent, CallEventType, CallRing
from ivr.pcm import Samples
from ivr.recovery import OrphanRecovery
from ivr.spool_records import SpokenReport
from tests.ivr.conftest import Connector
from tests.ivr.fakes import NOW, keep_wav, quiet, talk
from tests.ivr.spooled import live_in, reports_in

KEY = "h1-100-0"


class MakeRecovery(Protocol):
    """Makes a sweeper; `live` is what the exchange says of its calls."""

    def __call__(self, live: frozenset[str] | None = frozenset()) -> OrphanRecovery: ...


@pytest.fixture
def exchange(tmp_path: Path) -> Path:
    """Give an exchange's empty spool."""
    for folder in ("recording", "note"):
        (tmp_path / "exchange" / folder).mkdir(parents=True)
    return tmp_path / "exchange"


@pytest.fixture
def make_recovery(connector: Connector, exchange: Path) -> MakeRecovery:
    """Give a function that makes a sweeper."""

    def make(live: frozenset[str] | None = frozenset()) -> OrphanRecovery:
        async def live_calls() -> frozenset[str] | None:
            return live

        return OrphanRecovery(
            exchange, connector.spool, connector.office, connector.clock, "zh_CN", live_calls
        )

    return make


def leave(exchange: Path, samples: Samples, name: str = f"{KEY}_138", age: float = 60) -> Path:
    path = keep_wav(exchange / "recording" / f"{name}.wav", samples)
    at = (NOW - timedelta(seconds=age)).timestamp()
    os.utime(path, (at, at))
    return path


async def test_a_recording_without_a_report_becomes_one(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, talk(4))
    assert await make_recovery().recover() == 1
    await connector.uploader.bring()
    assert connector.backend.reports[KEY].contact.address == "138"
    (number,) = connector.backend.numbers.values()
    assert connector.backend.recording_of(number)
    assert connector.backend.marks(KEY) == [CallEventType.ENDED]
    assert list(exchange.glob("recording/*")) == []


async def test_it_becomes_one_only_once(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, talk(4))
    sweeper = make_recovery()
    assert [await sweeper.recover(), await sweeper.recover()] == [1, 0]
    assert len(reports_in(connector.spool)) == 1


async def test_of_two_tries_in_one_call_the_one_with_words_counts(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, quiet(4))
    second = leave(exchange, talk(4), f"{KEY}_138-2")
    await make_recovery().recover()
    assert reports_in(connector.spool)[0].recording == str(second)


async def test_a_recording_without_words_is_a_call_on_record_and_no_report(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, quiet(10))
    assert await make_recovery().recover() == 0
    await connector.uploader.bring()
    assert list(connector.backend.rings) == [KEY]
    assert connector.backend.reports == {}
    assert list(exchange.glob("recording/*")) == []


async def test_a_call_that_is_up_in_the_exchange_is_left_alone(
    exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, talk(4))
    assert await make_recovery(frozenset({KEY})).recover() == 0


async def test_a_call_of_this_connector_is_left_alone(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    await connector.ask(connector.office.ring, CallRing(KEY, "138", NOW))
    leave(exchange, talk(4))
    assert await make_recovery().recover() == 0


async def test_a_file_that_is_still_written_is_left_alone(
    exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, talk(4), age=1)
    assert await make_recovery().recover() == 0


async def test_without_the_exchanges_word_a_file_has_to_rest_longer(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, talk(4), age=-15)
    sweeper = make_recovery(None)
    swept = []
    for _ in range(5):
        swept.append(await sweeper.recover())
        connector.clock.move(timedelta(seconds=10))
    assert swept == [0, 0, 0, 0, 1]


async def test_an_exchange_that_was_never_asked_is_given_time(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, talk(4), age=60)
    sweeper = make_recovery(None)
    assert await sweeper.recover() == 0
    connector.clock.move(timedelta(seconds=10))
    assert await sweeper.recover() == 0
    connector.clock.move(timedelta(seconds=10))
    assert await sweeper.recover() == 1


async def test_a_recording_whose_report_waits_is_left_alone(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    path = leave(exchange, talk(4))
    connector.spool.keep_report(SpokenReport(KEY, "138", "zh_CN", NOW, "20260418", str(path), 4.0))
    assert await make_recovery().recover() == 0
    assert reports_in(connector.spool)[0].number == "20260418"


async def test_a_foreign_file_is_left_alone(exchange: Path, make_recovery: MakeRecovery) -> None:
    path = leave(exchange, talk(4), "holiday")
    assert await make_recovery().recover() == 0
    assert path.exists()


async def test_the_note_of_a_call_nobody_took_puts_it_on_record(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    note = exchange / "note" / f"{KEY}_138.txt"
    note.write_text("100\n")
    os.utime(note, (NOW.timestamp() - 60,) * 2)
    await make_recovery().recover()
    await connector.uploader.bring()
    assert connector.backend.rings[KEY].caller == "138"
    assert connector.backend.marks(KEY) == [CallEventType.ENDED]
    assert not note.exists()


async def test_a_note_beside_a_recording_ends_the_call_once(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    leave(exchange, talk(4))
    note = exchange / "note" / f"{KEY}_138.txt"
    note.write_text("100\n")
    os.utime(note, (NOW.timestamp() - 50,) * 2)
    await make_recovery().recover()
    await connector.uploader.bring()
    assert connector.backend.marks(KEY) == [CallEventType.ENDED]


async def test_the_calls_of_a_killed_connector_are_ended(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    await connector.client.ring(CallRing(KEY, "138", NOW))
    connector.spool.begin_call(KEY, NOW - timedelta(minutes=5))
    await make_recovery().recover()
    await connector.uploader.bring()
    assert connector.backend.marks(KEY) == [CallEventType.ENDED]
    assert live_in(connector.spool) == {}


async def test_kind_5_a_call_that_ended_is_not_lost_while_nobody_can_be_told(
    connector: Connector, make_recovery: MakeRecovery
) -> None:
    """Fails where a finished call of a long outage of the backend is marked as lost."""
    await connector.client.ring(CallRing(KEY, "138", NOW))
    connector.spool.begin_call(KEY, NOW - timedelta(minutes=5))
    await connector.ask(connector.office.end, KEY)
    await make_recovery().recover()
    await connector.uploader.bring()
    assert connector.backend.marks(KEY) == [CallEventType.ENDED]
    assert [note.value for note in connector.backend.notes] == [""]
    assert live_in(connector.spool) == {}


async def test_kind_5_a_call_whose_end_waits_on_disk_is_not_lost(
    connector: Connector, make_recovery: MakeRecovery
) -> None:
    await connector.client.ring(CallRing(KEY, "138", NOW))
    connector.spool.begin_call(KEY, NOW - timedelta(minutes=5))
    connector.spool.keep_note(CallEvent(KEY, CallEventType.ENDED, NOW))
    await make_recovery().recover()
    await connector.uploader.bring()
    assert [note.value for note in connector.backend.notes] == [""]


async def test_kind_8_calls_of_an_exchange_that_started_anew_are_ended_and_adopted_once(
    connector: Connector, exchange: Path, make_recovery: MakeRecovery
) -> None:
    connector.spool.begin_call(KEY, NOW - timedelta(minutes=5))
    leave(exchange, talk(4))
    assert await make_recovery(frozenset({KEY})).recover() == 0
    sweeper = make_recovery(frozenset())
    assert [await sweeper.recover(), await sweeper.recover()] == [1, 0]
    await connector.uploader.bring()
    assert len(connector.backend.reports) == 1
