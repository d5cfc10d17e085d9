"""One line an event, with the values that were logged beside it."""

import json
import logging
from pathlib import Path

import pytest

from config.logs import JsonLine, TextLine, keep_short


def record(**extra: object) -> logging.LogRecord:
    given = {"name": "ivr", "levelname": "WARNING", "msg": "call %s lost", "args": ("7",)} | extra
    return logging.makeLogRecord(given)


def test_a_line_of_json_has_the_extra_values() -> None:
    line = json.loads(JsonLine().format(record(case="00002019")))
    assert line["message"] == "call 7 lost"
    assert (line["level"], line["logger"], line["case"]) == ("warning", "ivr", "00002019")


def test_a_line_of_text_has_them_too() -> None:
    assert TextLine().format(record(case="00002019")).endswith("ivr: call 7 lost case=00002019")


@pytest.mark.parametrize("form", [JsonLine(), TextLine()])
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("rang 13588887777", "rang …777"),
        ("rang +8613588887777 twice", "rang …777 twice"),
        ("address='057462345678'", "address='…678'"),
        ("spool/recording/h4b_13588887777.wav", "spool/recording/h4b_…777.wav"),
        ("spool/recording/h4b_12345.wav", "spool/recording/h4b_…345.wav"),
        ("case 00002019 of call 1795674896.12", "case 00002019 of call 1795674896.12"),
        ("file 88c89c13588887777aa at 2026-11-26T08:00:00", None),
    ],
)
def test_m5_a_line_tells_no_telephone_number(
    form: logging.Formatter, said: str, kept: str | None
) -> None:
    assert (kept or said) in form.format(record(msg=said, args=()))
    error = ValueError(said)
    failed = form.format(record(exc_info=(ValueError, error, None)))
    assert (kept or said) in failed


def test_a_log_that_strangers_fill_is_cut_and_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"first" + b"x" * 95)
        keep_short(path, 100)
        assert path.stat().st_size == 100
        writer.write(b"x")
        keep_short(path, 100)
        writer.write(b"last")
    assert path.read_bytes() == b"first" + b"x" * 45 + b"last"


def test_a_log_that_is_a_link_or_not_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"x" * 200)
    (tmp_path / "messages").symlink_to(tmp_path / "other")
    keep_short(tmp_path / "messages", 100)
    keep_short(tmp_path / "none", 100)
    assert (tmp_path / "other").stat().st_size == 200
    assert not (tmp_path / "none").exists()
