"""Reading text files that people made: the one place that knows of encodings and line ends."""

import codecs
import json
import tomllib
from pathlib import Path
from typing import Any, Final

# A mark at the file's start names the encoding for certain; longer marks first.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_ADVICE: Final = "save the file as UTF-8"
# The encodings of Chinese before UTF-8, and between which first bytes everyday characters lie.
_CHINESE: Final = {
    "GB18030 (GBK, GB2312)": ("gb18030", 0xB0, 0xD7),
    "Big5": ("big5", 0xA4, 0xC6),
}


class Unreadable(ValueError):
    """A file's bytes or form cannot be read; the message names the file and what to do."""


def read_text(path: Path) -> str:
    """Give a file's text with plain line ends, in UTF-8 or what its mark names.

    Raises Unreadable for any other encoding, and OSError where there is no such file.
    """
    data = path.read_bytes()
    encoding, mark = next(
        ((name, mark) for mark, name in _MARKS if data.startswith(mark)), ("utf-8", b"")
    )
    body = data[len(mark) :]
    if encoding == "utf-8" and b"\0" in body:
        raise Unreadable(f"{path.name}: looks like UTF-16 without a mark; {_ADVICE}")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name}: {_why(body, encoding, error)}; {_ADVICE}") from error
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_toml(path: Path) -> dict[str, Any]:
    """Give a TOML file's table; Unreadable names file and line."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"{path.name}: {error}") from error


def read_json(path: Path) -> Any:
    """Give what a JSON file holds; Unreadable names file and line."""
    text = read_text(path)
    if not text.strip():
        raise Unreadable(f"{path.name}: is empty")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path.name}: {error}") from error


def _why(body: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    if encoding == "utf-8" and error.end >= len(body) and error.reason == "unexpected end of data":
        return "ends in the middle of a character; the file was cut"
    shares = {name: _everyday(body, codec, *lead) for name, (codec, *lead) in _CHINESE.items()}
    likely = max(shares, key=lambda name: shares[name])
    if encoding == "utf-8" and shares[likely] > 1 / 2:
        return f"is not in UTF-8 but, by its look, in {likely}"
    line = body[: error.start].count(b"\n") + 1
    return f"is not in {encoding.upper()} (byte {body[error.start]:#04x} in line {line})"


def _everyday(body: bytes, codec: str, first: int, last: int) -> float:
    """Give the share of everyday characters among all that are not ASCII; 0 for no such text."""
    try:
        text = body.decode(codec)
    except UnicodeDecodeError:
        return 0.0
    foreign = [char.encode(codec) for char in text if not char.isascii()]
    known = sum(len(one) == 2 and first <= one[0] <= last for one in foreign)
    return known / max(len(foreign), 1)
