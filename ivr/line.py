"""A telephone line as a call flow sees it, and the same over Asterisk's gateway interface."""

import logging
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from asterisk import agi as pyst

from hotline.clock import SystemClock
from hotline.errors import HotlineError
from ivr.recording import Silence, samples_between

log = logging.getLogger(__name__)

CLOCK = SystemClock()
SAMPLES_PER_SECOND = 8000
# A command that plays or records may take its own time on top of this.
REPLY_SECONDS = 15.0
# Asterisk says what call it is in one piece, at once; whoever does not is not Asterisk.
OPENING_SECONDS = 3.0
MAX_OPENING_LINES = 200
MAX_LINE_BYTES = 64 << 10
# Longest prompt that is played in one command.
PROMPT_SECONDS = 160.0
CHANNEL_UP = "6"
# Where the words are being recorded to: should we die, the dialplan goes on with them there.
WORDS_VARIABLE = "WORDS"
MIN_PIECE = 0.1


class HungUp(HotlineError):
    """The caller is gone; nothing more can be said."""

    code = "hung_up"


class LineFailed(HotlineError):
    """Asterisk answered something that makes no sense here, or not at all."""

    code = "line_failed"


class End(StrEnum):
    """Why a recording ended."""

    KEY = "key"
    SILENCE = "silence"
    HANGUP = "hangup"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording came to; `key` is set where a key ended it.

    `text` is what was said, on a line where words are typed.
    """

    seconds: float
    end: End
    key: str = ""
    text: str = ""


class Line(Protocol):
    """What a call flow may do with a telephone line."""

    def answer(self) -> None:
        """Pick up."""
        ...

    def play(self, sounds: Sequence[str], keys: str = "") -> str | None:
        """Play sounds one after the other; give the first of `keys` pressed, which interrupts."""
        ...

    def wait_key(self, seconds: float, keys: str) -> str | None:
        """Wait for one of `keys` in silence."""
        ...

    def record(self, path: str, max_seconds: int, silence_seconds: int, keys: str) -> Recorded:
        """Record to `path`.wav until a key, silence, the time, or the end of the call."""
        ...

    def variable(self, name: str) -> str:
        """Read a variable of the call; empty when it is not set. Works after a hang-up."""
        ...

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the call. Works after a hang-up."""
        ...

    def hang_up(self) -> None:
        """End the call; nothing happens when it has ended."""
        ...


class _Discard:
    """Where pyst2 may write its three lines a command."""

    def write(self, _text: str) -> None:
        """Drop it."""

    def flush(self) -> None:
        """Nothing to flush."""


class _Wire:
    """pyst2's stdin and stdout over one socket: text out, bytes in, and no read without an end."""

    def __init__(self, connection: socket.socket):
        self.connection = connection
        self.hung_up = False
        self._read = b""
        self._until = 0.0

    def allow(self, seconds: float) -> None:
        """Give everything that is read from now on this time in all."""
        self._until = CLOCK.monotonic() + seconds

    def write(self, text: str) -> None:
        """Send a command."""
        try:
            self.connection.settimeout(REPLY_SECONDS)
            self.connection.sendall(text.encode("utf-8", "replace"))
        except OSError as error:
            raise LineFailed(f"Asterisk is gone: {error}") from error

    def flush(self) -> None:
        """Nothing waits."""

    def readline(self) -> bytes:
        """Give the next line of a reply; Asterisk's unasked HANGUP line is none."""
        while True:
            while b"\n" not in self._read:
                self._read += self._receive()
            line, _, self._read = self._read.partition(b"\n")
            if line.strip() == b"HANGUP":
                self.hung_up = True
                continue
            return line.decode("utf-8", "replace").encode("utf-8") + b"\n"

    def _receive(self) -> bytes:
        left = self._until - CLOCK.monotonic()
        if left <= 0:
            raise LineFailed("Asterisk did not answer in time")
        if len(self._read) > MAX_LINE_BYTES:
            raise LineFailed("a line without an end")
        try:
            self.connection.settimeout(left)
            got = self.connection.recv(4096)
        except TimeoutError as error:
            raise LineFailed("Asterisk did not answer in time") from error
        except OSError as error:
            raise LineFailed(f"Asterisk is gone: {error}") from error
        if not got:
            raise LineFailed("Asterisk closed the connection")
        return got


def _opening(wire: _Wire) -> dict[str, str]:
    """Read what Asterisk says of a call before anything is asked of it."""
    said: dict[str, str] = {}
    for _ in range(MAX_OPENING_LINES):
        line = wire.readline().decode("utf-8").strip()
        if not line:
            return said
        name, _, value = line.partition(":")
        said[name.strip()] = value.strip()
    raise LineFailed("an opening without an end")


class _Agi(pyst.AGI):  # type: ignore[misc]  # pyst2 carries no types
    """pyst2's interface without what breaks off the main thread or over a socket."""

    def __init__(self, wire: _Wire):
        # The base constructor calls signal.signal(), which only the main thread may.
        self.stdin = self.stdout = wire
        self.stderr = _Discard()
        self._got_sighup = False
        wire.allow(OPENING_SECONDS)
        self.env = _opening(wire)

    def _quote(self, value: object) -> str:
        return quoted(str(value))

    def get_result(self, stdin: object = None) -> dict[str, tuple[str, str]]:  # noqa: ARG002
        """Read one reply whole: a value in brackets may run over several lines."""
        return parse_reply(self.stdin)


_REPLY = re.compile(r"^(\d{3})([ -])(.*)$", re.DOTALL)
_RESULT = re.compile(r"result=(-?\S*)(?: \((.*)\))?(?: endpos=(\d+))?\s*$", re.DOTALL)


def quoted(text: str) -> str:
    """Give an argument that stays one argument, whatever a caller's name holds."""
    clean = "".join(" " if ord(ch) < 32 or ord(ch) == 127 else ch for ch in text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_reply(wire: _Wire) -> dict[str, tuple[str, str]]:
    """Give `result`, its flag and `endpos` of the next reply, or raise what went wrong."""
    line = wire.readline().decode("utf-8")
    found = _REPLY.match(line.rstrip("\r\n"))
    if found is None:
        raise LineFailed(f"not a reply: {line[:80]!r}")
    code, dash, rest = found.groups()
    if code == "520" and dash == "-":
        _skip_usage(wire)
    if code == "511":
        raise HungUp("the channel is dead")
    if code != "200":
        raise LineFailed(f"{code} {rest[:80]}")
    result = _whole_result(wire, rest)
    value, flag, end = result.groups()
    return {"result": (value, flag or ""), "endpos": (end or "", "")}


def _skip_usage(wire: _Wire) -> None:
    while not wire.readline().startswith(b"520"):
        pass


def _whole_result(wire: _Wire, text: str) -> re.Match[str]:
    """Read on while a bracket is open: a variable's value may hold line breaks."""
    while "(" in text and (found := _RESULT.search(text)) is None:
        text += "\n" + wire.readline().decode("utf-8").rstrip("\r\n")
    found = _RESULT.search(text)
    if found is None:
        raise LineFailed(f"not a result: {text[:80]!r}")
    return found


class AgiLine:
    """A line at the other end of a FastAGI connection."""

    def __init__(self, connection: socket.socket, folder: str = "hotline"):
        """Take a connection that Asterisk has just opened; `folder` holds the sounds there."""
        self._wire = _Wire(connection)
        self._folder = folder
        self._agi = _Agi(self._wire)
        self.env = dict(self._agi.env)

    @property
    def script(self) -> str:
        """What the dialplan asked for."""
        return self.env.get("agi_network_script", "")

    @property
    def hung_up(self) -> bool:
        """Whether Asterisk has said that the caller is gone."""
        return self._wire.hung_up

    def argument(self, place: int) -> str:
        """Give the argument at a place, counted from 1; empty when there is none."""
        return self.env.get(f"agi_arg_{place}", "")

    def answer(self) -> None:
        """Pick up."""
        self._require(self._do("ANSWER"), "answer")

    def answer_at_once(self) -> None:
        """Pick up without waiting for the caller's sound, which `answer` does for half a second."""
        self._require(self._do("EXEC", "Answer", quoted(",i")), "answer")

    def play(self, sounds: Sequence[str], keys: str = "") -> str | None:
        """Play sounds one after the other; give the first of `keys` pressed, which interrupts.

        A sound is a prompt's name, or where a file lies, without its ending.
        """
        for sound in sounds:
            name = self._named(sound)
            reply = self._do("STREAM FILE", name, quoted(keys), more=PROMPT_SECONDS)
            try:
                value = self._require(reply, f"play {sound}")
            except LineFailed as error:
                # What the city has made itself may be odd; no caller is lost by it.
                if not sound.startswith("/"):
                    raise
                log.warning("a sound of the city's is not heard: %s", error)
                continue
            if value != "0":
                return _key(value)
        return None

    def _named(self, sound: str) -> str:
        return quoted(sound if sound.startswith("/") else f"{self._folder}/{sound}")

    def wait_key(self, seconds: float, keys: str) -> str | None:
        """Wait for one of `keys` in silence; another key ends the wait without one."""
        reply = self._do("WAIT FOR DIGIT", int(seconds * 1000), more=seconds)
        key = _key(self._require(reply, "wait"))
        return key if key and key in keys else None

    def record(self, path: str, max_seconds: int, silence_seconds: int, keys: str) -> Recorded:
        """Record to `path`.wav until a key, silence, the time, or the end of the call.

        In pieces that are never longer than the silence: Asterisk counts silence by the sound that
        arrives, and many telephones send none while nobody speaks. At the end WORDS_VARIABLE, by
        which the exchange goes on with a recording that we died in, is taken away.
        """
        try:
            return self._record(path, max_seconds, silence_seconds, keys)
        finally:
            with suppress(HungUp, LineFailed):
                self.set_variable(WORDS_VARIABLE, "")

    def _record(self, path: str, max_seconds: int, silence_seconds: int, keys: str) -> Recorded:
        silence, listened, samples = Silence(), 0.0, 0
        while True:
            piece = min(silence_seconds - silence.seconds, max_seconds - listened)
            before = samples
            reply = self._do(
                "RECORD FILE", quoted(path), "wav", quoted(keys), int(piece * 1000), samples,
                more=piece,
            )  # fmt: skip
            samples = max(int(reply["endpos"][0] or 0), samples)
            ended = self._ended(path, reply["result"], samples / SAMPLES_PER_SECOND)
            if ended is not None:
                return ended
            silence.listen(samples_between(Path(f"{path}.wav"), before, samples), piece)
            listened += piece
            if silence.seconds >= silence_seconds - MIN_PIECE:
                return Recorded(samples / SAMPLES_PER_SECOND, End.SILENCE)
            if listened >= max_seconds - MIN_PIECE:
                return Recorded(samples / SAMPLES_PER_SECOND, End.TIMEOUT)

    def _ended(self, path: str, result: tuple[str, str], seconds: float) -> Recorded | None:
        """Give what ended a piece of a recording; None where its time ran out."""
        value, flag = result
        if flag == "hangup" or (value == "-1" and self._is_dead()):
            return Recorded(seconds, End.HANGUP)
        if value == "-1":
            raise LineFailed(f"cannot record {path}: {flag}")
        if flag == "dtmf":
            return Recorded(seconds, End.KEY, _key(value) or "")
        return None

    def variable(self, name: str) -> str:
        """Read a variable of the call; empty when it is not set. Works after a hang-up."""
        # Encoded on Asterisk's side, so that no value can hold a line break and look like a reply.
        reply = self._do("GET FULL VARIABLE", quoted(f"${{URIENCODE(${{{name}}})}}"))
        return unquote(reply["result"][1], errors="replace")

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the call. Works after a hang-up."""
        self._do("SET VARIABLE", quoted(name), quoted(value))

    def hang_up(self) -> None:
        """End the call; nothing happens when it has ended."""
        with suppress(HungUp, LineFailed):
            self._do("HANGUP")

    def _do(
        self, command: str, *arguments: object, more: float = 0.0
    ) -> dict[str, tuple[str, str]]:
        self._wire.allow(REPLY_SECONDS + more)
        reply: dict[str, tuple[str, str]] = self._agi.execute(command, *arguments)
        return reply

    def _require(self, reply: dict[str, tuple[str, str]], what: str) -> str:
        """Give the result, where -1 means that the caller is gone or the command impossible."""
        value, flag = reply["result"]
        if value != "-1":
            return value
        if flag == "hangup" or self._is_dead():
            raise HungUp(f"hung up at: {what}")
        raise LineFailed(f"cannot {what}")

    def _is_dead(self) -> bool:
        if self._wire.hung_up:
            return True
        try:
            value = self._do("CHANNEL STATUS")["result"][0]
        except HungUp:
            return True
        return value != CHANNEL_UP or self._wire.hung_up


def _key(value: str) -> str | None:
    """Give the key behind a result that is its code in ASCII."""
    code = int(value) if value.isdigit() else 0
    return chr(code) if code else None
