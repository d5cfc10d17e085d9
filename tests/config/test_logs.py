"""One line an event, with the values that were logged beside it."""

import json
import logging

import pytest

from config.logs import JsonLine, TextLine


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
