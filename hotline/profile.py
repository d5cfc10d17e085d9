"""What connectors know of the city: what chats say of it, and what its callers may say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hotline.room.plan import RoomPlan


@dataclass(frozen=True, slots=True)
class ConditionTold:
    """A filing condition of a class, to be chosen in a chat."""

    key: str
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class CityProfile:
    """The city as a chat needs it: names, time zone, the filing conditions of each class."""

    zone: str = "UTC"
    name: str = ""
    name_en: str = ""
    conditions: Mapping[str, tuple[ConditionTold, ...]] = field(default_factory=dict)

    def named(self, language: str) -> str:
        """Give the city's name in a language."""
        return self.name_en if language == "en" else self.name

    def time(self, moment: datetime) -> str:
        """Give a moment as people of the city write it: month-day hour:minute."""
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%m-%d %H:%M")

    def day(self, moment: datetime) -> date:
        """Give the day of a moment in the city."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class SpokenNames:
    """What callers are likely to say: names of places, what they call troubles, whole sentences."""

    places: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CityTold:
    """The city by the release that counts; nothing but its name to whoever knows that one."""

    release: str
    profile: CityProfile | None = None
    spoken: SpokenNames | None = None
    room: RoomPlan | None = None
