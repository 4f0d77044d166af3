"""Processes that only watch, and what they look at."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from records.store.engine import Store
from tests.end_to_end.world import ROOT, environment

NAMES = [f"service-{number}" for number in range(6)]


class Services:
    """Answers after a moment; notes when each path was asked, and whether it was ever asked by two at once."""

    def __init__(self) -> None:
        self.asked: dict[str, list[float]] = {}
        self.at_once: set[str] = set()
        self.broken: set[str] = set()
        self._under_way: set[str] = set()
        lock, services = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path[1:]
                with lock:
                    services.asked.setdefault(name, []).append(time.monotonic())
                    if name in services._under_way:
                        services.at_once.add(name)
                    services._under_way.add(name)
                time.sleep(0.2)
                with lock:
                    services._under_way.discard(name)
                self.send_response(500 if name in services.broken else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def asked_since(self, moment: float) -> set[str]:
        return {name for name, times in self.asked.items() if times[-1] > moment}


@contextmanager
def services() -> Iterator[Services]:
    found = Services()
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


class House:
    """Its settings, and its watching processes."""

    def __init__(self, folder: Path, store_url: str, found: Services) -> None:
        self._folder = folder
        self._url = store_url
        self._port = found.server.server_address[1]
        self._processes: list[subprocess.Popen[bytes]] = []

    def watcher(self, names: list[str] = NAMES, *, within: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """One more process that watches these, allowed to publish by itself; `within` is a command that runs it."""
        monitor: dict[str, Any] = {"kind": "http", "every": "1s", "timeout": "2s", "hysteresis": {"worse_for": "1s"}}
        settings = {
            "page": {"name": "Acme Wallet", "url": "https://status.acme.example"},
            "store": {"url": self._url},
            "components": [{"id": name, "name": name, "auto_publish": True} for name in NAMES],
            "monitors": [
                {**monitor, "id": name, "target": f"http://127.0.0.1:{self._port}/{name}", "component": name}
                for name in names
            ],
        }
        path = self._folder / f"forewarn-{len(self._processes)}.yaml"
        path.write_text(json.dumps(settings), encoding="utf-8")
        command = [*within, sys.executable, "-m", "server", "serve", "--config", str(path), "--only", "monitors"]
        with path.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)
        self._processes.append(process)
        return process

    def close(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._processes:
            process.wait(timeout=30)


def shares(store: Store) -> list[int]:
    """How many monitors each process has that renewed lately."""
    rows = store.rows(
        """
        SELECT holder, count(*) AS had FROM leases
        WHERE name LIKE 'watch:%' AND until > :now GROUP BY holder ORDER BY holder
        """,
        now=store.now_ms(),
    )
    return [row["had"] for row in rows]
