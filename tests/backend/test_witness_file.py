"""What a witness kept is held against the log only where every signature of it fits."""

from dataclasses import replace
from pathlib import Path

import pytest

from backend.operations.preflight import NotPossible
from backend.witness import KeptLine, WitnessFile
from hotline.record.checkpoint import OFFICE, Checkpoint, Signer

OURS = Signer(OFFICE, bytes(range(32)))
OTHER = Signer(OFFICE, bytes(range(1, 33)))
POINT = Checkpoint(OURS.origin, "2026-11", 44, "ab" * 32, "2026-11-23T01:00:00.000Z")


@pytest.fixture
def file(tmp_path: Path) -> WitnessFile:
    return WitnessFile(tmp_path / "seen.jsonl")


def kept(file: WitnessFile, point: Checkpoint = POINT, office: Signer = OURS) -> KeptLine:
    signed = file.signer("auditor").sign(office.sign(point.text()))
    return KeptLine(signed, office.public)


def test_what_was_signed_is_given_with_its_key_and_without(file: WitnessFile) -> None:
    file.add(kept(file))
    file.add(kept(file, replace(POINT, size=45)))
    assert [one.size for one in file.checked(OURS.public)] == [44, 45]
    file.key.unlink()
    assert [one.size for one in file.checked(OURS.public)] == [44, 45]


def test_a_line_that_was_changed_accuses_the_file(file: WitnessFile) -> None:
    good = kept(file)
    stranger = Signer("auditor", bytes(32)).sign(OURS.sign(POINT.text()))
    for bad, why in (
        (replace(good, signed=good.signed.replace("\n44\n", "\n440\n")), "signature does not fit"),
        (replace(good, signed=good.signed.replace("q6ur", "q6us", 1)), "signature does not fit"),
        (replace(good, public="00" * 32), "signature does not fit"),
        (kept(file, office=OTHER), "another office"),
        (kept(file, replace(POINT, origin="hotline/else")), "another log"),
        (replace(good, signed=OURS.sign(POINT.text())), "no witness"),
        (replace(good, signed=stranger), "key beside"),
    ):
        file.path.unlink(missing_ok=True)
        file.add(good)
        assert bad.signed != good.signed or bad.public != good.public
        file.add(bad)
        with pytest.raises(NotPossible, match=f"line 2: .*{why}.*nothing of the log"):
            file.checked(OURS.public)


@pytest.mark.parametrize("held", [b"", b"\n\n", b'{"signed": "hot'])
def test_a_file_without_a_whole_line_is_told(file: WitnessFile, held: bytes) -> None:
    file.path.write_bytes(held)
    with pytest.raises(NotPossible, match="no whole line"):
        file.checked(OURS.public)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="cannot be written"):
        WitnessFile(tmp_path / "none" / "seen.jsonl").signer("auditor")
