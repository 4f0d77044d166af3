"""A store for tests that are about the page, not about the engine; `store` runs a test on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from records.store.engine import Store, open_store
from records.store.migrations import migrate


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    store = open_store(f"sqlite:///{tmp_path}/books.db")
    migrate(store)
    yield store
    store.close()
