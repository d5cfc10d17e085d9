"""L13: what is fetched for the exchange is signed, not stale, and the same again where one asks."""

import os
import subprocess
from pathlib import Path

import pytest

from config.settings import ROOT

SCRIPT = ROOT / "config/asterisk/get-asterisk"
# Stands in for the host's own: `update` fails where told, `install` brings one package.
APT = """#!/bin/sh
cp "$APT_CONFIG" "$SEEN"
case "$2" in
  update) exit "${UPDATE_CODE:-0}" ;;
  install) echo package >"$(dirname "$APT_CONFIG")/cache/archives/asterisk_1_all.deb" ;;
esac
"""
OTHER = "8e3c1e6a4ce4bfa0d1cd0a3fa0d46ba43b4c5b0ac9f1a1bd4a7de9a2e2b5b6c1  asterisk_1_all.deb\n"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {
        "apt-get": APT,
        "dpkg": "#!/bin/sh\necho amd64\n",
        "dpkg-deb": "#!/bin/sh\nexit 1\n",
    }.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    (tmp_path / "keyring").touch()
    return {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "SEEN": str(tmp_path / "seen"),
        "ASTERISK_MIRROR": "http://mirror.example/debian/",
        "ASTERISK_KEYRING": str(tmp_path / "keyring"),
    }


def fetched(
    folder: Path, environment: dict[str, str], **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, folder / "asterisk"],
        env=environment | more,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("days", "seconds"), [("", 34_560_000), ("3", 259_200)])
def test_l13_a_list_of_long_ago_is_refused_with_what_to_do(
    tmp_path: Path, environment: dict[str, str], days: str, seconds: int
) -> None:
    done = fetched(tmp_path, environment, UPDATE_CODE="100", ASTERISK_AGE_DAYS=days)
    asked = (tmp_path / "seen").read_text("utf-8")
    assert done.returncode == 1
    assert f'Acquire::Min-ValidTime "{seconds}";' in asked
    assert "Check-Valid-Until" not in asked
    assert "AllowUnauthenticated" not in asked
    assert "http://mirror.example/debian gave no list" in done.stderr
    assert "ASTERISK_MIRROR" in done.stderr
    assert "ASTERISK_AGE_DAYS" in done.stderr


def test_l13_other_packages_than_those_asked_for_are_named_and_not_unpacked(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    wanted = tmp_path / "packages.sha256"
    wanted.write_text(OTHER)
    done = fetched(tmp_path, environment, ASTERISK_PACKAGES=str(wanted))
    assert done.returncode == 1
    assert f"< {OTHER}" in done.stderr
    assert "the archive has moved on" in done.stderr
    assert not (tmp_path / "asterisk" / "packages.sha256").exists()


def test_l13_the_packages_asked_for_are_unpacked_and_written_down(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    fetched(tmp_path, environment)
    told = tmp_path / "asterisk" / "packages.sha256"
    assert told.read_text("utf-8").endswith("  asterisk_1_all.deb\n")
    done = fetched(tmp_path, environment, ASTERISK_PACKAGES=str(told))
    assert "moved on" not in done.stderr
    assert "unpacking" in done.stderr
