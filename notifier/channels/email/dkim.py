"""DKIM (RFC 6376): every message is signed here, where the relay does not; receivers see that nobody changed it.

The hash of the body is shared by all who get the same words, that of the head by its lines that are the same for all;
what remains for one message is one signature, 0.5 ms with RSA of 2048 bits.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records.signing import MailKey

#: The head as it is signed, DELIVERY's list. From and Subject stand twice, so that nobody can add a second one; so does
#: what may be absent once: a name without a line says that there was none. Lines that differ for each recipient follow.
_SHARED = (
    "from", "from", "subject", "subject", "date", "reply-to", "in-reply-to", "references", "list-id", "list-help",
    "auto-submitted", "x-auto-response-suppress", "feedback-id", "content-language", "mime-version", "content-type",
)  # fmt: skip
_OWN = ("to", "message-id", "list-unsubscribe", "list-unsubscribe-post")
_NAMES = "h=" + ":".join((*_SHARED, *_OWN))
#: Folded where that is allowed: after a colon.
_LISTED = re.sub(r"(.{50,70}:)", "\\1\r\n ", _NAMES)
_SPACE = re.compile(rb"[ \t\r\n]+")
_LAST_LINES = re.compile(rb"(?:\r\n)*\Z")
_LINE_LETTERS = 72


@dataclass(frozen=True, kw_only=True)
class DkimKey:
    """One key, and where its public half is published: `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    key: MailKey


class Seal:
    """What all copies of one message share of their signatures."""

    def __init__(self, keys: Sequence[DkimKey], head: bytes, *, body: bytes | None, at: datetime) -> None:
        """`head` without what is the recipient's own; `body` as it is read, not as it is sent; None: it differs."""
        fields = _fields(head)
        self._hash = hashlib.sha256(b"".join(fields.pop(name, b"") for name in _SHARED))
        self._body_hash = None if body is None else body_hash(body)
        self._keys = keys
        self._at = int(at.timestamp())

    def lines(self, own_head: bytes, *, body: bytes | None = None) -> bytes:
        """The signatures of one copy, as lines of its head. The same copy has the same signatures."""
        fields = _fields(own_head)
        signed = self._hash.copy()
        signed.update(b"".join(fields.get(name, b"") for name in _OWN))
        digest = self._body_hash or body_hash(body or b"")
        return b"".join(self._line(each, digest, signed.copy()) for each in self._keys)

    def _line(self, one: DkimKey, body: str, signed: "hashlib._Hash") -> bytes:
        line = (
            f"DKIM-Signature: v=1; a={one.key.algorithm}; c=relaxed/simple; d={one.domain}; s={one.selector};\r\n"
            f" t={self._at};\r\n {_LISTED};\r\n bh={body};\r\n b="
        )
        signed.update(_canonical(line.encode()))
        return f"{line}{_folded(one.key.sign_digest(signed.digest()))}\r\n".encode()


def body_hash(body: bytes) -> str:
    """SHA-256 of a body, `simple`: whatever empty lines it ends with count as one line's end."""
    return base64.b64encode(hashlib.sha256(_LAST_LINES.sub(b"", body) + b"\r\n").digest()).decode()


def _fields(head: bytes) -> dict[str, bytes]:
    """Lines of a head by name, each in its canonical form; ours has none twice."""
    found = re.split(rb"\r\n(?![ \t])", head)
    return {
        line.partition(b":")[0].strip().decode("ascii").lower(): _canonical(line) + b"\r\n" for line in found if line
    }


def _canonical(line: bytes) -> bytes:
    """`relaxed`: the name in small letters, unfolded, runs of spaces as one, none at the ends."""
    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + _SPACE.sub(b" ", value).strip(b" ")


def _folded(text: str) -> str:
    """In lines that old servers leave alone."""
    lines = [text[start : start + _LINE_LETTERS] for start in range(0, len(text), _LINE_LETTERS)]
    return "\r\n ".join(lines)
