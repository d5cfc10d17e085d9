"""Speech is told from silence and noise, and broken wavs are read as far as they go."""

import struct
from pathlib import Path

import numpy as np
import pytest

from ivr.pcm import RATE, Samples
from ivr.recording import named, read_samples, speech_in, speech_seconds
from tests.ivr.fakes import hiss, joined, keep_wav, quiet, talk


def test_speech_is_measured_without_the_silence_around_it() -> None:
    sound = joined(quiet(5), talk(4), quiet(4))
    assert speech_seconds(sound) == pytest.approx(4, abs=0.3)


def test_a_pause_within_the_words_belongs_to_them() -> None:
    assert speech_seconds(joined(talk(2), quiet(0.3), talk(2))) == pytest.approx(4.3, abs=0.3)


def test_speech_over_a_noisy_line_is_still_speech() -> None:
    noisy = (joined(quiet(3), talk(4), quiet(3)) + hiss(10, 200)).astype(np.int16)
    assert speech_seconds(noisy) == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize(
    "sound",
    [
        quiet(30),
        hiss(30),
        hiss(30, 12000),
        (8000 * np.sin(np.arange(20 * RATE) * 2 * np.pi * 440 / RATE)).astype(np.int16),
        np.zeros(0, dtype=np.int16),
        np.zeros(50, dtype=np.int16),
    ],
    ids=["silence", "hiss", "loud hiss", "tone", "nothing", "less than a frame"],
)
def test_what_nobody_says_counts_nothing(sound: Samples) -> None:
    assert speech_seconds(sound) < 0.1


def test_clicks_are_no_speech() -> None:
    sound = quiet(10)
    sound[:: RATE // 2] = 30000
    assert speech_seconds(sound) < 0.1


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 10**6])
def test_a_header_that_was_never_finished_is_read_to_the_files_end(
    tmp_path: Path, size: int
) -> None:
    path = keep_wav(tmp_path / "a.wav", talk(3))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 40, size)
    path.write_bytes(data)
    assert len(read_samples(path)) == 3 * RATE


def test_half_a_sample_and_half_a_header_break_nothing(tmp_path: Path) -> None:
    path = keep_wav(tmp_path / "a.wav", talk(1))
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert len(read_samples(path)) == RATE - 1
    path.write_bytes(data[:20])
    assert len(read_samples(path)) == 0


def test_no_file_holds_no_speech(tmp_path: Path) -> None:
    assert speech_in(tmp_path / "none.wav") == 0.0


def test_the_dialplans_file_names_are_read() -> None:
    name = named(Path("rec/h59700515-1795365655-12_13800138000-2.wav"))
    assert name is not None
    assert (name.key, name.caller) == ("h59700515-1795365655-12", "13800138000")
    assert name.at.isoformat() == "2026-11-22T16:40:55+00:00"


def test_k4_a_name_behind_the_end_of_the_calendar_is_read() -> None:
    """One such file ended every sweep, so no recording that was left behind was adopted."""
    for epoch in ("253402300800", "999999999999"):
        name = named(Path(f"/spool/recording/h1-{epoch}-1_138.wav"))
        assert name is not None
        assert (name.key, name.at.year) == (f"h1-{epoch}-1", 9999)


@pytest.mark.parametrize("other", ["x.wav", "h1-1_2.wav", "h1-abc-1_2.wav", "h1-1-1_2-33.wav"])
def test_other_files_are_left_alone(other: str) -> None:
    assert named(Path(other)) is None


def test_a_withheld_number_is_an_empty_caller() -> None:
    name = named(Path("h1-100-1_.wav"))
    assert name is not None
    assert name.caller == ""
