"""Speech to text on this machine: a recording becomes a Transcript, or Unheard.

The only module that imports SpeechRecognition. A recogniser is built from settings, loads its model
at the first recording, and may be called from several threads, which then wait for each other.
"""

import logging
import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from speech_recognition import AudioData, UnknownValueError
from speech_recognition.recognizers.whisper_local.base import WhisperCompatibleRecognizer

from hotline.errors import HotlineError
from hotline.phonetic import NameIndex, snap
from hotline.pinyin import distance
from hotline.simplified import simplify
from ivr.recording import read_samples, speech_seconds
from ivr.whisper import WaveShape, Whisper, model_folder

log = logging.getLogger(__name__)

RATE = 8_000
MODEL_RATE = 16_000
MAX_SAMPLES = 28 * RATE  # the model's window is 30 s
BREATH = RATE // 5  # a recording is cut where it is quietest for so long
MIN_SPEECH = 0.4  # s
MAX_HINTS = 30
LOOPS = 2.4  # a text that packs better than this repeats itself
NOBODY = 0.6  # probability of no speech from which an unlikely text is not believed
UNLIKELY = -0.8  # log probability a token
UNSURE = -0.5  # below this a hinted text is compared with one that had no hints
NEVER = -1.3  # below this no text is believed
ALIKE = 0.35  # how far apart two texts may sound that bear each other out
OFTEN = 3  # a word that is all there is, so many times, was not said
LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?")
WRITTEN = re.compile(r"[\u3400-\u9fffa-z0-9]", re.IGNORECASE)
WHISPER_LANGUAGES = {"zh_CN": "zh", "en": "en"}


class Unheard(HotlineError):
    """There is no speech in the recording, or none that could be written down."""

    code = "unheard"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. `raw` is before names were read back into it; confidence is 0..1."""

    text: str
    raw: str
    engine: str
    confidence: float | None
    language: str
    seconds: float


class Engine(Protocol):
    """What a recogniser needs of a model."""

    def transcribe(self, sound: WaveShape, **options: Any) -> dict[str, Any]:
        """Write down a sound of at most 30 s."""
        ...

    def voiced(self, sound: WaveShape) -> float:
        """Give for how many seconds somebody speaks in a sound."""
        ...

    def judge(self, sound: WaveShape, language: str) -> Callable[[str], float]:
        """Give a function from a text to its log probability, given this sound."""
        ...


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    likely: float  # mean log probability a token


class Recogniser:
    """Writes down recordings, one at a time."""

    def __init__(
        self,
        engine: str,
        model_path: str,
        threads: int,
        cache: Path,
        lexicon: NameIndex | None = None,
        load: Callable[[Path, int], Engine] = Whisper,
        *,
        invented: Sequence[str] = (),
    ) -> None:
        """Take the settings of `speech`; the packaged model is joined below `cache`.

        `invented` are sentences that the model makes up where there is no speech.
        """
        self._invented = tuple(_letters(one) for one in invented)
        self.engine = engine
        self._model_path = model_path
        self._threads = threads
        self._cache = cache
        self._lexicon = lexicon or NameIndex(())
        self._load = load
        self._loaded: Engine | None = None
        self._turn = threading.Lock()

    @property
    def writes(self) -> bool:
        """Whether this recogniser writes anything down."""
        return self.engine != "none"

    def know(self, lexicon: NameIndex) -> None:
        """Read other names back into transcripts from now on."""
        self._lexicon = lexicon

    def check(self) -> None:
        """Raise ModelRefused unless the model's files are there; loads nothing."""
        model_folder(self._model_path, self._cache)

    def load(self) -> None:
        """Load the model unless it is loaded; raises ModelRefused with what is wrong."""
        with self._turn:
            self._model()

    def transcribe(
        self, path: Path, language: str = "zh_CN", hints: Sequence[str] = ()
    ) -> Transcript:
        """Write down a wav of 8 kHz; `hints` are words that are likely in it, at most 30.

        Raises Unheard where nobody speaks or nothing can be written down, and ModelRefused.
        """
        if not self.writes:
            raise Unheard("no recogniser is set: speech.engine is none")
        samples = read_samples(path)
        if speech_seconds(samples) < MIN_SPEECH:
            raise Unheard(f"nobody speaks in {path.name}")
        return self.write_down(samples, language, hints)

    def write_down(
        self, samples: NDArray[np.int16], language: str = "zh_CN", hints: Sequence[str] = ()
    ) -> Transcript:
        """Write down a sound of 8 kHz in which somebody seems to speak; raises as `transcribe`."""
        with self._turn:
            parts = [self._part(part, language, hints) for part in pieces(samples)]
        heard = [part for part in parts if part is not None]
        if not heard:
            raise Unheard("nothing could be written down")
        return _joined(heard, language, self.engine, len(samples) / RATE)

    def _model(self) -> Engine:
        if self._loaded is None:
            self._loaded = self._load(model_folder(self._model_path, self._cache), self._threads)
            log.info("the speech model is loaded")
        return self._loaded

    def _part(
        self, samples: NDArray[np.int16], language: str, hints: Sequence[str]
    ) -> tuple[str, str, float] | None:
        """Text, raw text and log probability of at most 30 s; None where nothing was heard."""
        audio = AudioData(samples.tobytes(), RATE, 2)
        spoken = WHISPER_LANGUAGES.get(language, "zh")
        if self._model().voiced(_sound(audio)) < MIN_SPEECH:
            return None
        heard = self._heard(audio, spoken, hints)
        if heard is None:
            return None
        if spoken != "zh":
            return heard.text, heard.text, heard.likely
        raw = simplify(heard.text)
        judge = self._model().judge(_sound(audio), spoken)
        return snap(raw, self._lexicon, judge).text, raw, heard.likely

    def _heard(self, audio: AudioData, spoken: str, hints: Sequence[str]) -> _Heard | None:
        """The likelier of what is heard with hints and, where that is doubtful, without.

        The model also hears its hints where they were not said, so a doubtful text that it does
        not hear without them is none.
        """
        hinted = self._once(audio, spoken, _prompt(hints)) if hints else None
        echo = hinted is not None and is_echo(hinted.text, hints)
        if hinted is not None and hinted.likely >= UNSURE and not echo:
            return hinted
        plain = self._once(audio, spoken, None)
        if hinted is None or plain is None:
            return plain
        if echo and not _alike(hinted.text, plain.text):
            return plain
        return max(hinted, plain, key=lambda one: one.likely)

    def _once(self, audio: AudioData, spoken: str, prompt: str | None) -> _Heard | None:
        listener = WhisperCompatibleRecognizer(self._model())
        try:
            told = listener.recognize(
                audio,
                show_dict=True,
                language=spoken,
                initial_prompt=prompt,
                beam_size=5,
                temperature=0.0,  # nothing is drawn by lot: a recording is always heard alike
                condition_on_previous_text=False,
                without_timestamps=True,
                compression_ratio_threshold=LOOPS,
                max_new_tokens=160,
            )
        except UnknownValueError:
            return None
        return _believed(told["segments"], self._invented)


def _believed(segments: Iterable[Any], invented: Sequence[str]) -> _Heard | None:
    """What is left without segments that loop, that nothing speaks for, or made up over silence."""
    kept = [
        segment
        for segment in segments
        if segment.text.strip()
        and not is_invented(segment.text, invented)
        and segment.compression_ratio <= LOOPS
        and segment.avg_logprob >= NEVER
        and not (segment.no_speech_prob > NOBODY and segment.avg_logprob < UNLIKELY)
    ]
    if not kept:
        return None
    lengths = [len(segment.text) for segment in kept]
    total = sum(one.avg_logprob * size for one, size in zip(kept, lengths, strict=True))
    heard = _Heard("".join(one.text for one in kept).strip(), total / sum(lengths))
    return None if repeats(heard.text, sure=heard.likely >= UNSURE) else heard


def repeats(text: str, *, sure: bool) -> bool:
    """Tell whether a text is nothing but one sound, or one word, over and over.

    What somebody calls out several times is more than one character, and the model is sure of it.
    """
    words = LATIN.findall(text.lower())
    said = words or WRITTEN.findall(text)
    for width in range(1, len(said) // OFTEN + 1):
        if said == (said[:width] * len(said))[: len(said)]:
            return not sure or (width == 1 and not words)
    return False


def is_invented(text: str, invented: Sequence[str]) -> bool:
    """Tell whether more than half of a text is what the model makes up, given as bare letters."""
    said = left = _letters(text)
    for one in invented:
        left = left.replace(one, "")
    return len(left) * 2 < len(said)


def _letters(text: str) -> str:
    return "".join(WRITTEN.findall(simplify(text).lower()))


def is_echo(text: str, hints: Sequence[str]) -> bool:
    """Tell whether nothing is left of a text without the words the model was told to expect."""
    left = text.lower()
    for hint in sorted(hints, key=len, reverse=True):
        left = left.replace(hint.lower(), " ")
    return len(WRITTEN.findall(left)) <= 1


def _alike(one: str, other: str) -> bool:
    """Tell whether two texts sound alike, or one sounds like a stretch of the other."""
    if LATIN.search(one):
        return bool(set(LATIN.findall(one.lower())) & set(LATIN.findall(other.lower())))
    short, long = sorted((simplify(one), simplify(other)), key=len)
    starts = range(max(1, len(long) - len(short) + 1))
    return any(distance(short, long[at : at + len(short)]) <= ALIKE for at in starts)


def _prompt(hints: Sequence[str]) -> str:
    words = list(dict.fromkeys(hints))[:MAX_HINTS]
    chinese = any(not word.isascii() for word in words)
    return "、".join(words) + "。" if chinese else ", ".join(words) + "."


def _joined(
    parts: Sequence[tuple[str, str, float]], language: str, engine: str, seconds: float
) -> Transcript:
    between = " " if language == "en" else "，"
    lengths = [len(raw) for _, raw, _ in parts]
    likely = sum(part[2] * size for part, size in zip(parts, lengths, strict=True)) / sum(lengths)
    return Transcript(
        text=between.join(part[0] for part in parts),
        raw=between.join(part[1] for part in parts),
        engine=engine,
        confidence=round(math.exp(min(0.0, likely)), 3),
        language=language,
        seconds=round(seconds, 2),
    )


def _sound(audio: AudioData) -> WaveShape:
    data = audio.get_raw_data(convert_rate=MODEL_RATE, convert_width=2)
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0


def pieces(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    """Cut a long recording where it is quietest, so that each piece fits the model's window."""
    while len(samples) > MAX_SAMPLES:
        first = MAX_SAMPLES // 2
        window = np.abs(samples[first:MAX_SAMPLES].astype(np.float64))
        loudness = np.convolve(window, np.ones(BREATH), "valid")
        at = first + int(loudness.argmin()) + BREATH // 2
        yield samples[:at]
        samples = samples[at:]
    if len(samples):
        yield samples
