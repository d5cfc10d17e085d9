"""Putting the changes of one step together."""

from collections.abc import Mapping
from typing import Any

from hotline.case.case import MERGED, PATCHED


def add_changes(changes: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add changes to those of a step; of the same entry the later value counts."""
    for name, value in more.items():
        if name in MERGED:
            changes[name] = {**changes.get(name, {}), **value}
        elif name in PATCHED:
            changes[name] = _patches(changes.get(name, {}), value)
        else:
            changes[name] = value


def _patches(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    after = dict(before)
    for key, patch in more.items():
        known = after.get(key)
        after[key] = {**known, **patch} if known and patch else patch
    return after
