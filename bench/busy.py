"""Checks keep their time while a hundred thousand mails go out: `python bench/busy.py [customers] [checks]`.

The whole service in one process on SQLite, as it comes, with 500 checks every 10 s; the far side notes when it is
asked. The reference is the same service at rest before. Printed is how late the latest check was in both, and how many
were late by more than a second. The last line is `ratio N.NN`: the second that is allowed over the latest while the
mails go out.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, cast

sys.path.insert(0, str(Path(__file__).parent.parent))

import yaml
from mail import decide, free_port, peopled, sink

from records.notices import NoticeState
from records.store import notices

EVERY_SECONDS = 10.0
REST_SECONDS = 35.0
#: A round is due up to a tenth after its interval.
DUE_SECONDS = EVERY_SECONDS * 1.1
_ROOT = Path(__file__).parent.parent
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class FarSide(asyncio.Protocol):
    """Services that are well, and note when they are asked."""

    asked: ClassVar[defaultdict[bytes, list[float]]] = defaultdict(list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._kept = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self._kept += data
        while b"\r\n\r\n" in self._kept:
            head, _, self._kept = self._kept.partition(b"\r\n\r\n")
            self.asked[head.split(b" ", 2)[1]].append(time.monotonic())
            self._transport.write(_OK)


@contextmanager
def service(folder: Path, far_port: int, mail_port: int, checks: int) -> Iterator[subprocess.Popen[bytes]]:
    """The whole service."""
    port = free_port()
    settings = {
        "page": {"name": "Acme", "url": f"http://127.0.0.1:{port}", "official_domains": ["acme.example"]},
        "store": {"url": f"sqlite:///{folder}/busy.db"},
        "smtp": {
            "host": "127.0.0.1",
            "port": mail_port,
            "security": "none",
            "from": "a@acme.example",
            "connections": 8,
        },
        "components": [{"id": "website", "name": "Website"}],
        "monitors": [
            {
                "id": f"service-{number}",
                "kind": "http",
                "target": f"http://127.0.0.1:{far_port}/{number}",
                "every": f"{EVERY_SECONDS:.0f}s",
                "component": "website",
            }
            for number in range(checks)
        ],
    }
    (folder / "forewarn.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = [sys.executable, "-m", "server", "serve", "--config", str(folder / "forewarn.yaml"), "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def lateness(since: float, until: float) -> list[float]:
    """By how many seconds each check within this time came after it was due; 0 for those in time."""
    late = []
    for times in FarSide.asked.values():
        for before, after in itertools.pairwise([each for each in times if since <= each <= until]):
            late.append(max(0.0, after - before - DUE_SECONDS))
    return late


def told(name: str, late: Sequence[float]) -> None:
    """One line about a time."""
    print(
        f"{name}: {len(late):,} checks, the latest {max(late):.2f} s late, over 1 s: {sum(each > 1 for each in late)}"
    )


async def measure(customers: int, checks: int) -> float:
    """How late the latest check was during the mailing."""
    server = await asyncio.get_running_loop().create_server(FarSide, "127.0.0.1", 0, backlog=1_024)
    far_port = server.sockets[0].getsockname()[1]
    with sink() as mail_port, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = await asyncio.to_thread(peopled, f"sqlite:///{folder}/busy.db", customers)
        with service(folder, far_port, mail_port, checks) as process:
            while len(FarSide.asked) < checks:
                assert process.poll() is None, "the service ended: try its settings with `forewarn check`"
                await asyncio.sleep(0.1)
            began = time.monotonic()
            await asyncio.sleep(REST_SECONDS)
            rested = time.monotonic()
            queued, notice = time.monotonic(), await asyncio.to_thread(decide, store)
            while (await asyncio.to_thread(notices.notice, store, notice.id)).state is not NoticeState.DONE:  # noqa: ASYNC110 # the same
                await asyncio.sleep(0.2)
            ended = time.monotonic()
            # Whoever was looked at shortly before the end is due once more.
            await asyncio.sleep(DUE_SECONDS + 1)
            status = notices.status(store, notice.id)
            store.close()
    server.close()
    assert status.channels["email"].sent == customers, "some mail was not sent"
    print(f"{customers:,} mails in {ended - queued:.0f} s, {customers / (ended - queued):,.0f} a second")
    told("at rest", lateness(began, rested))
    during = lateness(rested - EVERY_SECONDS, time.monotonic())
    told("while they went out", during)
    return max(during)


def main(customers: int, checks: int) -> None:
    latest = asyncio.run(measure(customers, checks))
    print(f"ratio {1 / max(latest, 0.01):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 500)
