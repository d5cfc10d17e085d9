"""A model is fitted once and then read; one that is damaged, or of other makers, is fitted anew."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend import fitted
from backend.fitted import ModelFolder
from hotline.intake.features import characters, sounds
from hotline.intake.fitting import fit
from hotline.intake.textmodel import FittedModel, TextModel, View

TEXTS = ["路灯不亮", "井盖没了", "路灯坏了一个月", "井盖松动", "垃圾没人清"]
LABELS = [0, 1, 0, 1, 2]
VIEWS = (View(characters, 1.0), View(sounds, 0.5))


class Fitter:
    """Fits, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> FittedModel:
        """Fit."""
        self.times += 1
        return fit(TEXTS, LABELS, VIEWS, 0.5)


def same(one: FittedModel, other: FittedModel) -> bool:
    return (
        one.names == other.names
        and all(map(np.array_equal, one.rarity, other.rarity))
        and (one.by_token != other.by_token).nnz == 0
        and np.array_equal(one.shares, other.shares)
    )


def file_of(folder: Path) -> Path:
    (path,) = folder.glob("*.npz")
    return path


def test_a_model_is_fitted_once_and_is_the_same_when_it_is_read(tmp_path: Path) -> None:
    fitter, models = Fitter(), ModelFolder(tmp_path, "us")
    made, read = models.keep("k", fitter), models.keep("k", fitter)
    assert fitter.times == 1
    assert same(made, read)


def test_a_model_that_was_read_judges_as_one_that_was_fitted(tmp_path: Path) -> None:
    models = ModelFolder(tmp_path, "us")
    fresh, _, kept = (TextModel(TEXTS, LABELS, VIEWS, 0.5, models.keep) for _ in range(3))
    for words in ("路灯又不亮了", "", "井盖", "street"):
        one, other = (model.scores(model.look(words)) for model in (fresh, kept))
        assert np.array_equal(one, other)
        assert kept.tokens_for(kept.look(words), 0, 3) == fresh.tokens_for(fresh.look(words), 0, 3)


def flipped(body: bytes) -> bytes:
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]


def pickled(_: bytes) -> bytes:
    """What a careless reader would run."""
    return b"\x80\x04\x95cos\nsystem\n(S'false'\ntR."


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda body: body[:-40], lambda body: body[:9], flipped, pickled]
)
def test_a_damaged_model_is_fitted_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    fitter, models = Fitter(), ModelFolder(tmp_path, "us")
    made = models.keep("k", fitter)
    path = file_of(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert same(models.keep("k", fitter), made)
    assert fitter.times == 2
    assert same(models.keep("k", fitter), made)
    assert fitter.times == 2


def test_a_model_of_other_words_or_makers_is_fitted_anew_and_takes_its_place(
    tmp_path: Path,
) -> None:
    fitter = Fitter()
    for key, about in (("k", "us"), ("k2", "us"), ("k2", "them")):
        ModelFolder(tmp_path, about).keep(key, fitter)
        assert file_of(tmp_path)
    assert fitter.times == 3


def test_a_model_whose_parts_do_not_fit_each_other_is_fitted_anew(tmp_path: Path) -> None:
    fitter, models = Fitter(), ModelFolder(tmp_path, "us")
    models.keep("k", fitter)
    with np.load(file_of(tmp_path)) as kept:
        parts = dict(kept)
    np.savez(file_of(tmp_path), **(parts | {"shares": parts["shares"][:-1]}))
    models.keep("k", fitter)
    assert fitter.times == 2


def test_those_that_start_together_fit_once(tmp_path: Path) -> None:
    fitter = Fitter()
    starts = [
        threading.Thread(target=ModelFolder(tmp_path, "us").keep, args=("k", fitter))
        for _ in range(3)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert fitter.times == 1


def test_a_folder_that_cannot_be_written_stops_no_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    fitter = Fitter()
    ModelFolder(tmp_path / "file", "us").keep("k", fitter)
    assert fitter.times == 1


def test_another_code_is_another_maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("1", "utf-8")
    monkeypatch.setattr(fitted, "CODE", tmp_path)
    first = fitted.made_by()
    assert fitted.made_by() == first
    (tmp_path / "a.py").write_text("2", "utf-8")
    assert fitted.made_by() != first
