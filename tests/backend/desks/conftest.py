"""What the tests of desks share."""

from collections.abc import Mapping

import pytest

from backend.city_files import read_sections
from hotline.release import Section
from tests.cities import FOLDER


@pytest.fixture(scope="session")
def sections() -> Mapping[str, Section]:
    """The demo city's sections."""
    return read_sections(FOLDER)
