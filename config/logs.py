"""How this process logs: one line an event, as text or as JSON, to standard error."""

import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import Final

from config.sections import LogSettings

MAX_BYTES: Final = 10_000_000
"""Bytes of one log."""
OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# A telephone number as a word of its own, or as the caller in a recording's name. Errors of others
# and names of files bring them along; who reads the log needs none.
NUMBER: Final = re.compile(
    r"(?<![\w.])\+?\d{8,12}(\d{3})(?![\w.])|(?<=_)\d{0,17}(\d{3})(?=\.wav\b)"
)


class JsonLine(logging.Formatter):
    """One JSON object a line: when, how bad, who, what, and the extra values."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record."""
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        } | extras(record)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return without_numbers(json.dumps(line, ensure_ascii=False, default=str))


class TextLine(logging.Formatter):
    """One readable line: when, how bad, who, what, and the extra values as name=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """Give the line of a record."""
        told = "".join(f" {name}={value}" for name, value in extras(record).items())
        return super().formatMessage(record) + told

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record, and below it what failed."""
        return without_numbers(super().format(record))


def extras(record: logging.LogRecord) -> dict[str, object]:
    """The values that were logged beside the message."""
    return {name: value for name, value in vars(record).items() if name not in OWN}


def without_numbers(line: str) -> str:
    """Give a line whose telephone numbers show their last three digits only."""
    return NUMBER.sub(lambda found: f"…{found[1] or found[2]}", line)


def keep_short(path: Path, longest: int = MAX_BYTES) -> None:
    """Cut the later half of a log that has grown too long; whoever writes it goes on behind that.

    Strangers can make a line with every packet they send, and must not fill the disk with them.
    What happened first is kept, and what happens next comes in again.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        if os.fstat(handle).st_size > longest:
            os.ftruncate(handle, longest // 2)
    finally:
        os.close(handle)


def set_up(log: LogSettings) -> None:
    """Log everything of this process as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if log.form == "json" else TextLine())
    logging.basicConfig(level=log.level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "aiohttp.access", "alembic", "faster_whisper"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
