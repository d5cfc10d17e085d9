"""What a witness kept is held against the log only where every signature of it fits."""

from dataclasses import replace
from pathlib import Path

import pytest

from backend import witness
from backend.operations.preflight import NotPossible
from backend.witness import MAX_LINE, KeptLine, WitnessFile
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


@pytest.mark.parametrize(
    "held",
    [
        b"x" * (MAX_LINE + 1) + b"\n",
        b"x" * (4 * MAX_LINE),
        b'{"signed": "' + b"\\u4e00" * 8_000 + b'"}\n',
        b'{"more": ' + b"[" * 30_000 + b"\n",
        b"\0" * 200_000,
        "井盖".encode("utf-16") + b"\n",
        b'{"signed": {}}\n',
        b"[]\n",
    ],
)
def test_a_line_that_no_witness_wrote_is_named_with_its_file(
    file: WitnessFile, held: bytes
) -> None:
    good = kept(file)
    file.add(good)
    # An empty line is none, and is counted.
    with file.path.open("ab") as more:
        more.write(b"\n" + held)
    with pytest.raises(NotPossible, match=rf"{file.path}: line 3: "):
        file.checked(OURS.public)
    with pytest.raises(NotPossible, match=rf"{file.path}: line 3: "):
        file.seen()
    with pytest.raises(NotPossible, match=rf"{file.path}: the last line: "):
        file.last()
    if not held.endswith(b"\n"):
        with pytest.raises(NotPossible, match=rf"{file.path}: the last line: "):
            file.add(good)


def test_a_file_of_more_lines_than_are_held_is_told(
    file: WitnessFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in range(1, 5):
        file.add(kept(file, replace(POINT, size=size)))
    monkeypatch.setattr(witness, "MAX_LINES", 4)
    assert len(file.checked(OURS.public)) == 4
    monkeypatch.setattr(witness, "MAX_LINES", 3)
    with pytest.raises(NotPossible, match="line 4: more than 3 lines"):
        file.checked(OURS.public)
    # Who looks goes on: the end of it is read, and nothing else.
    seen = file.last().checkpoint
    assert seen is not None
    assert seen.size == 4


def test_of_a_large_file_the_end_alone_is_read(file: WitnessFile) -> None:
    file.add(kept(file))
    with file.path.open("r+b") as sparse:
        line = sparse.read()
        # As large as no memory is: who reads all of it does not come back.
        sparse.truncate(1 << 36)
        sparse.seek(0, 2)
        sparse.write(b"\n" + line + b'{"signed": "tor')
    assert file.last().checkpoint == POINT
    file.add(kept(file, replace(POINT, size=45)))
    seen = file.last().checkpoint
    assert seen is not None
    assert seen.size == 45
    with pytest.raises(NotPossible, match="line 2: is longer"):
        file.checked(OURS.public)
