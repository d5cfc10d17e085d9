"""The channels by which people and the office reach each other."""

from enum import StrEnum


class Channel(StrEnum):
    """The ways words come in and go out."""

    PHONE = "phone"
    TELEGRAM = "telegram"
    CONSOLE = "console"
    TERMINAL = "terminal"
