"""What the message connectors know of the city: its zone, its names, its filing conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.textfile import Unreadable, read_toml
from hotline.case.limits import Condition, parse_limits
from hotline.errors import Invalid


@dataclass(frozen=True, slots=True)
class CityProfile:
    """The city as a chat needs it; `conditions` are the filing conditions of each class."""

    zone: ZoneInfo
    name: str
    name_en: str
    conditions: Mapping[str, tuple[Condition, ...]]

    def named(self, language: str) -> str:
        """Give the city's name in a language."""
        return self.name_en if language == "en" else self.name

    def time(self, moment: datetime) -> str:
        """Give a moment as people of the city write it: month-day hour:minute."""
        return moment.astimezone(self.zone).strftime("%m-%d %H:%M")


def load_city(folder: Path) -> CityProfile:
    """Read the city's folder; Invalid names what is wrong."""
    city = _read(folder / "city.toml")
    try:
        zone, name = ZoneInfo(city["zone"]), str(city["name"])
    except (KeyError, ValueError, OSError) as error:
        raise Invalid("city", f"{folder}: no usable {error}") from error
    conditions = parse_limits(_read(folder / "limits.toml")).conditions
    return CityProfile(zone, name, str(city.get("name_en", name)), conditions)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return read_toml(path)
    except (OSError, Unreadable) as error:
        raise Invalid("city", f"{path} cannot be read: {error}") from error
