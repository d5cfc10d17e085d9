"""Data that the workflow does not know comes back nowhere: limits, words and prompts of stages.

D10: a stage in limits.toml and in two catalogues that no workflow had.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from backend.desks import call_backs
from config.settings import ROOT
from hotline import contract
from hotline.words import LANGUAGES, catalogue
from ivr.flows.status import OTHER_STAGE
from tests.cities import form, limits, read, workflow

# What begins a case, and what the machine adds to it: no moves of the workflow.
MACHINE = {"report", "register", "suggest", "transcribe", "attach", "light", "recount"}
# What the phone says of a stage that its prompts do not know.
FALLBACK = {OTHER_STAGE.removeprefix("stage_")}
WEB = ROOT / "backend" / "web" / "src" / "words"
PROMPTS = ROOT / "config" / "asterisk" / "prompts"


def console(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((WEB / f"{language}.json").read_text("utf-8"))
    return words


def behind(names: Any, prefix: str) -> set[str]:
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def actions() -> set[str]:
    return {move.action for move in workflow().moves}


def test_d10_a_limit_is_a_stages_of_the_workflow() -> None:
    open_stages = set(workflow().stages) - workflow().ends
    # Handling takes its limit from the filing condition; what waits for its day or for another case
    # has none.
    assert open_stages - set(limits().stages) == {"handling", "suspended", "bundled"}
    assert set(limits().stages) <= open_stages


@pytest.mark.parametrize("language", LANGUAGES)
def test_d10_exactly_the_stages_of_the_workflow_have_words(language: str) -> None:
    prompts = {one.prompt.removeprefix("stage_") for one in workflow().stages.values()}
    assert behind(catalogue(language), "phone.stage_") == prompts | FALLBACK
    # What people read of them stands in the workflow itself.
    assert behind(console(language), "stage.") == set()
    assert all(
        one.named(language) and one.told and one.told_en for one in workflow().stages.values()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_d10_exactly_the_actions_there_are_have_words(language: str) -> None:
    assert set(workflow().actions) == actions()
    assert behind(console(language), "action.") == set()
    # The timeline also has what was said in a chat.
    assert behind(console(language), "step.") - {"chat"} == MACHINE
    assert behind(catalogue(language), "demo.did_") == MACHINE


@pytest.mark.parametrize("language", LANGUAGES)
def test_d10_exactly_the_notices_of_the_workflow_have_words(language: str) -> None:
    told = {rule.template for move in workflow().moves for rule in move.notices}
    words = catalogue(language)
    assert told <= set(words)
    # A call-back is of no case: its message is the room's own.
    assert behind(words, "told.") == behind({*told, call_backs.TEMPLATE}, "told.")


def test_d10_exactly_the_stages_of_the_workflow_have_a_prompt() -> None:
    text = (PROMPTS / "prompts.toml").read_text("utf-8")
    named = set(re.findall(r"^stage_(\w+) =", text, re.MULTILINE))
    assert named == {one.prompt.removeprefix("stage_") for one in workflow().stages.values()} | (
        FALLBACK
    )
    sounds = [path for folder in PROMPTS.iterdir() if folder.is_dir() for path in folder.iterdir()]
    declared = tomllib.loads((PROMPTS / "rendered.toml").read_text("utf-8"))
    assert {f"{path.parent.name}/{path.name}" for path in sounds} == set(declared)


def test_d10_the_history_of_the_demo_city_names_what_its_workflow_and_form_have() -> None:
    history = read("history.toml")
    assert set(history["notes"]) <= actions()
    assert set(history["weights"]) == set(history["minutes"]) <= actions()
    open_stages = set(workflow().stages) - workflow().ends
    assert all(set(one.get("open", open_stages)) <= open_stages for one in history["span"].values())
    for name, shares in history["fields"].items():
        assert set(shares) <= {one.id for one in form().fields[name].options}


def test_d10_every_row_of_the_routes_page_is_called_by_a_client() -> None:
    """The lexicon's route had a provider and a client, and nobody who asked."""
    named = [name for name, one in vars(contract).items() if isinstance(one, contract.Endpoint)]
    client = (ROOT / "backend/client.py").read_text("utf-8")
    assert named
    assert [name for name in named if f"contract.{name}" not in client] == []


def test_d10_every_call_of_the_connectors_client_is_made_by_a_connector() -> None:
    client = (ROOT / "backend/client.py").read_text("utf-8")
    connectors = "\n".join(
        path.read_text("utf-8")
        for folder in ("ivr", "bots", "backend")
        for path in Path(ROOT / folder).rglob("*.py")
    )
    methods = re.findall(r"^    async def ([a-z]\w+)\(", client, re.MULTILINE)
    assert methods
    assert [name for name in methods if not re.search(rf"\.{name}\b", connectors)] == []
