"""A folder with settings, and the real program run there."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from records.store.engine import Store, open_store
from server.cli import main

ROOT = Path(__file__).parent.parent.parent.parent
SETTINGS: dict[str, Any] = {
    "page": {
        "name": "Acme Wallet",
        "url": "https://status.acme.example",
        "languages": ["en", "fr"],
        "time_zone": "Europe/Bucharest",
        "official_domains": ["acme.example"],
        "contact": {"email": "help@acme.example"},
    },
    "smtp": {"host": "127.0.0.1", "port": 9, "security": "none", "from": "status@acme.example"},
    "components": [
        {"id": "eth-withdrawals", "name": "Ethereum withdrawals", "chain": "ethereum", "asset": "ETH"},
        {"id": "website", "name": "Website"},
    ],
}
CUSTOMERS = """external_id,email,language,time_zone,region,tags
ana,ana@example.org,fr,Europe/Paris,FR,holds:ETH
bob,bob@example.org,en,America/New_York,US-NY,holds:BTC
cai,,en,,SG,holds:ETH
"""


@dataclass(frozen=True, kw_only=True)
class Program:
    """`forewarn` in a folder of its own."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "server", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """The command in this process: the same code as from a shell, without half a second of imports each time."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setattr("sys.stdin", io.StringIO(given))
            for name, value in self.environ.items():
                patch.setenv(name, value)
            try:
                status = main(arguments)
            except SystemExit as end:
                status = int(end.code or 0)
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())

    def run_process(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """The same as a process of its own, as a shell starts it."""
        process = self.start(*arguments)
        out, err = process.communicate(given, timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def says(self, *arguments: str, given: str = "") -> str:
        """What a command that must succeed prints."""
        done = self.run(*arguments, given=given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.says(*arguments, "--json"))

    def refusal(self, *arguments: str, status: int = 1, given: str = "") -> str:
        """The one line that a command which must fail prints on standard error."""
        done = self.run(*arguments, given=given)
        assert done.returncode == status, done.stdout + done.stderr
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        return lines[0]

    def write(self, name: str, content: str) -> str:
        (self.folder / name).write_text(content, encoding="utf-8")
        return name

    def write_settings(self, **changes: Any) -> None:
        self.write("forewarn.yaml", yaml.safe_dump(SETTINGS | changes, allow_unicode=True))


@pytest.fixture
def bare(tmp_path: Path) -> Program:
    """In an empty folder."""
    folder = tmp_path / "house"
    folder.mkdir()
    return Program(folder=folder)


@pytest.fixture
def program(bare: Program, store_url: str) -> Program:
    """With settings, on each engine in turn."""
    bare.write_settings(store={"url": store_url})
    return bare


@pytest.fixture
def embedded(bare: Program) -> Program:
    """With settings, on a SQLite file that does not exist yet."""
    bare.write_settings(store={"url": f"sqlite:///{bare.folder}/forewarn.db"})
    return bare


@pytest.fixture
def kept(program: Program, store_url: str) -> Iterator[Store]:
    """The program's store, to look at what it did."""
    opened = open_store(store_url)
    yield opened
    opened.close()
