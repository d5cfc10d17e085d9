"""What the tests with real servers share."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.real.chatting import Hotline, chatting


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that servers may enter which run as another user than the tests."""
    folder = Path(tempfile.mkdtemp(prefix="hl-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def hotline(tables: str, tmp_path: Path) -> AsyncIterator[Hotline]:
    """A backend on a migrated database, and the Telegram connector on the double of the Bot API."""
    async with chatting(tables, tmp_path) as running:
        yield running
