"""Spans of a local day, as configurations write them."""

from hotline.errors import Invalid

DAY_MINUTES = 24 * 60


def parse_hours(where: str, texts: list[str]) -> tuple[tuple[int, int], ...]:
    """Give spans of a day such as `09:00-12:00`, in minutes; `24:00` is the day's end.

    Invalid names `where` they stand.
    """
    spans = []
    for text in texts:
        try:
            opens, closes = (_minute(part) for part in text.split("-"))
        except ValueError as error:
            raise Invalid(where, f"{text!r} is not like 09:00-12:00") from error
        if not 0 <= opens < closes <= DAY_MINUTES:
            raise Invalid(where, f"{text!r} ends before it begins")
        spans.append((opens, closes))
    if not spans:
        raise Invalid(where, "there are none")
    return tuple(sorted(spans))


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
