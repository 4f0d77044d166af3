from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.watchers import House, Services, services


@pytest.fixture
def found() -> Iterator[Services]:
    with services() as answering:
        yield answering


@pytest.fixture
def house(tmp_path: Path, store_url: str, found: Services) -> Iterator[House]:
    """The folder and the processes that were started there."""
    opened = House(tmp_path, store_url, found)
    yield opened
    opened.close()
