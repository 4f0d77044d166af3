"""A whole Forewarn from the outside: its processes, a mail server, a social account, customers, chains to break."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import yaml

from tests.mail import MailServer
from tests.nodes import free_port, wait_for

ROOT = Path(__file__).parent.parent.parent
INAPP_KEY = "a shared key of more than thirty-two characters"
#: Ana holds ETH and reads French, Bob holds BTC, Cai holds ETH and has no address, Dan holds both and reads Romanian.
CUSTOMERS = """external_id,email,language,time_zone,region,tags
ana,ana@example.org,fr,Europe/Paris,FR,holds:ETH network:ethereum
bob,bob@example.org,en,America/New_York,US-NY,holds:BTC
cai,,en,,SG,holds:ETH
dan,dan@example.org,ro,Europe/Bucharest,RO,holds:ETH holds:BTC holds:LTC
"""


class SocialSink:
    """A social account at the other end of apprise's JSON address."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                sink.posts.append(json.loads(body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "SocialSink":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Forewarn:
    """Its processes, its addresses and its command line."""

    def __init__(self, folder: Path, store_url: str, mail: MailServer, social: SocialSink, **settings: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.config = folder / "forewarn.yaml"
        self._token: str | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        whole = {
            "page": {
                "name": "Acme Wallet",
                "url": self.url,
                "languages": ["en", "fr", "ro"],
                "official_domains": ["127.0.0.1", "acme.example"],
                "contact": {"email": "help@acme.example"},
            },
            "store": {"url": store_url},
            "smtp": {
                "host": "127.0.0.1",
                "port": mail.port,
                "security": "none",
                "from": "status@acme.example",
            },
            "social": [{"name": "main", "url": f"json://127.0.0.1:{social.port}/posts"}],
            "access": {"inapp": {"key": INAPP_KEY}},
            # A story takes a minute, in which many incidents are declared: that words wait for company, and leave
            # together, is told elsewhere.
            "notices": {"updates_wait": "0s", "digest_from": 0},
        }
        self.config.write_text(yaml.safe_dump(whole | settings), encoding="utf-8")

    def start(self, *parts: str) -> None:
        """Start one process with these parts; none means all of them."""
        name = ",".join(parts) or "all"
        only = ["--only", name] if parts else []
        command = [sys.executable, "-m", "server", "serve", "--config", str(self.config), "--port", str(self.port)]
        log = (self.folder / f"{name.replace(',', '-')}.log").open("ab")
        self._processes[name] = subprocess.Popen(
            [*command, *only], cwd=self.folder, env=environment(), stdout=log, stderr=subprocess.STDOUT
        )
        log.close()
        if not parts or "web" in parts:
            wait_for(lambda: self._answers("/healthz"), f"the start of {name}\n{self.log()}", seconds=60)

    def kill(self, name: str = "all") -> None:
        """As a power cut would."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def number(self, name: str = "all") -> int:
        """The number of a running process."""
        return self._processes[name].pid

    def stop(self) -> dict[str, int]:
        """Ask every process to end; their exit statuses."""
        for process in self._processes.values():
            process.terminate()
        statuses = {name: process.wait(timeout=60) for name, process in self._processes.items()}
        self._processes.clear()
        return statuses

    def log(self) -> str:
        """What all processes said."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def run(self, *arguments: str, text: str | None = None) -> str:
        """One command of the command line; its standard output. Fails when it does."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *arguments, "--config", str(self.config)],
            cwd=self.folder,
            env=environment(),
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stderr}\n{done.stdout}"
        return done.stdout

    def run_json(self, *arguments: str) -> Any:
        """The same with `--json`, read."""
        return json.loads(self.run(*arguments, "--json"))

    def get(self, path: str, **headers: str) -> str:
        """The body of one address. Raises HTTPError."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())

    def get_json(self, path: str, **headers: str) -> Any:
        """The same, read as JSON."""
        return json.loads(self.get(path, **headers))

    def api(self, path: str) -> Any:
        """One address of the management API."""
        if self._token is None:
            self._token = self.run("token", "create", "--role", "admin").strip()
        return self.get_json(path, authorization=f"Bearer {self._token}")

    def statuses(self) -> dict[str, str]:
        """Component name to state, as the public read API tells."""
        return {each["name"]: each["status"] for each in self.get_json("/api/v2/components.json")["components"]}

    def unresolved(self) -> list[dict[str, Any]]:
        """Incidents that the public sees as open."""
        return list(self.get_json("/api/v2/incidents/unresolved.json")["incidents"])

    def plate(self, customer: str) -> list[dict[str, Any]]:
        """What the customer's app shows."""
        token = jwt.encode({"sub": customer, "exp": int(time.time()) + 60}, INAPP_KEY, algorithm="HS256")
        found = self.get_json("/inapp/v1/notices", authorization=f"Bearer {token}")
        return list(found["notices"] if isinstance(found, dict) else found)

    def all_settled(self) -> bool:
        """Whether every notice is complete, with sums that match."""
        return all(each["complete"] for each in self.run_json("notice", "status", "--all"))

    def until(self, condition: Callable[[], bool], what: str, *, seconds: float = 45) -> None:
        """Wait for something; what the processes said is in the failure."""
        try:
            wait_for(condition, what, seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-6000:]}") from None

    def _answers(self, path: str) -> bool:
        with contextlib.suppress(OSError, urllib.error.HTTPError):
            self.get(path)
            return True
        return False


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@contextlib.contextmanager
def forewarn(folder: Path, store_url: str, **settings: Any) -> Iterator[tuple[Forewarn, MailServer, SocialSink]]:
    """A Forewarn that is not started yet, with mail and social at hand; everything ends with the block."""
    with MailServer() as mail, SocialSink() as social:
        house = Forewarn(folder, store_url, mail, social, **settings)
        try:
            yield house, mail, social
        finally:
            house.stop()


class Miner:
    """Blocks at a steady pace from a thread."""

    def __init__(self, mine: Callable[[], None], every_seconds: float) -> None:
        self._mine, self._every_seconds = mine, every_seconds
        self._going, self._end = threading.Event(), threading.Event()
        self._going.set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        #: Held while a block is made: take it to break a node between two blocks.
        self.between_blocks = threading.Lock()

    def __call__(self, is_going: bool) -> None:
        """Go on, or stand still."""
        (self._going.set if is_going else self._going.clear)()

    def __enter__(self) -> "Miner":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(self._every_seconds):
            if self._going.is_set():
                with self.between_blocks:
                    self._mine()


def mining(mine: Callable[[], None], every_seconds: float = 1.0) -> Miner:
    """To use as a context: blocks come while it lasts; call it with False to stand still, with True to go on."""
    return Miner(mine, every_seconds)
