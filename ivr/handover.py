"""What the dialplan hands over with a call: read in one place, and nothing of it is trusted."""

import re
from dataclasses import dataclass

from hotline.errors import HotlineError
from ivr.line import AgiLine
from ivr.recording import CALLER, KEY

# The places of the arguments in config/asterisk/conf/extensions.conf.
SECRET, NAME, WHO, DIALLED, NUMBER = 1, 2, 3, 4, 5
_DIGITS = re.compile(r"\d{0,40}")


class BadHandover(HotlineError):
    """An argument is not of the form that our dialplan gives it."""

    code = "bad_handover"


@dataclass(frozen=True, slots=True)
class Handover:
    """A call: its key, who calls, what was dialled, and the number it was promised, if any."""

    key: str
    caller: str
    dialled: str = ""
    number: str = ""

    @property
    def file_name(self) -> str:
        """The name of the call's recording, without its ending, as the dialplan makes it."""
        return f"{self.key}_{self.caller}"


def secret_of(line: AgiLine) -> bytes:
    """Give what a connection offers as the exchange's secret."""
    return line.argument(SECRET).encode("utf-8", "replace")


def handed_over(line: AgiLine) -> Handover:
    """Read the arguments of a call; BadHandover where one has not its form."""
    return Handover(
        key=_like(KEY, line, NAME),
        caller=_like(CALLER, line, WHO),
        dialled=_like(_DIGITS, line, DIALLED),
        number=_like(_DIGITS, line, NUMBER),
    )


def notice_of(line: AgiLine) -> str:
    """Give the id of the notice that a call we placed is for."""
    return line.argument(NAME)


def _like(form: re.Pattern[str], line: AgiLine, place: int) -> str:
    value = line.argument(place)
    if form.fullmatch(value) is None:
        raise BadHandover(f"argument {place} is {value[:40]!r}")
    return value
