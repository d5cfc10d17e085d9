"""Trying the way of a call: a plan that does not count yet, and the sounds of prompts."""

import sys
from pathlib import Path

import pytest

from backend.desks import call_trial
from backend.desks.context import AppContext
from backend.sound import WaveShape
from backend.store import releases
from hotline.release import Section, manifest_of
from hotline.room.plan_data import SECTION
from tests.backend.api.conftest import Browser, SignIn


@pytest.fixture
async def chief(sign_in: SignIn) -> Browser:
    """A duty chief's browser."""
    return await sign_in("chief1")


async def test_prompts_are_heard_and_nothing_else_is(chief: Browser) -> None:
    answer = await chief.client.get("/api/room/prompts/zh_CN/welcome")
    assert (await answer.read())[:4] == b"RIFF"
    for path in ("zh_CN/nothing", "fr/welcome", "zh_CN/..%2f..%2fprompts.toml", "..%2f/x"):
        assert (await chief.ask("GET", f"/api/room/prompts/{path}"))[0] == 404, path


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ("hours = [", "plan"),
        (".".join("a" * 30_000) + " = 1", "plan"),
        ("a = [" + "[\n" * 20_000, "plan"),
        ("ring_s = " + "9" * 300, "room"),
        ('hours = ["00:00-24:00"]', "room.skill"),
        (
            'hours = ["25:00-24:00"]\n[[skill]]\nid="a"\nname="a"\nname_en="a"\nqueue=1',
            "room.hours",
        ),
    ],
)
async def test_a_plan_at_fault_is_told_by_its_entry(chief: Browser, plan: str, field: str) -> None:
    status, told = await chief.ask("POST", "/api/room/try", json={"plan": plan})
    assert (status, told["field"].startswith(field)) == (400, True), told


async def test_a_flow_that_cannot_run_or_hangs_is_told(
    chief: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert (await chief.ask("POST", "/api/room/try", json={}))[0] == 503
    monkeypatch.setattr(call_trial, "MAX_S", 0.2)
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 9\n")
    slow.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(slow))
    assert (await chief.ask("POST", "/api/room/try", json={}))[0] == 503


async def test_only_who_leads_the_room_tries_calls(sign_in: SignIn) -> None:
    seat = await sign_in("acceptor1")
    assert (await seat.ask("POST", "/api/room/try", json={}))[0] == 403
    assert (await seat.ask("GET", "/api/room/plan"))[0] == 403


async def test_the_plan_that_counts_is_given_as_it_was_written(
    office: AppContext, chief: Browser
) -> None:
    text = 'hours = ["08:00-20:00"]  # a note'
    kept = {SECTION: Section("toml", text)}
    manifest = manifest_of(kept)
    async with office.store.connect() as connection:
        await releases.keep(connection, office.city.release, kept, manifest, office.clock.now())
        await connection.commit()
    told = await chief.get("/api/room/plan")
    assert told["text"] == text
    assert told["plan"]["skills"][0]["id"] == office.city.room.skills[0].id


async def test_words_are_spoken_where_there_is_a_voice_and_refused_where_not(
    chief: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    robot, said = tmp_path / ".tools/asterisk/bin/espeak-ng", tmp_path / "said.wav"
    said.write_bytes(WaveShape(44, 32000, 16000, 1).header + bytes(32000))
    robot.parent.mkdir(parents=True)
    robot.write_text("#!/bin/sh\nexit 1\n")
    robot.chmod(0o700)
    status, told = await chief.ask("POST", "/api/room/speak", json={"text": "您好"})
    assert (status, told["code"]) == (422, "no_voice")
    robot.write_text(f"#!/bin/sh\n/bin/cat > {tmp_path}/text; exec /bin/cat {said}\n")
    headers = chief.headers | {"X-CSRF-Token": chief.csrf}
    heard = await chief.client.post("/api/room/speak", json={"text": "您好"}, headers=headers)
    assert (await heard.read())[:4] == b"RIFF"
    assert (tmp_path / "text").read_text("utf-8") == "您好"


async def test_a_call_is_tried_under_a_plan_that_does_not_count_yet(chief: Browser) -> None:
    plan = (
        'hours = ["00:00-24:00"]\n[[skill]]\nid = "a"\nname = "a"\nname_en = "a"\nqueue = 1\n'
        '[[key]]\nkey = "0"\ndoes = "human"\nagain = "emergency"\n'
        '[[prompt]]\nid = "welcome"\nlanguage = "zh_CN"\ntext = "明州热线，您好。"\n'
    )
    asked = {"plan": plan, "queues": [{"skill": "a", "seats": 2, "before": 3}]}
    told = await chief.post("/api/room/try", asked)
    assert [told["said"][0][name] for name in ("prompt", "text", "sound")] == [
        "welcome", "明州热线，您好。", "",
    ]  # fmt: skip
    assert (told["ends"], told["skill"], told["place"]) == ("queue", "a", 4)
    danger = await chief.post("/api/room/try", {**asked, "pressed": ["0", "0"]})
    assert (danger["ends"], danger["place"]) == ("queue", 1)
    assert "emergency" in [one["mark"] for one in danger["marks"]]


async def test_what_is_odd_in_a_trial_is_refused_by_its_field(chief: Browser) -> None:
    for odd in ({"pressed": ["x"]}, {"own_cases": 9}, {"queues": [{"skill": "A", "seats": 1}]}):
        status, told = await chief.ask("POST", "/api/room/try", json=odd)
        assert (status, told["code"]) == (400, "invalid"), odd


async def test_words_that_say_nothing_are_not_spoken(chief: Browser) -> None:
    for text in (" ", "\n", "\u202e\u200b", "……"):
        status, told = await chief.ask("POST", "/api/room/speak", json={"text": text})
        assert (status, told["code"]) in ((400, "input_missing"), (400, "invalid")), text
    asked = {"text": "您好", "language": "fr"}
    assert (await chief.ask("POST", "/api/room/speak", json=asked))[0] == 400


async def test_a_name_with_a_character_that_is_none_is_refused(chief: Browser) -> None:
    plan = (
        'hours = ["00:00-24:00"]\n'
        '[[skill]]\nid = "a"\nname = "a\\u0000b"\nname_en = "a"\nqueue = 1\n'
    )
    status, told = await chief.ask("POST", "/api/room/try", json={"plan": plan})
    assert (status, told["code"]) == (400, "invalid")
