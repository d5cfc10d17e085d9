"""Spans of a local day, as configurations write them."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

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


def next_within(hours: tuple[tuple[int, int], ...], at: datetime, zone: ZoneInfo) -> datetime:
    """Give an instant, or else the next one that lies in one of some hours of a local day.

    `hours` are (opens, closes) in minutes, in order, closes exclusive. Raises Invalid for none.
    """
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    for day in (0, 1):
        for opens, closes in hours:
            if day == 0 and opens <= minute < closes:
                return at
            if day == 1 or minute < opens:
                midnight = datetime.combine(local.date() + timedelta(days=day), time(), zone)
                return (midnight + timedelta(minutes=opens)).astimezone(at.tzinfo)
    raise Invalid("hours", "there are none")


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
