"""The containers: the compose file against its schema, and against the code it names."""

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.__main__ import COMMANDS
from backend.cli.health import PARTS
from config.settings import FILES_VARIABLE, declared, sections_declared, variable_of
from tests.sources import ROOT, text_of

pytestmark = pytest.mark.house

COMPOSE = ROOT / "docker-compose.yml"
NOT_OURS = ("db",)
DOCKERFILES = sorted((ROOT / "deploy").glob("Dockerfile.*"))


@cache
def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(COMPOSE.read_text("utf-8"))["services"])


def variables() -> set[str]:
    names = {FILES_VARIABLE}
    for section, cls in sections_declared():
        for field, _ in declared(cls):
            name = variable_of(section, field.name)
            names |= {name, f"{name}_FILE"} if field.metadata["secret"] else {name}
    return names


def runs(command: list[str]) -> bool:
    """Whether our code has what a command names: a module with its options, or a subcommand."""
    match command:
        case ["hotline", "health", part]:
            return part in PARTS
        case ["hotline", name, *_]:
            return name in COMMANDS
        case ["python", "-m", module, *options]:
            path = ROOT / module.replace(".", "/")
            file = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
            text = text_of(file)
            return "__main__" in text and all(f'"{option}"' in text for option in options)
    return False


def test_the_compose_file_keeps_to_the_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, COMPOSE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_refuses_a_word_that_is_none(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text("utf-8").replace("depends_on:", "dependson:"), "utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, wrong], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "dependson" in done.stdout


@pytest.mark.parametrize("name", services())
def test_a_service_is_built_from_a_file_of_ours(name: str) -> None:
    build = services()[name]["build"]
    assert (ROOT / build["context"] / build["dockerfile"]).is_file()


@pytest.mark.parametrize("name", [n for n in services() if n not in NOT_OURS])
def test_a_command_and_a_health_check_exist(name: str) -> None:
    service = services()[name]
    assert runs(service["command"])
    if service.get("restart"):
        assert runs(service["healthcheck"]["test"][1:])


@pytest.mark.parametrize("name", [n for n in services() if n not in NOT_OURS])
def test_every_variable_is_a_setting(name: str) -> None:
    assert set(services()[name]["environment"]) <= variables()


def test_every_secret_of_a_service_is_declared_and_mounted_where_it_is_read() -> None:
    secrets = yaml.safe_load(COMPOSE.read_text("utf-8"))["secrets"]
    for name, service in services().items():
        assert set(service.get("secrets", ())) <= set(secrets), name
        for variable, value in service["environment"].items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"], name


def test_the_ports_are_those_of_the_settings() -> None:
    defaults = {
        f"{section}.{field.name}": field.default
        for section, cls in sections_declared()
        for field, _ in declared(cls)
    }
    published = [port.split("/")[0].split(":")[-1] for port in services()["asterisk"]["ports"]]
    first, last = defaults["phone.rtp_first"], defaults["phone.rtp_last"]
    assert published == [str(defaults["phone.sip_port"]), f"{first}-{last}"]
    assert services()["backend"]["ports"] == ["127.0.0.1:8080:8080"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_a_dockerfile_copies_what_is_there_and_starts_what_its_service_starts(path: Path) -> None:
    text = path.read_text("utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in shlex.split(line)[:-1]:
            assert (ROOT / source).exists(), f"{path.name} copies {source}"
    name = path.suffix.removeprefix(".")
    started = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    if name not in NOT_OURS:
        assert started is not None
        assert json.loads(started[1]) == services()[name]["command"]
        assert "USER hotline" in text


def test_m11_every_service_sees_its_own_files_and_secrets_only() -> None:
    def of(name: str, what: str) -> set[str]:
        return {one.split(":")[0] for one in services()[name].get(what, ())}

    assert of("bots", "volumes") == set()
    assert of("bots", "secrets") == {"bots_token", "telegram_token"}
    assert of("ivr", "secrets") == {"ivr_token"}
    assert of("asterisk", "secrets") == set()
    assert of("ivr", "volumes") == of("asterisk", "volumes") == {"phone"}
    assert of("city", "volumes") == of("worker", "volumes") == {"data"}
    assert of("backend", "volumes") == of("backup", "volumes") == {"data", "backups"}
    assert "backups:/backups:ro" in services()["backend"]["volumes"]
    assert of("worker", "secrets") == of("backup", "secrets") == {"database_url"}
    assert "VOLUME" not in (ROOT / "deploy/Dockerfile.bots").read_text("utf-8")


def test_m11_the_message_connector_reaches_neither_exchange_nor_database() -> None:
    reached = [name for name in services() if "messages" in services()[name].get("networks", ())]
    assert sorted(reached) == ["backend", "bots"]
    assert services()["bots"]["networks"] == ["messages"]


def test_m11_every_service_is_on_the_networks_it_needs_and_no_other() -> None:
    reached = {name: set(one.get("networks", ["default"])) for name, one in services().items()}
    assert reached == {
        "db": {"records"},
        "city": {"records"},
        "worker": {"records"},
        "backup": {"records"},
        "backend": {"default", "messages", "records"},
        "asterisk": {"default"},
        "ivr": {"default"},
        "bots": {"messages"},
    }
    published = [name for name, one in services().items() if one.get("ports")]
    assert sorted(published) == ["asterisk", "backend"]


def test_l12_first_passwords_go_into_a_file_of_the_backend_and_not_into_a_log() -> None:
    city, backend = services()["city"], services()["backend"]
    assert city["command"] == ["hotline", "load-city", "--keep"]
    assert city["volumes"] == ["data:/data"] == backend["volumes"][:1]


@pytest.mark.parametrize("name", services())
def test_l13_a_service_gains_no_rights_and_writes_in_its_own_places_only(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]
    assert "privileged" not in service
    # Only the database starts as root, to take over its folder.
    assert bool(service.get("cap_add")) == (name in NOT_OURS)


def test_l13_the_database_is_reached_by_the_office_alone() -> None:
    reached = [name for name in services() if "records" in services()[name].get("networks", ())]
    assert sorted(reached) == ["backend", "backup", "city", "db", "worker"]
    assert services()["db"]["networks"] == services()["city"]["networks"] == ["records"]
    assert yaml.safe_load(COMPOSE.read_text("utf-8"))["networks"]["records"] == {"internal": True}
