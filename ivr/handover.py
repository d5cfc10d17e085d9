"""What the dialplan hands over with a call: read in one place, and nothing of it is trusted."""

import re
from dataclasses import dataclass

from hotline.errors import HotlineError
from hotline.telephone import shown_number
from ivr.line import AgiLine
from ivr.recording import CALLER, KEY

# The places of the arguments in config/asterisk/conf/extensions.conf.
SECRET, NAME, WHO, DIALLED, NUMBER = 1, 2, 3, 4, 5
MAX_SHOWN = 80
NOBODY = ("unknown", "anonymous")
_DIGITS = re.compile(r"\d{0,40}")


class BadHandover(HotlineError):
    """An argument is not of the form that our dialplan gives it."""

    code = "bad_handover"


@dataclass(frozen=True, slots=True)
class Handover:
    """A call: its key, who calls, what was dialled, and the number it was promised, if any.

    `digits` are what the dialplan made of the caller's number, `caller` what it is, in its own
    spelling; a caller that is no number as a whole is none, and is shown as the name.
    """

    key: str
    digits: str
    caller: str = ""
    caller_name: str = ""
    dialled: str = ""
    number: str = ""

    @property
    def file_name(self) -> str:
        """The name of the call's recording, without its ending, as the dialplan makes it."""
        return f"{self.key}_{self.digits}"


def secret_of(line: AgiLine) -> bytes:
    """Give what a connection offers as the exchange's secret."""
    return line.argument(SECRET).encode("utf-8", "replace")


def handed_over(line: AgiLine) -> Handover:
    """Read the arguments of a call; BadHandover where one has not its form."""
    shown, name = _text(line, "agi_callerid"), _text(line, "agi_calleridname")
    caller = shown_number(shown)
    return Handover(
        key=_like(KEY, line, NAME),
        digits=_like(CALLER, line, WHO),
        caller=caller,
        caller_name=name or ("" if caller else shown),
        dialled=_like(_DIGITS, line, DIALLED),
        number=_like(_DIGITS, line, NUMBER),
    )


def _text(line: AgiLine, name: str) -> str:
    """Give what a caller shows: a foreign text, only ever data."""
    # The exchange hands over what stood between the quotes of the header, escapes and all.
    text = re.sub(r"\\(.)", r"\1", line.env.get(name, ""))
    clean = "".join(ch for ch in text if ch.isprintable())
    return "" if clean.lower() in NOBODY else clean[:MAX_SHOWN]


def notice_of(line: AgiLine) -> str:
    """Give the id of the notice that a call we placed is for."""
    return line.argument(NAME)


def _like(form: re.Pattern[str], line: AgiLine, place: int) -> str:
    value = line.argument(place)
    if form.fullmatch(value) is None:
        raise BadHandover(f"argument {place} is {value[:40]!r}")
    return value
