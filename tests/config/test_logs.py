"""One line an event, with the values that were logged beside it."""

import json
import logging

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
