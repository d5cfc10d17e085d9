"""What is signed of the log is read as it was signed, and by nobody else's key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.errors import Invalid
from hotline.record.checkpoint import Checkpoint, Signer, is_signed, read_checkpoint

OFFICE = Signer("office", bytes(range(32)))
WITNESS = Signer("auditor", bytes(range(1, 33)))
POINT = Checkpoint("hotline/demo", "2026-11", 42, "ab" * 32, "2026-11-23T01:00:00.000Z")


def test_two_sign_one_checkpoint_and_each_is_known() -> None:
    note = WITNESS.sign(OFFICE.sign(POINT.text()))
    assert read_checkpoint(note) == POINT
    assert is_signed(note, "office", OFFICE.public)
    assert is_signed(note, "auditor", WITNESS.public)
    assert not is_signed(note, "office", WITNESS.public)
    assert not is_signed(note, "auditor", OFFICE.public)
    assert not is_signed(OFFICE.sign(POINT.text()), "auditor", WITNESS.public)


def test_the_key_is_that_of_other_programs() -> None:
    """The first test of RFC 8032 section 7.1."""
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert Signer("one", bytes.fromhex(seed)).public == public


def test_every_changed_sign_of_a_note_is_found() -> None:
    note = OFFICE.sign(POINT.text())
    for place, one in enumerate(note):
        changed = note[:place] + ("A" if one != "A" else "B") + note[place + 1 :]
        assert not is_signed(changed, "office", OFFICE.public), place


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        "hotline/demo/2026-11\n42\n",
        "hotline/demo/2026-11\n-1\n" + "A" * 43 + "=\nnow\n\n",
        "hotline/demo/2026-11\nmany\n" + "A" * 43 + "=\nnow\n\n",
        "hotline/demo/2026-11\n4_2\n" + "A" * 43 + "=\nnow\n\n",
        "hotline/demo/2026-11\n42\nAAAA\nnow\n\n",
        "2026-11\n42\n" + "A" * 43 + "=\nnow\n\n",
        POINT.text() + "x\n\n",
        POINT.text() + "\n" + "x" * 5_000,
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(Invalid):
        read_checkpoint(note)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=80))
def test_whatever_somebody_sends_is_not_signed(note: str, public: str) -> None:
    assert not is_signed(note, "office", public)
    assert not is_signed(note, "office", OFFICE.public)
