"""Whether a city is loaded already, and the demo's accounts that are kept for its players."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from backend.city_files import staff_by
from backend.demo.history import HISTORY
from backend.operations.postgres import database_url
from backend.store import cases, people, staff
from backend.store.session import Store, make_engine
from config.settings import Settings
from hotline.clock import SystemClock

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
WHOLE: Final = "whole or not at all\n"
Accounts = list[tuple[str, str]]
"""(username, password) of each account that is new."""


async def is_loaded(settings: Settings) -> bool:
    """Whether there is nothing to add: everybody has an account, and the past is there."""
    store = Store(make_engine(database_url(settings), pool_size=1))
    try:
        async with store.connect() as connection:
            known = await people.usernames(connection)
            there = await staff.everybody(connection)
        begun = await has_cases(store)
    finally:
        await store.close()
    told = staff_by(settings)
    everybody = {*there.rows, *(told.rows.keys() - there.left.keys() if told else ())}
    finished = begun and not unfinished_past(settings).exists()
    return everybody <= set(known) and (finished or not has_past(settings))


async def has_cases(store: Store) -> bool:
    """Whether any case was ever taken in."""
    async with store.connect() as connection:
        return bool(await cases.numbers_between(connection, BEGINNING, SystemClock().now()))


def has_past(settings: Settings) -> bool:
    """Whether a city has a past to be made."""
    return (settings.city_folder / HISTORY).is_file()


def unfinished_past(settings: Settings) -> Path:
    """A file that is there while the past is made, and after that was cut short.

    It holds WHOLE where a past is written whole or not at all; 0.1.0 wrote it piece by piece.
    """
    return settings.home.data_dir / "past.unfinished"


def accounts_file(settings: Settings) -> Path:
    """The file of the demo's usernames and passwords."""
    return settings.tokens_folder / "accounts"


def keep_accounts(settings: Settings, accounts: Accounts) -> None:
    """Keep the demo's passwords for its players and its next start, for our eyes only."""
    path = accounts_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{username} {password}\n" for username, password in accounts)
