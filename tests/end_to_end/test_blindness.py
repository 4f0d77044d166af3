"""Real processes lose their network: one of two, then all: our fault is never told as theirs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from records.components import Status
from records.store import components, incidents, sight
from records.store.engine import Store
from tests.end_to_end.watchers import NAMES, House, Services, shares
from tests.nodes import wait_for

#: Answers as `Services` do, on the same port of a network of its own, where `broken` (a file) names what is broken.
_TWIN = """
import pathlib, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if self.path[1:] in pathlib.Path(sys.argv[2]).read_text().split() else 200)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *args): pass
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""


@dataclass(frozen=True, kw_only=True)
class Island:
    """A network of its own, with nothing in it but the loopback device and the services."""

    pid: int
    broken: Path

    @property
    def within(self) -> list[str]:
        """The command that runs another one there."""
        users = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", str(self.pid), "--net", *users, "--"]

    def cut(self) -> None:
        """Nothing is to be reached from there any more, and nothing is refused either."""
        subprocess.run([*self.within, "ip", "link", "set", "lo", "down"], check=True)

    def mend(self) -> None:
        """All is as before."""
        subprocess.run([*self.within, "ip", "link", "set", "lo", "up"], check=True)


@contextmanager
def island(folder: Path, port: int) -> Iterator[Island]:
    """One where the services listen on `port`."""
    broken = folder / "broken"
    broken.write_text("")
    alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    twin = [sys.executable, "-c", _TWIN, str(port), str(broken)]
    start = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh", *twin]
    with subprocess.Popen([*alone, *start], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield Island(pid=process.pid, broken=broken)
        finally:
            process.terminate()


@pytest.fixture
def apart(tmp_path: Path, found: Services) -> Iterator[Island]:
    """A network to lose. Its processes reach the store all the same: it is a file, or a socket that is one."""
    for program, package in (("ip", "iproute2"), ("unshare", "util-linux"), ("nsenter", "util-linux")):
        if shutil.which(program) is None:
            pytest.skip(f"No {program} here (Debian: apt-get install {package})")
    if subprocess.run(["unshare", "--net", "--user", "--map-root-user", "true"], check=False).returncode:
        pytest.skip("This machine lets nobody make a network of their own")
    with island(tmp_path, found.server.server_address[1]) as made:
        yield made


def all_work(store: Store) -> bool:
    return {components.component(store, name).status for name in NAMES} == {Status.OPERATIONAL}


def test_a_process_that_lost_its_network_leaves_its_monitors_to_one_that_sees(
    store: Store, house: House, found: Services, apart: Island
):
    house.watcher(within=apart.within)
    house.watcher()
    wait_for(lambda: shares(store) == [3, 3] and all_work(store), "a fair share each", seconds=60)

    apart.cut()
    wait_for(lambda: shares(store) == [6], "the other to take all of them", seconds=60)
    found.broken.add(NAMES[0])
    wait_for(lambda: len(incidents.open_incidents(store)) == 1, "an outage, seen by the other", seconds=60)
    (incident,) = incidents.open_incidents(store)
    assert set(incident.statuses) == {NAMES[0]}
    assert sight.blind_since(store) is None

    apart.mend()
    wait_for(lambda: shares(store) == [3, 3], "a fair share each again", seconds=60)


def test_when_all_lost_their_network_everything_stays_as_it_was_and_we_say_that_we_are_blind(
    store: Store, house: House, apart: Island
):
    house.watcher(within=apart.within)
    wait_for(lambda: shares(store) == [6] and all_work(store), "a look at everything", seconds=60)

    apart.cut()
    wait_for(lambda: sight.blind_since(store) is not None, "the process to know that it is blind", seconds=60)
    assert shares(store) == [6], "somebody has to say that we are blind"
    assert incidents.open_incidents(store) == []
    assert {components.component(store, name).status for name in NAMES} <= {Status.OPERATIONAL, Status.UNKNOWN}

    apart.broken.write_text(NAMES[1])
    apart.mend()
    wait_for(lambda: sight.blind_since(store) is None, "sight again", seconds=60)
    wait_for(lambda: len(incidents.open_incidents(store)) == 1, "what broke meanwhile", seconds=60)
    (incident,) = incidents.open_incidents(store)
    assert set(incident.statuses) == {NAMES[1]}
