"""What waits on disk comes back as it was, once, whatever was cut short."""

import errno
import json
import os
from collections.abc import Callable, Sized
from datetime import timedelta
from pathlib import Path

import pytest

from backend.api.http import MAX_JSON_BYTES
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.health import Beat
from hotline.queue import MAX_REASON_LENGTH
from hotline.wire import encode
from ivr.numbers import NumberReserve
from ivr.spool import LARGEST_BYTES, MAX_TOLD, NOTES, Spool, note_name
from ivr.spool_records import SpokenReport
from tests.ivr.fakes import NOW
from tests.ivr.spooled import live_in, notes_in, reports_in, rings_in


def make_report(key: str = "h1-100-0", number: str | None = "20260418") -> SpokenReport:
    return SpokenReport(key, "13800138000", "zh_CN", NOW, number, "/spool/a.wav", 3.5)


def test_a_report_comes_back_as_it_was(tmp_path: Path) -> None:
    Spool(tmp_path).keep_report(make_report())
    assert reports_in(Spool(tmp_path)) == [make_report()]


def test_a_report_without_a_number_stays_without(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(make_report(number=None))
    assert reports_in(spool)[0].number is None


def test_a_ring_with_a_foreign_name_comes_back_as_it_was(tmp_path: Path) -> None:
    ring = CallRing("h1-100-0", "138", NOW, '王"小\n明\\', "12345")
    Spool(tmp_path).keep_ring(ring)
    assert rings_in(Spool(tmp_path)) == [ring]


def test_the_same_mark_kept_twice_is_one(tmp_path: Path) -> None:
    spool, note = Spool(tmp_path), CallEvent("h1-100-0", CallEventType.ENDED, NOW)
    spool.keep_note(note)
    spool.keep_note(note)
    assert notes_in(spool) == [note]
    spool.drop(NOTES, note_name(note))
    assert notes_in(spool) == []


def test_what_was_being_written_at_a_kill_is_swept_away(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(make_report())
    (tmp_path / "reports" / "h2.json.part123").write_text('{"key": "h2"')
    assert [report.key for report in reports_in(Spool(tmp_path))] == ["h1-100-0"]
    assert list((tmp_path / "reports").glob("*.part*")) == []


def test_a_refused_report_is_set_aside_and_not_lost(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(make_report())
    spool.set_aside("reports", "h1-100-0", "the calendar has no such year")
    assert reports_in(spool) == []
    (aside,) = Spool(tmp_path).aside()
    assert (aside.ref, aside.reason) == ("h1-100-0", "the calendar has no such year")
    assert spool.has_report("h1-100-0")


def test_what_was_set_aside_waits_again_by_one_act(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(make_report())
    spool.set_aside("reports", "h1-100-0", "refused")
    assert spool.bring_back("reports", "h1-100-0")
    assert reports_in(Spool(tmp_path)) == [make_report()]
    assert Spool(tmp_path).aside() == []
    assert not spool.bring_back("reports", "h1-100-0")


def test_a_report_that_an_earlier_version_set_aside_comes_back(tmp_path: Path) -> None:
    Spool(tmp_path).keep_report(make_report())
    (tmp_path / "reports" / "h1-100-0.json").replace(tmp_path / "stuck" / "h1-100-0.json")
    spool = Spool(tmp_path)
    assert [(one.queue, one.ref, one.reason) for one in spool.aside()] == [
        ("reports", "h1-100-0", "")
    ]
    assert spool.bring_back("reports", "h1-100-0")
    assert reports_in(spool) == [make_report()]


REPORT = {
    "key": "h1-100-0", "caller": "13800138000", "language": "zh_CN", "said_at": NOW.isoformat(),
    "number": "20260418", "recording": "/spool/a.wav", "seconds_of_speech": 3.5, "text": "",
}  # fmt: skip
OTHER = SpokenReport("h1-200-0", "", "zh_CN", NOW, None)
NEEDED = {"key", "said_at"}


@pytest.mark.parametrize("missing", sorted(REPORT))
def test_d4_a_spool_file_without_a_field_stops_nothing(tmp_path: Path, missing: str) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(OTHER)
    older = {name: value for name, value in REPORT.items() if name != missing}
    (tmp_path / "reports" / "h1-100-0.json").write_text(json.dumps(older), "utf-8")
    read = {report.key for report in reports_in(spool)}
    if missing in NEEDED:
        assert read == {"h1-200-0"}
        (aside,) = spool.aside()
        assert missing in aside.reason
    else:
        assert read == {"h1-100-0", "h1-200-0"}
        assert spool.aside() == []


def test_d4_a_spool_file_with_an_unknown_field_is_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    newer = {**REPORT, "colour": {"of": ["a later version"]}}
    (tmp_path / "reports" / "h1-100-0.json").write_text(json.dumps(newer), "utf-8")
    assert reports_in(spool) == [make_report()]


@pytest.mark.parametrize("kind", ["reports", "rings", "notes", "live"])
@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"\x00" * 9, b"[" * 100_000, b'{"key": 1}'],
)
def test_d4_a_broken_spool_file_is_set_aside_with_its_reason(
    tmp_path: Path, kind: str, broken: bytes
) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(OTHER)
    spool.keep_ring(CallRing("h1-200-0", "138", NOW))
    spool.keep_note(CallEvent("h1-200-0", CallEventType.ENDED, NOW))
    spool.begin_call("h1-200-0", NOW)
    (tmp_path / kind / "h1-100-0.json").write_bytes(broken)
    read: dict[str, Callable[[Spool], Sized]] = {
        "reports": reports_in, "rings": rings_in, "notes": notes_in, "live": live_in,
    }  # fmt: skip
    assert len(read[kind](spool)) == 1
    (aside,) = spool.aside()
    assert (aside.queue, aside.ref) == (kind, "h1-100-0")
    assert aside.reason


@pytest.mark.parametrize("kind", ["reports", "rings", "notes"])
def test_k4_a_spool_file_that_holds_half_a_sign_is_set_aside(tmp_path: Path, kind: str) -> None:
    """Nobody can send half of a pair; one mark with it kept back the marks of every call."""
    spool = Spool(tmp_path)
    half = {
        **REPORT,
        "at": NOW.isoformat(),
        "mark": "ended",
        "value": "\udc00",
        "caller": "1\ud800",
    }
    (tmp_path / kind / "h1-100-0.json").write_text(json.dumps(half), "ascii")
    assert not [*reports_in(spool), *rings_in(spool), *notes_in(spool)]
    (aside,) = spool.aside()
    assert (aside.queue, aside.ref) == (kind, "h1-100-0")
    assert "surrogate" in aside.reason


def test_a_report_that_cannot_be_read_leaves_its_recording_to_be_adopted(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    (tmp_path / "reports" / "h1-100-0.json").write_text("{")
    assert reports_in(spool) == []
    assert not spool.has_report("h1-100-0")
    assert spool.report("h1-100-0") is None


def test_open_calls_of_an_earlier_process_are_known(tmp_path: Path) -> None:
    Spool(tmp_path).begin_call("h1-100-0", NOW - timedelta(hours=1))
    later = Spool(tmp_path)
    assert live_in(later) == {"h1-100-0": NOW - timedelta(hours=1)}
    later.end_call("h1-100-0")
    assert live_in(later) == {}


def test_a_number_is_given_once_also_across_a_kill(tmp_path: Path) -> None:
    numbers = NumberReserve(tmp_path / "numbers.log")
    numbers.add(["11", "22", "33"])
    first = numbers.take()
    again = NumberReserve(tmp_path / "numbers.log")
    assert [first, again.take(), again.take(), again.take()] == ["11", "22", "33", None]


def test_half_a_line_of_the_journal_does_not_count(tmp_path: Path) -> None:
    numbers = NumberReserve(tmp_path / "numbers.log")
    numbers.add(["11111111", "22222222"])
    with (tmp_path / "numbers.log").open("a") as journal:
        journal.write("+3333")
    again = NumberReserve(tmp_path / "numbers.log")
    assert again.count == 2
    assert NumberReserve(tmp_path / "numbers.log").count == 2


def test_a_number_whose_taking_was_half_written_is_free(tmp_path: Path) -> None:
    numbers = NumberReserve(tmp_path / "numbers.log")
    numbers.add(["11111111"])
    with (tmp_path / "numbers.log").open("a") as journal:
        journal.write("-11111111")
    assert NumberReserve(tmp_path / "numbers.log").take() == "11111111"


def test_a_block_leased_twice_is_counted_once(tmp_path: Path) -> None:
    numbers = NumberReserve(tmp_path / "numbers.log")
    numbers.add(["11"])
    numbers.add(["11"])
    assert numbers.count == 1


def test_a_sign_of_life_stays_small_however_much_lies_aside(tmp_path: Path) -> None:
    """One that is too large is refused, and the connector looks dead when it is needed most."""
    spool = Spool(tmp_path)
    for turn in range(MAX_TOLD + 3):
        spool.keep_report(make_report(f"h1-{turn}-0"))
        spool.set_aside("reports", f"h1-{turn}-0", "理" * MAX_REASON_LENGTH)
    told = spool.aside()
    assert len(told) == MAX_TOLD
    assert len(encode(Beat("ivr", NOW, {}, tuple(told)))) < MAX_JSON_BYTES
    spool.bring_back("reports", told[0].ref)
    assert len(spool.aside()) == MAX_TOLD


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").touch()


ODD: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a folder": ("h1-100-0", _folder),
    "a link to nothing": ("h1-100-0", lambda path: path.symlink_to("nowhere")),
    "a link to itself": ("h1-100-0", lambda path: path.symlink_to(path)),
    "a pipe": ("h1-100-0", os.mkfifo),
    "far too large": ("h1-100-0", lambda path: os.truncate(_made(path), LARGEST_BYTES + 1)),
    "another encoding": ("h1-100-0", lambda path: path.write_text("井盖", "gb18030")),
    "a name with a new line": ("h1\n100", lambda path: path.write_text("{}")),
    "a name in no encoding": (os.fsdecode(b"h1-\xff"), lambda path: path.write_text("{}")),
    "a name with a dot": ("h1.100", lambda path: path.write_text("{}")),
}


def _made(path: Path) -> Path:
    path.touch()
    return path


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["reports", "rings", "notes", "live"])
def test_k4_what_is_no_record_is_set_aside_shown_and_brought_back(
    tmp_path: Path, kind: str, odd: str
) -> None:
    name, make = ODD[odd]
    spool = Spool(tmp_path)
    spool.keep_report(OTHER)
    make(tmp_path / kind / f"{name}.json")
    assert [one.key for one in reports_in(spool)] == [OTHER.key]
    read: dict[str, Callable[[Spool], Sized]] = {"rings": rings_in, "notes": notes_in}
    read |= {"live": live_in, "reports": reports_in}
    for _ in range(2):
        read[kind](spool)
        (aside,) = spool.aside()
        assert (aside.queue, aside.ref.isprintable(), bool(aside.reason)) == (kind, True, True)
        assert spool.waiting(NOW)["reports"] == 1
        assert spool.bring_back(kind, aside.ref)


def test_k4_a_file_that_may_not_be_read_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator reads all, so the refusal is the test's own."""
    spool = Spool(tmp_path)
    spool.keep_report(make_report())
    spool.keep_report(OTHER)
    reads = Path.read_text

    def refuses(path: Path, *given: str) -> str:
        if path.name == "h1-100-0.json":
            raise PermissionError(errno.EACCES, "Permission denied")
        return reads(path, *given)

    monkeypatch.setattr(Path, "read_bytes", refuses)
    assert reports_in(spool) == [OTHER]
    assert [one.ref for one in spool.aside()] == ["h1-100-0"]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_k4_a_machine_without_a_handle_left_sets_nothing_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    spool = Spool(tmp_path)
    spool.keep_report(OTHER)

    def none_left(*_: object) -> str:
        raise OSError(number, "none left")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "read_bytes", none_left)
        assert reports_in(spool) == []
    assert reports_in(spool) == [OTHER]


def test_a_full_disk_keeps_no_half_of_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        spool.keep_report(OTHER)
    assert not list((tmp_path / "reports").iterdir())
