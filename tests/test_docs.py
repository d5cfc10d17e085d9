"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from backend import posts_document
from backend.__main__ import COMMANDS
from backend.api import document
from backend.cli.settings_cmd import WRITTEN
from hotline.rights.permissions import OFFICE
from hotline.words import LANGUAGES, catalogue
from tests.cities import demo_city
from tests.posts import Post
from tests.sources import ROOT, name_of, python_files, text_of, tracked_files

pytestmark = pytest.mark.house

PAGES = [path for path in tracked_files() if path.suffix == ".md"]
CODE = re.compile(r"""\bcode(?:: str)? ?= ?["']([a-z_]+)["']""")


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_the_settings_are_documented_as_declared(path: Path) -> None:
    assert path.read_text("utf-8") == WRITTEN[path](), f"write {name_of(path)} anew"


def test_the_routes_and_error_codes_are_documented_as_declared() -> None:
    assert document.PAGE.read_text("utf-8") == document.page(), "python -m backend.api.document"


def test_the_rights_of_every_post_are_documented_as_they_are() -> None:
    told = posts_document.DOCUMENT.read_text("utf-8")
    assert told == posts_document.document(demo_city()), "python -m backend.posts_document"
    assert set(posts_document.SAID) == OFFICE


def test_every_error_code_has_its_words() -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        missing = {
            f"{name_of(path)}: {code}"
            for path in python_files()
            if name_of(path).startswith(("hotline/", "backend/desks/", "backend/api/"))
            for code in CODE.findall(text_of(path))
            if f"error.{code}" not in words
        }
        assert not missing


def test_every_command_is_described() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    missing = [name for name in COMMANDS if f"`hotline {name}" not in text]
    assert not missing


def test_every_make_target_is_described() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for page in ("README.md", "README.zh-CN.md"):
        text = (ROOT / page).read_text("utf-8")
        missing = [t for t in targets if t not in {"help", "lock"} and f"make {t}" not in text]
        assert not missing, page


def test_links_between_pages_lead_somewhere() -> None:
    lost = set()
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text_of(page)):
            if "://" not in target and not (page.parent / target).exists():
                lost.add(f"{name_of(page)}: {target}")
    assert not lost


def test_the_glossary_has_every_post_and_stage() -> None:
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    workflow = (ROOT / "config/city/demo/workflow.toml").read_text("utf-8")
    names = {str(post) for post in Post} | set(re.findall(r'^to = "(\w+)"', workflow, re.MULTILINE))
    assert not {name for name in names if f"`{name}`" not in text}


def test_what_is_said_to_hold_is_tested() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    tests = re.findall(
        r"^(?:async )?def (test_\w+)",
        "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")),
        re.MULTILINE,
    )
    named = re.findall(r"`(test_\w+)(…?)`", page)
    assert named
    missing = {
        name
        for name, more in named
        if not any(test == name or (more and test.startswith(name)) for test in tests)
    }
    assert not missing


def test_every_branch_of_a_case_names_a_story_that_is_there() -> None:
    page = (ROOT / "docs" / "cases.md").read_text("utf-8")
    table, _, rest = page.partition("\nWithout a story")
    stories = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", table)
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(stories) == len(rows) > 30
    missing = {
        f"{path}::{name}"
        for path, name in stories
        if not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    }
    assert not missing
    walked = {one for row in rows for one in re.findall(r"`(\w+)`", row.split("|")[2])}
    without = set(re.findall(r"`(\w+)`", rest))
    assert walked | without == set(demo_city().known.actions)
    assert not walked & without
