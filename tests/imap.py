"""A small IMAP server at the wire: one folder, what a reader of unseen mail needs, and ways to go wrong."""

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

PASSWORD = 'a password with a " quote'


@dataclass(kw_only=True)
class Kept:
    """One mail in the folder."""

    raw: bytes
    is_seen: bool = False


@dataclass(kw_only=True)
class Folder:
    """What the server holds and how it behaves."""

    mails: list[Kept] = field(default_factory=list)
    #: Commands, in order, of every connection.
    commands: list[str] = field(default_factory=list)
    #: Commands answered with NO.
    refuses: set[str] = field(default_factory=set)
    #: Commands at which the connection is closed instead.
    drops: set[str] = field(default_factory=set)

    def unseen(self) -> list[bytes]:
        return [each.raw for each in self.mails if not each.is_seen]


class ImapServer:
    """Runs in a thread while its block runs."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.folder = Folder()
        folder = self.folder

        class Handler(_Talk):
            box = folder

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Talk(socketserver.StreamRequestHandler):
    box: Folder

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            tag, _, rest = line.partition(" ")
            name = rest.split(" ")[0].upper()
            name = rest.split(" ")[1].upper() if name == "UID" else name
            self.box.commands.append(name)
            if name in self.box.drops:
                return
            if name in self.box.refuses:
                self._say(f"{tag} NO not now")
                continue
            self._answer(name, rest)
            self._say(f"{tag} OK done")
            if name == "LOGOUT":
                return

    def _answer(self, name: str, rest: str) -> None:
        if name == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif name == "SELECT":
            self._say(f"* {len(self.box.mails)} EXISTS")
        elif name == "SEARCH":
            found = [str(uid) for uid, each in enumerate(self.box.mails, 1) if not each.is_seen]
            self._say(" ".join(["* SEARCH", *found]))
        elif name == "FETCH":
            uid = int(rest.split(" ")[2])
            size = re.search(r"<0\.(\d+)>", rest)
            assert size is not None
            raw = self.box.mails[uid - 1].raw[: int(size[1])]
            self.wfile.write(b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%b)\r\n" % (uid, uid, len(raw), raw))
        elif name == "STORE":
            self.box.mails[int(rest.split(" ")[2]) - 1].is_seen = True

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
