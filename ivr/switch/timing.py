"""How long a seat rings, told to the queues."""

import os
from pathlib import Path
from typing import Final

from hotline.room.plan import RoomPlan

# Read by config/asterisk/conf/queues.conf where it is there.
FILE: Final = "queues-timing.conf"


def write_timing(folder: Path, plan: RoomPlan) -> None:
    """Write what the exchange reads when its queues are loaded again."""
    write_for_exchange(folder, FILE, f"timeout = {plan.ring_s}\n")


def write_for_exchange(folder: Path, name: str, text: str) -> None:
    """Write a part of the exchange's configuration, for it alone, whole or not at all."""
    part = folder / f"{name}.part"
    part.write_text(text, "ascii")
    part.chmod(0o600)
    if os.getuid() == 0:  # the exchange is a servant of root's, whose folder this is
        os.chown(part, folder.stat().st_uid, -1)
    part.replace(folder / name)
