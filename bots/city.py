"""What the message doors know of the city: its zone, and names to choose from in lists."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.errors import Invalid


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: its code, and its name in both languages."""

    code: str
    name: str
    name_en: str

    def named(self, language: str) -> str:
        """Give the name in a language."""
        return self.name_en or self.name if language == "en" else self.name


@dataclass(frozen=True, slots=True)
class City:
    """The city as a chat needs it."""

    zone: ZoneInfo
    name: str = ""
    name_en: str = ""
    number_length: int = 7
    departments: tuple[Choice, ...] = ()
    collectors: tuple[Choice, ...] = ()

    def time(self, moment: datetime) -> str:
        """Give a moment as people of the city write it: month-day hour:minute."""
        return moment.astimezone(self.zone).strftime("%m-%d %H:%M")


def load_city(folder: Path) -> City:
    """Read the city's folder; Invalid names what is missing."""
    city = _read(folder / "city.toml")
    organisation = _read(folder / "organisation.toml")
    people = [row for row in organisation.get("person", ()) if row.get("post") == "collector"]
    try:
        return City(
            zone=ZoneInfo(city["zone"]),
            name=city["name"],
            name_en=city.get("name_en", ""),
            number_length=int(city.get("number_length", 7)),
            departments=tuple(_choice(row) for row in organisation.get("department", ())),
            collectors=tuple(_choice(row) for row in people),
        )
    except (KeyError, ValueError) as error:
        raise Invalid("city", f"{folder}: {error}") from error


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid("city", f"{path} cannot be read: {error}") from error


def _choice(row: Mapping[str, Any]) -> Choice:
    return Choice(str(row["code"]), str(row["name"]), str(row.get("name_en", "")))
