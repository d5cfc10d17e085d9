"""Making names and words of strangers harmless to show and to keep."""

import re
from typing import Final
from unicodedata import category

# Texts of one line, by the names of their fields: whatever connector they come by, they hold no
# line break and no sign that nobody sees. All others but those of EXACT are words of several lines.
ONE_LINE: Final = frozenset({"place_text", "name", "caller_name", "username", "address"})
# Texts that are compared as they were given.
EXACT: Final = frozenset({"key", "password", "old", "new"})

MAX_NAME_LENGTH = 64
# Signs that nobody sees and that hide, reorder or tell apart what stands beside them: marks of a
# line's direction, widths of nothing, soft hyphens, marks of byte order, notes between lines.
# Joiners stay: emoji and some scripts are written with them.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164"
    "\ufeff\uffa0\ufff9\ufffa\ufffb"
)
# With the control characters (Cc) and the halves of a pair (Cs) of Unicode, all that is dropped.
_UNSEEN = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_HIDDEN}]")
_UNSEEN_IN_LINES = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_HIDDEN}]")
# What nobody sees by itself, by Unicode: controls, joiners, spaces, and marks on other signs; of
# symbols braille without a dot is blank. Signs that Unicode has yet to name are seen.
_NO_SIGN: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_BLANK: Final = "\u2800"
# What a formula begins with. The full-width ones are the same to some input methods, and so to some
# spreadsheets.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def sanitize_line(text: str) -> str:
    """Give a text on one line, without control characters and hidden signs."""
    return " ".join(_UNSEEN.sub("", " ".join(text.split())).split())


def sanitize_name(name: str) -> str:
    """Give a name on one line, at most 64 characters of it."""
    return sanitize_line(name)[:MAX_NAME_LENGTH]


def sanitize_text(text: str) -> str:
    """Give words without control characters and hidden signs; line breaks stay."""
    return _UNSEEN_IN_LINES.sub("", _BREAK.sub("\n", text)).strip()


def says_something(text: str) -> bool:
    """Tell whether there is a sign in a text that anybody sees; joiners alone are none."""
    return any(category(one) not in _NO_SIGN and one != _BLANK for one in sanitize_text(text))


def runs_in_sheet(text: str) -> bool:
    """Tell whether a spreadsheet might take a text for a formula, or for the end of a place."""
    return text.startswith(_RUNS) or text.lstrip().startswith(_RUNS)


def truncate(text: str, longest: int) -> str:
    """Give a text shortened to `longest` UTF-16 units, as chats count, with a mark at the cut."""
    if len(text.encode("utf-16-le")) // 2 <= longest:
        return text
    units = text.encode("utf-16-le")[: 2 * (longest - 1)]
    return units.decode("utf-16-le", errors="ignore") + "…"
