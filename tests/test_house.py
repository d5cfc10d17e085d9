"""The rules of the house, checked by reading the sources."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cities import read
from tests.literals import literals
from tests.sources import (
    ROOMS,
    ROOT,
    imports_of,
    name_of,
    nodes_of,
    python_files,
    strings_of,
    text_of,
    tracked_files,
    tree_of,
    web_files,
)

pytestmark = pytest.mark.house

FILES = python_files()
LINES = 500
# By a tool, from the routes as they are declared.
WRITTEN = {"backend/web/src/api/types.ts"}
FUNCTION_LINES = 60
CLOCK = "hotline/clock.py"
SERVER_CLOCK = "backend/store/server_clock.py"
TOOLS = "config/tools/"

MAY_IMPORT = {  # room -> the rooms it may use
    "config": {"config"},
    "hotline": {"hotline"},
    "backend": {"backend", "hotline", "config"},
    "ivr": {"ivr", "hotline", "config", "backend.client"},
    "bots": {"bots", "hotline", "config", "backend.client"},
}
ONLY_HERE = {  # outside package -> the only places that may name it
    "sqlalchemy": ("backend/store/", "backend/migrations/"),
    "alembic": ("backend/store/", "backend/migrations/"),
    "asyncpg": ("backend/store/",),
    "asterisk": ("ivr/line.py",),
    "panoramisk": ("ivr/manager.py",),
    "telegram": ("bots/telegram/",),
    "speech_recognition": ("ivr/speech.py",),
    "reportlab": ("backend/papers/pdf.py",),
    "argon2": ("backend/passwords.py",),
    "pyotp": ("backend/second_factor.py",),
    "segno": ("backend/second_factor.py",),
    "xlsxwriter": ("backend/papers/sheet.py",),
    "PIL": ("backend/photo.py", "backend/demo/"),
}
NOT_HERE = {"aiohttp": ("hotline/", "backend/desks/", "backend/queries/", "backend/store/")}
CALCULATES = {
    *("shapely", "ahocorasick", "rapidfuzz", "pypinyin", "numpy", "scipy", "sklearn"),
    *("opencc", "uuid_utils", "phonenumbers", "msgspec", "chinese_calendar", "cryptography"),
}
# Arrays, dense and sparse, are the language that the other calculating libraries speak.
SHARED = {"numpy", "scipy"}
REVISIONS = "backend/migrations/versions/"
# Where a failure of any kind is caught: call thread, chat update, HTTP middleware, an item of a
# queue, and the loop of a job wherever one runs.
CATCH_ALL = (
    *(
        "ivr/agi_server.py",
        "ivr/transcription.py",
        "ivr/callout.py",
        "ivr/recovery.py",
        "hotline/queue.py",
        "backend/desks/executor.py",
        "backend/desks/triage_runner.py",
    ),
    *("bots/", "backend/api/", "backend/demo/"),
)
SENTENCE = re.compile(r"[\u4e00-\u9fff]{4,}[^\n|]*[。，？！]")
DATABASE_CLOCK = re.compile(
    r"\b(now\(\)|clock_timestamp\(|statement_timestamp\(|current_(timestamp|date|time)\b"
    r"|localtimestamp\b)",
    re.IGNORECASE,
)


def calls(path: Path) -> Iterator[tuple[int, str, ast.Call]]:
    for node in nodes_of(path):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func), node


def test_a_room_imports_only_what_it_may() -> None:
    for path in FILES:
        room = name_of(path).split("/")[0]
        for module in imports_of(path):
            if module.split(".")[0] not in ROOMS:
                continue
            allowed = MAY_IMPORT[room]
            fits = any(
                module == a
                or module.startswith(f"{a}.")
                or (a.startswith(f"{module}.") and a != room)
                for a in allowed
            )
            assert fits, f"{name_of(path)} may not import {module}"


def test_imports_stand_at_the_top_by_their_full_names() -> None:
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{name_of(path)}:{node.lineno} write the full name"
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
                assert not inner, f"{name_of(path)}:{node.lineno} imports inside {node.name}"


def test_outside_packages_stay_behind_one_module() -> None:
    for path in FILES:
        name = name_of(path)
        for module in imports_of(path):
            top = module.split(".")[0]
            if top in ONLY_HERE:
                assert name.startswith(ONLY_HERE[top]), f"{name} may not import {top}"
            assert not name.startswith(NOT_HERE.get(top, ("-",))), f"{name} may not import {top}"


def test_the_core_only_calculates_and_the_values_need_nothing() -> None:
    for path in FILES:
        name = name_of(path)
        tops = {module.split(".")[0] for module in imports_of(path)}
        if name.startswith("hotline/"):
            assert tops <= sys.stdlib_module_names | CALCULATES | {"hotline"}
        if name.startswith("config/") and not name.startswith(TOOLS):
            assert tops <= sys.stdlib_module_names | {"config"}


def test_each_calculating_library_stands_behind_one_module() -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        if name_of(path).startswith("hotline/"):
            for module in imports_of(path):
                users[module.split(".")[0]].add(name_of(path))
    shared = {top: users[top] for top in CALCULATES - SHARED if len(users[top]) > 1}
    assert not shared


def test_a_file_is_one_sitting() -> None:
    tests = [path for path in tracked_files() if path.suffix == ".py" and "tests" in path.parts]
    for path in (*FILES, *web_files(), *tests):
        if name_of(path) not in WRITTEN:
            assert len(text_of(path).splitlines()) <= LINES, name_of(path)


def test_a_function_is_one_thought() -> None:
    for path in FILES:
        if name_of(path).startswith(REVISIONS):
            continue
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= FUNCTION_LINES, f"{name_of(path)}:{node.lineno} {node.name}"


def test_everything_public_says_what_it_is() -> None:
    for path in FILES:
        tree = tree_of(path)
        # The revisions' own two functions are always upgrade and downgrade.
        if name_of(path).startswith(REVISIONS):
            assert ast.get_docstring(tree)
            continue
        silent = [] if ast.get_docstring(tree) else ["the file itself"]
        classes = [n for n in tree.body if isinstance(n, ast.ClassDef)]
        owners = [owner for owner in classes if not owner.name.startswith("_")]
        for body in (tree.body, *(owner.body for owner in owners)):
            silent += [
                node.name
                for node in body
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not any(ast.unparse(one) == "overload" for one in node.decorator_list)
                and not ast.get_docstring(node)
            ]
        assert not silent, f"{name_of(path)}: no docstring on {', '.join(silent)}"


def test_only_the_clock_reads_the_time() -> None:
    for path in FILES:
        name = name_of(path)
        if name == CLOCK:
            continue
        assert "time" not in imports_of(path), f"{name} imports time; ask the Clock"
        taken = {module for module in imports_of(path) if module.startswith("time.")}
        assert not taken, f"{name} takes {taken}; ask the Clock"
        for line, call, _ in calls(path):
            asked = call.split(".")[-2:]
            wrong = asked[0] in {"datetime", "date"} and asked[-1] in {"now", "utcnow", "today"}
            assert not wrong, f"{name}:{line} ask the Clock, not {call}"
            assert not re.search(r"loop(\(\))?\.time$", call), f"{name}:{line} ask the Clock"


def test_desks_write_by_the_two_ways_of_the_store() -> None:
    for path in FILES:
        if name_of(path).startswith(("backend/desks/", "backend/queries/", "backend/api/")):
            found = [line for line, name, _ in calls(path) if name.endswith(".begin")]
            assert not found, f"{name_of(path)}:{found[0]} write by append() or transaction()"


def test_the_database_tells_no_time_but_to_judge_ours() -> None:
    for path in FILES:
        name = name_of(path)
        for line, call, node in calls(path):
            asked = call.startswith("func.") and DATABASE_CLOCK.search(f"{call.lower()}()")
            assert not asked or name == SERVER_CLOCK, f"{name}:{line} pass the time in, not {call}"
            if call.split(".")[-1] in {"mapped_column", "Column"}:
                for keyword in node.keywords:
                    told = ast.unparse(keyword.value) if keyword.arg else ""
                    clock = re.search(r"\b(now|utcnow|today|clock|time)\b", told)
                    defaults = keyword.arg in {
                        *("default", "server_default", "onupdate", "server_onupdate"),
                        *("insert_default", "default_factory"),
                    }
                    assert not (defaults and clock), f"{name}:{line} a clock in a column default"
        if name.startswith("backend/"):
            for line, text in strings_of(path):
                assert not DATABASE_CLOCK.search(text), f"{name}:{line} the database tells the time"


def test_settings_come_through_constructors() -> None:
    for path in FILES:
        if name_of(path) == "config/settings.py":
            continue
        for node in nodes_of(path):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                read = f"{node.value.id}.{node.attr}"
                assert read not in {"os.environ", "os.getenv"}, f"{name_of(path)}:{node.lineno}"


def test_a_failure_of_any_kind_is_caught_at_the_connectors_only() -> None:
    for path in FILES:
        name = name_of(path)
        loops = [n for n in nodes_of(path) if isinstance(n, ast.While)]
        in_loop = {id(n) for loop in loops for n in ast.walk(loop)}
        for node in nodes_of(path):
            if not isinstance(node, ast.ExceptHandler) or id(node) in in_loop:
                continue
            broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            passes_on = isinstance(node.body[-1], ast.Raise)
            assert not broad or passes_on or name.startswith(CATCH_ALL), f"{name}:{node.lineno}"


def test_no_sentence_for_people_stands_in_the_code() -> None:
    for path in FILES:
        if name_of(path).startswith(TOOLS):
            continue
        for line, text in strings_of(path):
            assert not SENTENCE.search(text), f"{name_of(path)}:{line} belongs into hotline/words"


def test_no_module_leads_back_to_itself() -> None:
    modules = {
        name_of(p)[:-3].replace("/", ".").removesuffix(".__init__"): p
        for p in FILES
        if not name_of(p).startswith(TOOLS)
    }
    graph = {m: {i for i in imports_of(p) if i in modules and i != m} for m, p in modules.items()}
    done: set[str] = set()
    way: list[str] = []

    def walk(module: str) -> None:
        assert module not in way, " -> ".join([*way[way.index(module) :], module])
        if module in done:
            return
        way.append(module)
        for other in sorted(graph[module]):
            walk(other)
        way.pop()
        done.add(module)

    for module in graph:
        walk(module)


def test_migrations_follow_each_other_by_their_numbers() -> None:
    """Two that were written side by side under one number are two heads, and no start goes on."""
    before = None
    for path in sorted(path for path in FILES if name_of(path).startswith(REVISIONS)):
        number = path.stem.partition("_")[0]
        text = text_of(path)
        assert f'\nrevision = "{number}"\n' in text, path.name
        wanted = "None" if before is None else f'"{before}"'
        assert re.search(rf"\ndown_revision(: [^=]+)? = {wanted}\n", text), path.name
        before = number


def test_nothing_is_left_for_later_in_the_sources() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
    found = [name_of(p) for p in FILES + web_files() if later.search(text_of(p))]
    assert not found


def test_no_file_names_one_machine_or_a_package_registry() -> None:
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "debian" + ".org")
    machine = re.compile(
        r"(?<![\w.])/(work|root|home/\w+)/\w|"
        + "|".join(re.escape(h) for h in hosts)
        + "|"
        + re.escape("../" + "shared")
    )
    found = {name_of(p): m.group() for p in tracked_files() if (m := machine.search(text_of(p)))}
    assert not found


def test_ignored_types_say_which() -> None:
    bare = re.compile(r"# type: ignore(?!\[[\w-]+(, ?[\w-]+)*\])")
    found = [f"{name_of(p)}: {m.group()}" for p in FILES for m in bare.finditer(text_of(p))]
    assert not found


def test_the_rooms_are_the_packages_that_are_installed() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for room in ROOMS:
        assert f'"{room}", "{room}.*"' in project
    for path in FILES:
        if not name_of(path).startswith((TOOLS, REVISIONS)):
            assert (path.parent / "__init__.py").is_file(), f"{path.parent} is no package"


# Modules of one name in several rooms or layers are about the same matter: a call, a notice.
SAME_MATTER = {
    *(
        "accounts",
        "audit",
        "bench",
        "bulletin",
        "calendar",
        "call",
        "cards",
        "casefile",
        "cases",
        "channel",
        "city",
        "call_backs",
        "claims",
        "timers",
        "gateway",
        "feed",
    ),
    *(
        "health",
        "media",
        "neighbours",
        "notice",
        "notices",
        "nuisance",
        "numbers",
        "past",
        "people",
        *("orders", "permissions", "survey", "surveys", "revisit", "revisits"),
    ),
    *("photo", "privacy", "prompts", "release", "retention", "second_factors"),
    *("scopes", "search", "seat", "signin", "telephone", "triage", "tries", "trying"),
}
# The only places of the desks and the API that hold what nobody here gives a type, each with why.
ANYTHING = {
    "backend/api/document.py": "JSON Schema, as the document holds it",
    "backend/api/server.py": "arguments that aiohttp hands to its own",
    "backend/desks/triage.py": "fields of a case by their names, each of its own type",
    "backend/desks/inputs.py": "values of a form's fields, each of its own type",
}


def test_the_desks_and_the_api_give_everything_a_type() -> None:
    named = set()
    for path in FILES:
        if name_of(path).startswith(("backend/api/", "backend/desks/")):
            names = {node.id for node in nodes_of(path) if isinstance(node, ast.Name)}
            named |= {name_of(path)} if "Any" in names else set()
    assert named == set(ANYTHING)


MOST_LET_THROUGH = 20
# Where such a word means something else: file or folder -> (words, what they are there).
LET_THROUGH = {
    "hotline/form/beside.py": ({"note"}, "the words that every step may hold, whatever is done"),
    "hotline/case/case_clock.py": ({"handling"}, "the kind of the clock that a deadline is of"),
    "hotline/organisation.py": ({"department"}, "an organisation, in files, lists and notices"),
    "hotline/case/step_upcasts.py": (
        {"collector", "department"},
        "fields and roles as 0.1.0 named them",
    ),
    "hotline/case/workflow_upcasts.py": (
        {"acceptor", "collector", "command_chief", "department", "dispatcher", "duty_chief"},
        "the posts of 0.1.0, which its workflows name",
    ),
    "backend/migrations/versions/": (
        {"collector", "department", "handling", "note"},
        "columns, roles and clocks as they were",
    ),
    "backend/backup/compare.py": ({"checking"}, "the folder in which a backup is tried"),
    "backend/cli/settings_cmd.py": ({"file"}, "the form in which settings are printed"),
    "backend/operations/asterisk.py": (
        {"note"},
        "what the exchange writes of a call",
    ),
    "ivr/recovery.py": ({"note"}, "the same folder, as the connector finds it"),
    "backend/web/src/case/formState.ts": ({"note"}, "the words that every step may hold"),
}


def shipped() -> set[str]:
    """The ids of the shipped city's stages, actions and posts."""
    workflow, posts = read("workflow.toml"), read("posts.toml")
    rows = [*workflow["stage"], *workflow["action"], *posts["post"]]
    return {row["id"] for row in rows}


def home_of(name: str) -> str:
    """The entry of the list that a file belongs to, or its own name."""
    return next((one for one in LET_THROUGH if name.startswith(one)), name)


def test_no_stage_action_or_post_stands_in_the_code() -> None:
    ids = shipped()
    found = {(home_of(name), one) for name, one in literals() if one in ids}
    allowed = {(home, word) for home, (words, _) in LET_THROUGH.items() for word in words}
    assert found - allowed == set(), "data is to say it: a tone, a permission, a role, an end"
    assert allowed - found == set(), "nothing of that kind stands there any more"


def test_no_count_time_link_or_input_of_a_move_stands_in_the_code() -> None:
    workflow, form = read("workflow.toml"), read("form.toml")
    asked = [row for row in form["field"] if row.get("anew") or row.get("once")]
    rows = [*workflow["count"], *workflow["time"], *workflow["link"], *asked]
    ids = {row["id"] for row in rows} - {row["suggest"] for row in asked if "suggest" in row}
    # What earlier versions have kept names columns as they were.
    past = ("hotline/case/step_upcasts.py", REVISIONS)
    found = {(name, one) for name, one in literals() if one in ids and not name.startswith(past)}
    assert found == set(), "data is to say it, as a count does that is of returns"


def test_few_words_are_let_through_and_each_says_why() -> None:
    assert sum(len(words) for words, _ in LET_THROUGH.values()) <= MOST_LET_THROUGH
    assert all(reason for _, reason in LET_THROUGH.values())


# From a command down to the errors.
LONGEST_CHAIN = 13


def test_a_class_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in FILES:
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not name_of(path).startswith("tests/"):
                places[node.name].append(name_of(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_a_module_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in FILES:
        if not name_of(path).startswith(("tests/", REVISIONS)) and not path.name.startswith("__"):
            places[path.stem].append(name_of(path))
    repeated = {name: found for name, found in places.items() if len(found) > 1}
    assert set(repeated) == SAME_MATTER, repeated


def test_no_import_goes_round_in_a_circle_and_none_leads_far() -> None:
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    uses = {
        name: sorted({one for one in _modules(path, files) if one != name})
        for name, path in files.items()
        if not name.startswith("tests.")
    }
    lengths: dict[str, list[str]] = {}

    def chain(name: str, above: tuple[str, ...]) -> list[str]:
        assert name not in above, f"a circle: {' → '.join([*above, name])}"
        if name not in lengths:
            below = [chain(one, (*above, name)) for one in uses[name]]
            lengths[name] = [name, *max(below, key=len, default=[])]
        return lengths[name]

    longest = max((chain(name, ()) for name in uses), key=len)
    assert len(longest) <= LONGEST_CHAIN, " → ".join(longest)


def _modules(path: Path, files: dict[str, Path]) -> Iterator[str]:
    """Give the modules of ours that a file imports, by their full names."""
    for module in imports_of(path):
        while module and module not in files:
            module = module.rpartition(".")[0]
        if module:
            yield module
