"""Making names and words of strangers harmless to show and to keep."""

import unicodedata

LONGEST_NAME = 64
# Marks that turn the direction of a line; they can hide or reorder what stands beside them.
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_name(name: str) -> str:
    """Give a name on one line, without control or direction marks, at most 64 characters."""
    kept = "".join(" " if ch.isspace() else ch for ch in name if ch.isspace() or _shown(ch))
    return " ".join(kept.split())[:LONGEST_NAME]


def clean_text(text: str) -> str:
    """Give words without control characters and direction marks; line breaks stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(ch for ch in lines if ch in "\n\t" or _shown(ch)).strip()


def cut(text: str, longest: int) -> str:
    """Give a text shortened to `longest` UTF-16 units, as chats count, with a mark at the cut."""
    if len(text.encode("utf-16-le")) // 2 <= longest:
        return text
    units = text.encode("utf-16-le")[: 2 * (longest - 1)]
    return units.decode("utf-16-le", errors="ignore") + "…"


def _shown(ch: str) -> bool:
    return ch not in _TURNING and unicodedata.category(ch) not in ("Cc", "Cs")
