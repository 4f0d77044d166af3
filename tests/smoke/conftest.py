"""The installed wheel, seen from outside. `make smoke` runs these; without its environment they are not collected."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_BIN = os.environ.get("FOREWARN_SMOKE_BIN")
collect_ignore_glob = [] if _BIN else ["test_*.py"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def bin_path() -> Path:
    """Where the fresh virtual environment has its programs."""
    assert _BIN is not None
    return Path(_BIN)


@pytest.fixture
def run(bin_path: Path, tmp_path: Path) -> Run:
    """Run a program of the fresh environment in an empty folder and return what it said."""

    def run_program(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(bin_path / name), *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    return run_program
