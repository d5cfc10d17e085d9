"""The types that a setting may have: what they are called, and how a value becomes one."""

from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

YES: Final = frozenset({"true", "on", "yes", "1"})
NO: Final = frozenset({"false", "off", "no", "0"})
KINDS: Final = {str: "text", int: "whole number", float: "number", bool: "on or off", Path: "path"}


def kind_of(kind: Any) -> str:
    """What a setting's type is called in messages and documents."""
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    return KINDS[kind]


def convert(value: Any, kind: Any) -> Any:
    """Give a value as its type; TypeError or ValueError where it is none."""
    if get_origin(kind) is Literal:
        return _one_of(value, get_args(kind))
    if kind is bool:
        return _switch(value)
    if isinstance(value, bool):
        raise TypeError
    if kind is str and not isinstance(value, str):
        raise TypeError
    if kind is int and isinstance(value, float):
        raise TypeError
    return kind(value)


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError
    return str(value)


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in YES | NO:
        raise ValueError
    return value.lower() in YES
