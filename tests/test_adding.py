"""The examples of docs/adding.md are followed, each as it stands there."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from backend.api.openapi import document_of
from backend.api.route import Route
from backend.city import make_city
from backend.city_files import PEOPLE_FILE, file_name, files_of, read_sections, read_staff
from backend.desks.article_import import FILE as ARTICLES_FILE
from backend.release_check import faults_of
from config.settings import ROOT
from hotline.case import effects, guards
from hotline.case.transition import available_actions
from hotline.case.workflow import EffectContext
from hotline.city import City
from hotline.intake.result import URGENCIES
from hotline.knowledge.article_files import from_toml
from hotline.knowledge.ranking import index_of
from hotline.rights.scopes import Everything, InAreas
from tests.cities import FOLDER, MONDAY, demo_city, make_actor, make_case, rules
from tests.posts import Post

PAGE: Final = ROOT / "docs" / "adding.md"
_BLOCK: Final = re.compile(r"^```(?:toml|csv|python) (\S+)(?: (first))?\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of an example: the file that it is for, and whether it stands before its kind."""

    file: str
    first: bool
    text: str


@cache
def examples() -> dict[str, list[Block]]:
    """The blocks of every example, by its heading."""
    parts = PAGE.read_text("utf-8").split("\n## ")[1:]
    return {
        part.partition("\n")[0]: [
            Block(file, bool(first), text) for file, first, text in _BLOCK.findall(part)
        ]
        for part in parts
    }


def city_with(folder: Path, *headings: str) -> City:
    """The demo city with some examples added, checked as a release is."""
    for name, section in read_sections(FOLDER).items():
        path = folder / file_name(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(section.text, "utf-8")
    for name in (PEOPLE_FILE, ARTICLES_FILE):
        shutil.copy(FOLDER / name, folder)
    for heading in headings:
        for block in examples()[heading]:
            put(folder / block.file, block)
    sections, staff = read_sections(folder), read_staff(folder)
    assert faults_of(sections, staff) == []
    return make_city(files_of(sections, staff))


def put(path: Path, block: Block) -> None:
    """Add a block to a file, as the page says."""
    text = path.read_text("utf-8")
    if block.first:
        kind = block.text.partition("\n")[0]
        head, _, rest = text.partition(kind)
        path.write_text(f"{head}{block.text}\n{kind}{rest}", "utf-8")
    else:
        path.write_text(f"{text.rstrip()}\n{block.text}", "utf-8")


def module_with(heading: str) -> dict[str, Any]:
    """The names of the module that an example is for, with what it adds."""
    (block,) = examples()[heading]
    module: ModuleType = import_module(block.file.removesuffix(".py").replace("/", "."))
    names = dict(vars(module))
    exec(compile(block.text, block.file, "exec"), names)
    return names


def department(folder: Path) -> None:
    city = city_with(folder, "A department, and what it gets")
    assert city.organisation.departments["trees"].name == "绿化管理所"
    assert city.routing.route("01001", "330299001001001").department == "trees"
    assert city.routing.route("01019", "330299001001001").department == "water"


def matter(folder: Path) -> None:
    city_with(folder, "A class")
    read = files_of(read_sections(folder)).catalogue
    assert [row["name"] for row in read.matters if row["code"] == "99001"] == ["共享单车堆积"]


def condition(folder: Path) -> None:
    city = city_with(folder, "A filing condition with its limit")
    assert [
        (one.text if (one := city.limits.limit(kind, "01001", "9", urgency, cell)) else None)
        for kind in ("handling", "safe")
        for urgency, cell in (("normal", "330299001001001"), ("critical", "330298001001001"))
    ] == ["30um", "1uh", "10um", "10um"]
    known = city.limits.condition("01001", "9")
    assert known is not None
    assert known.closing is not None
    assert known.closing.evidence == "photo_place"


def field(folder: Path) -> None:
    city = city_with(folder, "A field")
    assert city.form.fields["depth"].max == 50


def stage(folder: Path) -> None:
    city = city_with(folder, "A stage, with the way to it and from it")
    case = make_case("handling", department="water")
    handler = make_actor(Post.DEPARTMENT, department="water")
    actions = {one.action for one in available_actions(case, handler, city.workflow, MONDAY)}
    assert "order_parts" in actions
    assert city.workflow.stages["waiting_for_parts"].clock == "handling"
    assert city.workflow.actions["order_parts"].tells.startswith("{who}等待配件")


def article(folder: Path) -> None:
    city_with(folder, "An article of the knowledge base")
    read = from_toml((folder / ARTICLES_FILE).read_text("utf-8"), None)
    assert read.faults == ()
    index = index_of(read.articles)
    [first, *_] = index.ranked("请问轮渡最晚几点", (), 3, among=index.entries)
    assert first.id == "ferry"


def post(folder: Path) -> None:
    city = city_with(folder, "A post")
    assert "call.see" in city.organisation.posts["quality_clerk"].permissions


def person(folder: Path) -> None:
    city = city_with(folder, "A person who holds posts, in an area and for a time")
    grants = city.organisation.people["summer1"].grants
    assert [one.post.id for one in grants] == ["acceptor", "leader"]
    assert [type(one.scope) for one in grants] == [InAreas, Everything]
    assert [one.runs(datetime(2026, 10, 1, tzinfo=UTC)) for one in grants] == [False, True]


def guard(_: Path) -> None:
    names = module_with("A kind of condition of a move")
    made = names["GUARDS"]["urgent_only"](("critical",))
    actor = make_actor(Post.ACCEPTOR)
    levels = {one: made.holds(make_case(urgency=one), actor, MONDAY) for one in URGENCIES}
    assert {level for level, holds in levels.items() if holds} == {"critical"}
    assert {*guards.GUARDS} < {*names["GUARDS"]}


def effect(_: Path) -> None:
    names = module_with("A kind of consequence of a move")
    made = names["EFFECTS"]["copy"]("place_text", "text")
    case = make_case(place_text="路口")
    about = EffectContext(case, make_actor(Post.ACCEPTOR), MONDAY, rules(), {})
    assert "路口" in str(made.changes(about))
    assert {*effects.EFFECTS} < {*names["EFFECTS"]}


def route(_: Path) -> None:
    names = module_with("A route of the API")
    routes: tuple[Route, ...] = names["ROUTES"]
    assert "/api/hour" in str(document_of(routes)["paths"])


FOLLOWED: Final[dict[str, Callable[[Path], None]]] = {
    "A department, and what it gets": department,
    "A class": matter,
    "A filing condition with its limit": condition,
    "A field": field,
    "A stage, with the way to it and from it": stage,
    "An article of the knowledge base": article,
    "A post": post,
    "A person who holds posts, in an area and for a time": person,
    "A kind of condition of a move": guard,
    "A kind of consequence of a move": effect,
    "A route of the API": route,
}


def test_every_example_is_followed() -> None:
    assert examples().keys() == FOLLOWED.keys()
    assert len(FOLLOWED) >= 10
    assert all(blocks for blocks in examples().values())


@pytest.mark.parametrize("heading", FOLLOWED)
def test_an_example_does_what_it_says(heading: str, tmp_path: Path) -> None:
    FOLLOWED[heading](tmp_path)


def test_all_examples_go_together(tmp_path: Path) -> None:
    of_data = [
        heading
        for heading, blocks in examples().items()
        if all(not block.file.endswith(".py") for block in blocks)
    ]
    city = city_with(tmp_path, *of_data)
    assert city.release != demo_city().release
