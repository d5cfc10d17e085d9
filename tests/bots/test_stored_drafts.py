"""What somebody has begun outlives every change of the form that it is kept in."""

import json
from copy import deepcopy
from typing import Any

import pytest

from bots.stored import from_row, to_row
from hotline.channel import Channel
from hotline.place.point import Point
from tests.bots.stage import CITIZEN, Stage
from tests.fakes.files import CONNECTOR

WORDS = "中山东路68号门口路灯不亮"
# As version 0.1.0 kept it, field by field.
OF_0_1_0: dict[str, Any] = {
    "language": "zh_CN",
    "report": {
        "key": "500:9001",
        "said_at": "2026-11-23T01:00:00+00:00",
        "rev": 1,
        "text": WORDS,
        "place_text": "",
        "point": [121.59, 29.88],
        "hint": None,
        "photos": ["a" * 64, "b" * 64],
        "albums": ["album1"],
        "matter": "",
        "matter_name": "",
        "awaits": "",
    },
    "work": None,
    "loose": [],
    "loose_album": "",
    "loose_until": "",
    "albums": [{"album": "x", "number": "00000018", "kind": "photo", "until": "2026-11-23T01:10"}],
    "seen": ["500:9001"],
    "unsent": [
        {
            "address": "500",
            "text": "请确认",
            "rows": [[["✅ 提交", "new:1:submit"]]],
            "photos": [],
            "replaces": "",
            "ask_place": "",
        }
    ],
}


def kept(stage: Stage, row: object) -> None:
    """Let a chat have this row, and the photos that it names."""
    for sha256 in OF_0_1_0["report"]["photos"]:
        stage.backend.files.holders[sha256] = {CONNECTOR}
    stage.backend.drafts[Channel.TELEGRAM, str(CITIZEN)] = row  # type: ignore[assignment]


def changed(**report: Any) -> dict[str, Any]:
    """The row with something in its report changed."""
    row = deepcopy(OF_0_1_0)
    row["report"].update(report)
    return row


async def handed_in(stage: Stage) -> Any:
    """Add a word, hand the report in, and give it."""
    await stage.write(CITIZEN, "快来修")
    await stage.tap(CITIZEN, "提交")
    return next(iter(stage.backend.reports.values()))[0]


async def test_d4_a_draft_of_0_1_0_is_gone_on_with(stage: Stage) -> None:
    restored = from_row(OF_0_1_0)
    assert not restored.damaged
    assert restored.draft.home("x") is not None
    assert restored.draft.unsent[0].rows[0][0].data == "new:1:submit"
    kept(stage, deepcopy(OF_0_1_0))
    report = await handed_in(stage)
    assert report.key == "500:9001"
    assert report.text == f"{WORDS}\n快来修"
    assert report.point == Point(121.59, 29.88)
    assert report.media == ("a" * 64, "b" * 64)
    assert not any("读不出来" in one.text for one in stage.api.sent)


@pytest.mark.parametrize("missing", OF_0_1_0["report"])
async def test_d4_a_field_that_is_missing_costs_only_itself(stage: Stage, missing: str) -> None:
    row = deepcopy(OF_0_1_0)
    del row["report"][missing]
    kept(stage, row)
    report = await handed_in(stage)
    assert report.text == ("快来修" if missing == "text" else f"{WORDS}\n快来修")
    assert len(report.media) == (0 if missing == "photos" else 2)
    assert report.key


@pytest.mark.parametrize("missing", OF_0_1_0)
def test_d4_a_chat_of_any_older_make_is_read(missing: str) -> None:
    row = deepcopy(OF_0_1_0)
    del row[missing]
    restored = from_row(row)
    assert not restored.damaged
    assert (restored.draft.report is None) == (missing == "report")


async def test_d4_fields_that_nobody_knows_are_passed_over(stage: Stage) -> None:
    row = changed(weather="rain") | {"mood": {"a": 1}, "form": None}
    row["albums"][0]["colour"] = "red"
    row["unsent"][0]["emoji"] = []
    kept(stage, row)
    assert (await handed_in(stage)).text == f"{WORDS}\n快来修"


@pytest.mark.parametrize(
    "broken",
    [
        {"point": [999, 12]},
        {"point": "here"},
        {"hint": [1]},
        {"photos": {"a": 1}},
        {"rev": "one"},
        {"albums": 7},
        {"matter": None},
        {"parts": 5, "awaits": []},
    ],
    ids=str,
)
async def test_d4_a_broken_field_is_kept_aside_and_told(
    stage: Stage, broken: dict[str, Any]
) -> None:
    kept(stage, changed(**broken))
    report = await handed_in(stage)
    assert report.text == f"{WORDS}\n快来修"
    told = [one.text for one in stage.api.of(CITIZEN) if "读不出来" in one.text]
    assert len(told) == 1
    assert len(stage.draft(CITIZEN)["aside"]) == 1


@pytest.mark.parametrize("row", ["text", 7, [], {"report": []}, {"report": "x", "seen": 3}])
async def test_d4_a_row_that_is_none_is_kept_aside_and_told(stage: Stage, row: object) -> None:
    kept(stage, row)
    await stage.write(CITIZEN, WORDS)
    said = [one.text for one in stage.api.of(CITIZEN)]
    assert "读不出来" in said[0]
    assert "请确认" in said[1]
    assert stage.draft(CITIZEN)["aside"]
    await stage.write(CITIZEN, "快来修")
    assert len(stage.draft(CITIZEN)["aside"]) == 1, "told and kept once"
    assert "读不出来" not in "".join(one.text for one in stage.api.of(CITIZEN)[2:])


def test_d4_a_message_that_comes_twice_meets_the_same_key() -> None:
    row = changed()
    del row["report"]["key"]
    keys = {from_row(deepcopy(row)).draft.report.key for _ in range(2)}  # type: ignore[union-attr]
    assert len(keys) == 1
    assert "" not in keys


def test_d4_what_is_written_today_is_read_back() -> None:
    draft = from_row(OF_0_1_0).draft
    from_json = from_row(deepcopy(stored_as_json(draft)))
    assert from_json.draft == draft
    assert not from_json.damaged
    assert from_row(None).draft.report is None


def stored_as_json(draft: Any) -> Any:
    """The row of a draft after the database."""
    return json.loads(json.dumps(to_row(draft)))


async def test_a_message_taken_before_the_upgrade_and_told_again_is_taken_once(
    stage: Stage,
) -> None:
    """0.1.0 knew messages by chat and number alone; today's key holds the date as well."""
    again = stage.api.write(CITIZEN, "快来修")
    row = deepcopy(OF_0_1_0)
    row["seen"] = [f"{CITIZEN}:{again['message']['message_id']}"]
    kept(stage, row)
    await stage.hear(again)
    assert stage.draft(CITIZEN)["report"]["text"] == WORDS
    assert stage.api.last(CITIZEN).text == "请确认", "the answer that may not have gone out"
    await stage.write(CITIZEN, "很危险")
    # From now on a bot that was made anew may use the number for something else.
    anew = stage.api.write(CITIZEN, "路灯也不亮")
    anew["message"] |= {"message_id": again["message"]["message_id"]}
    anew["message"]["date"] += 86_400
    await stage.hear(anew)
    await stage.tap(CITIZEN, "提交")
    report, _ = next(iter(stage.backend.reports.values()))
    assert report.text == f"{WORDS}\n很危险\n路灯也不亮"
