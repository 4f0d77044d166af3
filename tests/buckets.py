"""A real S3 server beside the test, on a port of its own: moto's, which knows conditional writes."""

import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.nodes import free_port, wait_for

_FETCHED = Path(__file__).parent.parent / ".tools/s3/bin/moto_server"


@dataclass(frozen=True, kw_only=True)
class S3:
    """The server; `bucket` exists, and any key opens it."""

    endpoint: str
    bucket: str = "page"

    def empty(self) -> None:
        """Forget every bucket and make ours anew."""
        self._ask("/moto-api/reset", "POST")
        self._ask(f"/{self.bucket}", "PUT")

    def _ask(self, path: str, method: str) -> None:
        with urllib.request.urlopen(urllib.request.Request(self.endpoint + path, method=method), timeout=10):
            pass


def _program() -> str:
    """Skips the test without it, and fails in CI, where nothing may be skipped."""
    found = str(_FETCHED) if _FETCHED.is_file() else shutil.which("moto_server")
    if found is None:
        message = "moto_server is not installed; make test fetches it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@contextmanager
def s3_server() -> Iterator[S3]:
    """A server that is gone at the end."""
    port = free_port()
    command = [_program(), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = S3(endpoint=f"http://127.0.0.1:{port}")
    try:
        wait_for(lambda: _answers(server), "the S3 server")
        yield server
    finally:
        process.kill()
        process.wait()


def _answers(server: S3) -> bool:
    try:
        server.empty()
    except OSError:
        return False
    return True
