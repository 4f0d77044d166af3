"""A receiver of posts on loopback that does as it is told: answers, hangs, drips, redirects, goes away."""

import json
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from types import TracebackType
from typing import Any, Self

#: What lets posts through to it.
LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True, kw_only=True)
class Post:
    """One that came in whole."""

    path: str
    #: Names in small letters.
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What stands in it."""
        return json.loads(self.body)


#: Answers one post: writes to the handler's `wfile`.
Manner = Callable[["Handler"], None]


def says(status: int, body: bytes = b"", **headers: str) -> Manner:
    """Answers with this; header names are written with underscores."""

    def answer(handler: "Handler") -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def echoes(handler: "Handler") -> None:
    """Gives a challenge back, and takes everything else."""
    told = handler.post.json
    says(200, str(told["challenge"]).encode() if "challenge" in told else b"ok")(handler)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "_Server"
    post: Post

    def do_POST(self) -> None:
        """Keep what came, then do as told."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.post = Post(path=self.path, headers=headers, body=body)
        owner = self.server.owner
        owner.posts.append(self.post)
        manner = owner.next_manners.popleft() if owner.next_manners else owner.manner
        manner(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the library's name
        """Quiet."""


class QuietServer(ThreadingHTTPServer):
    """A thread for each connection, none of which is waited for at the end."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that go in the middle are meant."""


class _Server(QuietServer):
    owner: "HookReceiver"


class HookReceiver:
    """Use as a context manager."""

    def __init__(self, *, context: ssl.SSLContext | None = None) -> None:
        self.posts: list[Post] = []
        #: What is done with the next posts, one each, and with all after them.
        self.next_manners: deque[Manner] = deque()
        self.manner: Manner = echoes
        #: Set at the end: whoever hangs wakes up.
        self.is_over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.owner = self
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._is_protected = context is not None
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._is_protected else 'http'}://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hangs(self, handler: Handler) -> None:
        """Says nothing until the end."""
        self.is_over.wait()

    def drips_its_head(self, handler: Handler) -> None:
        """Begins to answer, and never comes to an end of it."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.is_over.wait(0.05):
            handler.wfile.write(b"X-More: yes\r\n")

    def drips_its_body(self, handler: Handler) -> None:
        """Says 200, and then more and more, slowly."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not self.is_over.wait(0.05):
            handler.wfile.write(b"x")

    def floods(self, handler: Handler) -> None:
        """Says 200, and then as much as is taken."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not self.is_over.is_set():
            handler.wfile.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
