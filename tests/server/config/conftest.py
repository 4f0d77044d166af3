"""A file of settings in a directory of its own, and what reading it gives."""

from collections.abc import Callable
from pathlib import Path

import pytest

from records.errors import Fault, Invalid
from server.config import Settings, load_settings

Load = Callable[..., Settings]
FaultsOf = Callable[..., list[Fault]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(text: str | bytes, **environ: str) -> Settings:
        path = tmp_path / "forewarn.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_settings(path, environ)

    return load_text


@pytest.fixture
def faults_of(load: Load) -> FaultsOf:
    def load_and_fail(text: str | bytes, **environ: str) -> list[Fault]:
        with pytest.raises(Invalid) as caught:
            load(text, **environ)
        return caught.value.faults

    return load_and_fail
