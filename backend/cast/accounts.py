"""The demo's accounts, kept for the players in a file that only the owner reads."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.settings import Settings
from hotline.organisation import Organisation
from hotline.people import Post

NAME: Final = "demo-accounts.json"


@dataclass(frozen=True, slots=True)
class Account:
    """A login of the demo, and whose it is."""

    username: str
    password: str
    person: str
    post: Post


def keep(settings: Settings, organisation: Organisation, new: Sequence[tuple[str, str]]) -> Path:
    """Add new (username, password) pairs to the file; gives where it is."""
    path = settings.home.data_dir / NAME
    people = {code.lower(): one for code, one in organisation.people.items()}
    known = {one.username: one for one in read(path)}
    for username, password in new:
        person = people[username]
        known[username] = Account(username, password, person.code, person.post)
    _write(path, list(known.values()))
    return path


def read(path: Path) -> list[Account]:
    """Give the accounts of the file; none where there is no such file or it cannot be read."""
    try:
        rows = json.loads(path.read_text("utf-8"))
        return [
            Account(one["username"], one["password"], one["person"], Post(one["post"]))
            for one in rows
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _write(path: Path, accounts: list[Account]) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"username": one.username, "password": one.password, "person": one.person, "post": one.post}
        for one in accounts
    ]
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
