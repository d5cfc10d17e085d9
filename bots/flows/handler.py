"""What is special in a department's cases: a finish by photo, days to put it off to. (专业部门)"""

import re
from datetime import date, timedelta
from typing import Final

from bots.flow import FlowContext

# In how many days, besides the end of the season.
DAYS: Final = (7, 30)
MONTHS: Final = 3
_DAY: Final = re.compile(r"(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?")


def days(scene: FlowContext) -> list[tuple[str, str]]:
    """Give a few days that a case may be put off to, each with its label."""
    today = scene.city.day(scene.now)
    found = []
    for several in DAYS:
        day = (today + timedelta(days=several)).isoformat()
        found.append((day, scene.say("task.in_days", days=several, day=day[5:])))
    end = season_end(today).isoformat()
    return [*found, (end, scene.say("task.season_end", day=end[5:]))]


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


def finish_note(scene: FlowContext) -> str:
    """Give the words of a finish whose photo speaks for itself."""
    return scene.say("task.done_by_photo")
