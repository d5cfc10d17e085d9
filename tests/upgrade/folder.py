"""Makes a data folder of 0.1.0: what its demo leaves when it is stopped in the middle of a day."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from backend.operations.postgres import Postgres
from tests.upgrade import rows
from tests.upgrade.files import (
    SETTINGS,
    Spooled,
    make_photos,
    make_voice,
    write_media,
    write_spool,
    write_tokens,
)
from tests.upgrade.walk import Ledger

# It is made in a moment and thrown away: nothing has to outlive a power cut.
CARELESS: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class OldFolder:
    """A data folder of 0.1.0, the settings file beside it, and what is in it."""

    data: Path
    settings: Path
    ledger: Ledger
    spooled: Spooled


def make_history(stopped: datetime) -> Ledger:
    """Give what 0.1.0 had written into its database when it was stopped."""
    return rows.history(stopped, make_photos(), [make_voice(pitch) for pitch in (180, 220, 260)])


async def make_folder(place: Path, stopped: datetime) -> OldFolder:
    """Make the folder below a place; the same time always gives the same folder."""
    data = place / "data"
    data.mkdir(parents=True, mode=0o755)
    ledger = make_history(stopped)
    write_media(data, ledger.files)
    write_tokens(data)
    spooled = write_spool(data, stopped)
    server = Postgres(data / "postgres", CARELESS)
    server.start()
    try:
        await rows.make_schema(server.url())
        await rows.write(server.dsn(), ledger)
    finally:
        server.stop()
    settings = place / "hotline.toml"
    settings.write_text(SETTINGS.format(folder=data), "utf-8")
    return OldFolder(data, settings, ledger, spooled)
