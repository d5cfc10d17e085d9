"""Fitted models kept on disk, so that each start does not fit anew what has not changed.

A file holds arrays and texts alone, nothing that could run; one that is damaged is fitted anew.
"""

import fcntl
import hashlib
import json
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from hotline.intake.textmodel import Fit, FittedModel

log = logging.getLogger(__name__)
CODE: Final = Path(__file__).resolve().parent.parent / "hotline"
LIBRARIES: Final = ("numpy", "scipy", "scikit-learn", "pypinyin", "opencc")
DAMAGED: Final = (ValueError, LookupError, TypeError, OSError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that keeps one fitted model; `about` is what it was fitted by besides its texts."""

    folder: Path
    about: str

    def keep(self, key: str, fit: Fit) -> FittedModel:
        """Give the model that was kept for a key, or fit it and keep it.

        Processes that start together fit once: the others wait for the first.
        """
        name = hashlib.sha256(f"{key} {self.about}".encode()).hexdigest()[:32]
        path = self.folder / f"{name}.npz"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder / "lock"):
                return _read(path) or self._fitted(path, fit)
        except OSError as error:
            log.warning("no fitted model can be kept in %s: %s", self.folder, error)
            return fit()

    def _fitted(self, path: Path, fit: Fit) -> FittedModel:
        model = fit()
        body = _packed(model)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(body)
        fresh.replace(path)
        for other in self.folder.glob("*.npz"):
            if other != path:
                other.unlink(missing_ok=True)
        return model


def made_by() -> str:
    """Name the code and the libraries that take texts apart and fit: another one fits anew."""
    digest = hashlib.sha256()
    for path in sorted(CODE.rglob("*.py")):
        digest.update(path.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _packed(model: FittedModel) -> bytes:
    names = json.dumps(model.names, ensure_ascii=False).encode("utf-8", "surrogatepass")
    table = model.by_token
    arrays: dict[str, Any] = {
        "names": np.frombuffer(names, dtype=np.uint8),
        "shares": model.shares,
        "data": table.data,
        "indices": table.indices,
        "indptr": table.indptr,
        "shape": np.array(table.shape),
    }
    arrays |= {f"rarity{at}": one for at, one in enumerate(model.rarity)}
    body = BytesIO()
    np.savez(body, **arrays)
    return body.getvalue()


def _read(path: Path) -> FittedModel | None:
    """Give a model that was kept; None where there is none, or none that can be used."""
    if not path.is_file():
        return None
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as kept:
            names = json.loads(kept["names"].tobytes().decode("utf-8", "surrogatepass"))
            several = tuple(tuple(map(str, one)) for one in names)
            rarity = tuple(kept[f"rarity{at}"] for at in range(len(several)))
            parts = (kept["data"], kept["indices"], kept["indptr"])
            table = csr_matrix(parts, shape=tuple(kept["shape"]))
            model = FittedModel(several, rarity, table, kept["shares"])
    except DAMAGED as error:
        log.warning("the fitted model %s is damaged, it is fitted anew: %r", path.name, error)
        return None
    return model if _is_whole(model) else None


def _is_whole(model: FittedModel) -> bool:
    tokens, sentences = model.by_token.shape
    lengths = [len(names) for names in model.names]
    return (
        sum(lengths) == tokens
        and [len(one) for one in model.rarity] == lengths
        and len(model.shares) == sentences
    )
