"""Days in words, with or without their year."""

from datetime import date

from hotline.words import say


def in_words(day: date, language: str, *, with_year: bool = True) -> str:
    """Give a day as it is written in a language: 2026年12月23日, 23 Dec 2026."""
    month = say("telling.months", language).split()[day.month - 1]
    if not with_year:
        return say("telling.day", language, month=month, day=day.day)
    return say("telling.day_of_year", language, year=day.year, month=month, day=day.day)
