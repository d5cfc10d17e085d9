"""What waits on disk comes back as it was, once, whatever was cut short."""

from datetime import timedelta
from pathlib import Path

from hotline.call import CallMark, CallNote, CallRing
from ivr.numbers import Numbers
from ivr.spool import SpokenReport, Spool
from tests.ivr.fakes import NOW


def make_report(key: str = "h1-100-0", number: str | None = "20260418") -> SpokenReport:
    return SpokenReport(key, "13800138000", "zh_CN", NOW, number, "/spool/a.wav", 3.5)


def test_a_report_comes_back_as_it_was(tmp_path: Path) -> None:
    Spool(tmp_path).keep_report(make_report())
    assert Spool(tmp_path).reports() == [make_report()]


def test_a_report_without_a_number_stays_without(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(make_report(number=None))
    assert spool.reports()[0].number is None


def test_a_ring_with_a_foreign_name_comes_back_as_it_was(tmp_path: Path) -> None:
    ring = CallRing("h1-100-0", "138", NOW, '王"小\n明\\', "12345")
    Spool(tmp_path).keep_ring(ring)
    assert Spool(tmp_path).rings() == [ring]


def test_the_same_mark_kept_twice_is_one(tmp_path: Path) -> None:
    spool, note = Spool(tmp_path), CallNote("h1-100-0", CallMark.ENDED, NOW)
    spool.keep_note(note)
    spool.keep_note(note)
    assert spool.notes() == [note]
    spool.drop_note(note)
    assert spool.notes() == []


def test_what_was_being_written_at_a_kill_is_swept_away(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(make_report())
    (tmp_path / "reports" / "h2.json.part123").write_text('{"key": "h2"')
    assert [report.key for report in Spool(tmp_path).reports()] == ["h1-100-0"]
    assert list((tmp_path / "reports").glob("*.part*")) == []


def test_a_refused_report_is_set_aside_and_not_lost(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(make_report())
    spool.set_report_aside("h1-100-0")
    assert spool.reports() == []
    assert spool.stuck() == 1
    assert spool.has_report("h1-100-0")


def test_open_calls_of_an_earlier_process_are_known(tmp_path: Path) -> None:
    Spool(tmp_path).begin_call("h1-100-0", NOW - timedelta(hours=1))
    later = Spool(tmp_path)
    assert later.live_calls() == {"h1-100-0": NOW - timedelta(hours=1)}
    later.end_call("h1-100-0")
    assert later.live_calls() == {}


def test_a_number_is_given_once_also_across_a_kill(tmp_path: Path) -> None:
    numbers = Numbers(tmp_path / "numbers.log")
    numbers.add(["11", "22", "33"])
    first = numbers.take()
    again = Numbers(tmp_path / "numbers.log")
    assert [first, again.take(), again.take(), again.take()] == ["11", "22", "33", None]


def test_half_a_line_of_the_journal_does_not_count(tmp_path: Path) -> None:
    numbers = Numbers(tmp_path / "numbers.log")
    numbers.add(["11111111", "22222222"])
    with (tmp_path / "numbers.log").open("a") as journal:
        journal.write("+3333")
    again = Numbers(tmp_path / "numbers.log")
    assert again.count == 2
    assert Numbers(tmp_path / "numbers.log").count == 2


def test_a_number_whose_taking_was_half_written_is_free(tmp_path: Path) -> None:
    numbers = Numbers(tmp_path / "numbers.log")
    numbers.add(["11111111"])
    with (tmp_path / "numbers.log").open("a") as journal:
        journal.write("-11111111")
    assert Numbers(tmp_path / "numbers.log").take() == "11111111"


def test_a_block_leased_twice_is_counted_once(tmp_path: Path) -> None:
    numbers = Numbers(tmp_path / "numbers.log")
    numbers.add(["11"])
    numbers.add(["11"])
    assert numbers.count == 1
