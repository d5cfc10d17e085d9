"""What a seat alone hears as it answers: a beep, and in few words what is out of the ordinary."""

from typing import Final

from hotline.brief import CaseBrief
from ivr.prompts import Prompts

# Read by the dialplan (seat-answers); inherited by the seat's line, which the two underscores ask.
TOLD_AT_SEAT: Final = "__TOLD_AT_SEAT"
BEEP: Final = "seat_beep"
EMERGENCY, LANGUAGE, CASE, AGAIN = "seat_emergency", "seat_language", "seat_case", "seat_again"
# More would take longer than 1.2 seconds, in which the caller waits.
MOST_WORDS: Final = 2


def words_at_seat(
    prompts: Prompts, language: str, newest: CaseBrief | None, *, is_emergency: bool
) -> tuple[str, ...]:
    """Give what is worth to be told of a caller of a language, the most important first."""
    wanted = (
        (EMERGENCY, is_emergency),
        (LANGUAGE, language != prompts.default),
        (CASE, newest is not None and not newest.is_over),
        (AGAIN, newest is not None and newest.is_over),
    )
    return tuple(word for word, is_so in wanted if is_so)[:MOST_WORDS]


def told_at_seat(prompts: Prompts, words: tuple[str, ...]) -> str:
    """Give what the exchange plays behind the beep: the seats' language is the city's."""
    return "".join(f"&hotline/{one}" for one in prompts.sounds(prompts.default, *words))
