"""Days that a case is put off to: a few to choose from, and those that people write."""

import re
from datetime import date, timedelta
from typing import Final

from hotline.words import say
from hotline.words.dates import in_words

# In how many days, besides the end of the season.
DAYS: Final = (7, 30)
MONTHS: Final = 3
_DAY: Final = re.compile(r"(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?")


def some_days(today: date, language: str) -> list[tuple[str, str]]:
    """Give a few days that a case may be put off to, each with its label."""
    found = []
    for several in DAYS:
        day = today + timedelta(days=several)
        label = say("task.in_days", language, days=several, day=_named(day, today, language))
        found.append((day.isoformat(), label))
    end = season_end(today)
    named = _named(end, today, language)
    return [*found, (end.isoformat(), say("task.season_end", language, day=named))]


def _named(day: date, today: date, language: str) -> str:
    return in_words(day, language, with_year=day.year != today.year)


def season_end(today: date) -> date:
    """Give the last day of the season; of the next one where that is no more than a week away."""
    later = today + timedelta(days=DAYS[0] + 1)
    # Seasons end with February, May, August and November.
    after = later.year * 12 + later.month + (2 - later.month) % MONTHS
    return date(after // 12, after % 12 + 1, 1) - timedelta(days=1)


def day_of(text: str, today: date) -> str:
    """Give a day that was typed as it is kept: the next one, where no year is named.

    What is no day stays as it was typed.
    """
    found = _DAY.fullmatch("".join(text.split()))
    if found is None:
        return text
    year, month, day = found.groups()
    try:
        read = date(int(year or today.year), int(month), int(day))
        if not year and read < today:
            read = read.replace(year=today.year + 1)
    except ValueError:
        return text
    return read.isoformat()


def is_day(text: str) -> bool:
    """Tell whether a text is a day as it is kept."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
