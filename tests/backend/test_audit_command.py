"""`hotline audit`: verifying by a command, and a witness that tells what it does."""

from pathlib import Path

import pytest

from tests.backend.commands import Run

pytestmark = pytest.mark.slow


def test_an_empty_log_is_whole_and_a_missing_file_is_told(hotline_on: Run, tmp_path: Path) -> None:
    assert hotline_on("migrate")[0] == 0
    code, said = hotline_on("audit", "verify")
    assert code == 0, said
    assert "Whole: 0 entries" in said
    assert "Not held against a witness" in said
    code, said = hotline_on("audit", "verify", "--witness", str(tmp_path / "none"))
    assert (code, "no file" in said) == (2, True), said
    bad = tmp_path / "bad"
    bad.write_text("{}\n", "utf-8")
    code, said = hotline_on("audit", "verify", "--witness", str(bad))
    assert (code, "no file of a witness" in said) == (2, True), said


def test_a_key_that_is_none_is_named(hotline_on: Run, tmp_path: Path) -> None:
    assert hotline_on("migrate")[0] == 0
    key = tmp_path / "data" / "tokens" / "log"
    hotline_on("audit", "verify")
    assert key.stat().st_mode & 0o777 == 0o600
    key.write_text("nonsense", "utf-8")
    code, said = hotline_on("audit", "verify")
    assert (code, "is no key" in said) == (2, True), said


def test_a_witness_says_what_it_needs_and_whom_it_does_not_reach(
    hotline: Run, tmp_path: Path
) -> None:
    code, said = hotline("audit", "witness")
    assert (code, "--file" in said) == (2, True), said
    file, token = tmp_path / "seen", tmp_path / "token"
    asked = ("audit", "witness", "--once", "--file", str(file), "--url", "http://127.0.0.1:1")
    code, said = hotline(*asked, "--token-file", str(token))
    assert (code, "cannot be read" in said) == (2, True), said
    token.write_text("x", "utf-8")
    code, said = hotline(*asked, "--token-file", str(token))
    assert (code, "127.0.0.1" in said or "connector/log" in said) == (2, True), said
    assert not file.exists()
    with pytest.raises(SystemExit):
        hotline(*asked, "--name", "Office !")
    with pytest.raises(SystemExit):
        hotline(*asked, "--name", "office")


def test_a_log_that_was_brought_back_is_signed_on(hotline_on: Run, tmp_path: Path) -> None:
    assert hotline_on("migrate")[0] == 0
    assert hotline_on("audit", "verify")[0] == 0
    memory = tmp_path / "data" / "tokens" / "log.signed"
    memory.write_text("nonsense", "utf-8")
    code, said = hotline_on("audit", "verify")
    assert (code, "was not signed by this key" in said) == (2, True), said
    code, said = hotline_on("audit", "resume")
    assert (code, "signed on from where it stands" in said) == (0, True), said
    assert not memory.exists()
    assert hotline_on("audit", "verify")[0] == 0
