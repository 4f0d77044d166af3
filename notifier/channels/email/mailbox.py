"""A mailbox that keeps what came back, read over IMAP by the standard library. It blocks: call it in a thread."""

import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from records.errors import ForewarnError

#: A server that hangs must not hold up the end of the process for longer.
_TIMEOUT_SECONDS = 10.0
#: What a report says stands at the front; behind it comes the mail itself, whole at worst.
_READ_BYTES = 256 * 1024


class MailboxAway(ForewarnError):
    """The mailbox cannot be read; the message says why, without the password."""


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Where it is and how to get in."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    #: Whom we trust; None: the machine's own list.
    tls_context: ssl.SSLContext | None = None


def read_new(mailbox: Mailbox, take_in: Callable[[bytes], object], is_ending: Callable[[], bool]) -> int:
    """Hand over every mail not seen yet, one after the other, and mark it as seen when it is taken in.

    After a crash the last one may come again. Returns how many. Raises MailboxAway, and what `take_in` raises.
    """
    count = 0
    with _opened(mailbox) as server:
        for uid in _words(server, "SEARCH", "UNSEEN"):
            if is_ending():
                break
            take_in(_mail(server, uid))
            with _told():
                _fine(server.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)"))
            count += 1
    return count


@contextmanager
def _opened(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    with _told():
        server = _connected(mailbox)
    try:
        with _told():
            server.login(mailbox.username, mailbox.password)
            _fine(server.select(_quoted(mailbox.folder)))
        yield server
    finally:
        _leave(server)


def _leave(server: imaplib.IMAP4) -> None:
    """A goodbye that fails changes nothing: what was taken in is marked already."""
    try:
        server.logout()
    except (imaplib.IMAP4.error, OSError):
        with suppress(OSError):
            server.shutdown()


def _connected(mailbox: Mailbox) -> imaplib.IMAP4:
    tls = mailbox.tls_context or ssl.create_default_context()
    if mailbox.security == "tls":
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=tls, timeout=_TIMEOUT_SECONDS)
    server = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=_TIMEOUT_SECONDS)
    if mailbox.security == "starttls":
        try:
            server.starttls(ssl_context=tls)
        except BaseException:
            server.shutdown()
            raise
    return server


def _words(server: imaplib.IMAP4, command: str, *arguments: str) -> list[str]:
    with _told():
        found = _fine(server.uid(command, *arguments))
        return [word for line in found if isinstance(line, bytes) for word in line.decode("ascii").split()]


def _mail(server: imaplib.IMAP4, uid: str) -> bytes:
    with _told():
        found = _fine(server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{_READ_BYTES}>)"))
    # One that somebody removed meanwhile has no bytes.
    return next((part[1] for part in found if isinstance(part, tuple)), b"")


def _fine(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error("the server says no")
    return answer[1]


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong at the far side, in one kind of error."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError, UnicodeError) as error:
        raise MailboxAway(f"The mailbox for bounces cannot be read: {error}") from error


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
