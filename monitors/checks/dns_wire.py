"""Questions and answers of the domain name system as bytes (RFC 1035), as far as one look needs them.

By hand: a question and four kinds of record are eighty lines, for which a library of thirty thousand is too much.
"""

import ipaddress
import struct
from dataclasses import dataclass
from enum import IntEnum

from monitors.client import CouldNotSee
from records.observations import Seen

RECORDS = {"A": 1, "CNAME": 5, "TXT": 16, "AAAA": 28}
_INTERNET = 1
_IS_ANSWER, _IS_CUT_OFF, _RECURSE = 0x8000, 0x0200, 0x0100
#: A name has at most this many parts, and so at most as many leaps.
_MOST_LEAPS = 128


class Code(IntEnum):
    """How the name server says it went."""

    FINE = 0
    FORMAT = 1
    SERVER_FAILED = 2
    NO_SUCH_NAME = 3
    NOT_IMPLEMENTED = 4
    REFUSED = 5


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a name server answered."""

    code: int
    #: Whether the rest did not fit, and must be asked for over TCP.
    is_cut_off: bool
    #: Addresses or names of the wanted record, in lower case; texts as they are.
    values: tuple[str, ...]


def question(number: int, name: str, record: str) -> bytes:
    """The bytes that ask for `record` of `name`. Raises CouldNotSee for a name that cannot be one."""
    try:
        labels = [label.encode("idna") for label in name.rstrip(".").split(".")]
    except UnicodeError:
        labels = []
    if not labels or any(not 0 < len(label) < 64 for label in labels) or sum(map(len, labels)) + len(labels) > 254:
        raise CouldNotSee(Seen.TRANSPORT, "the configured name cannot be a domain name")
    packed = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!6H", number, _RECURSE, 1, 0, 0, 0) + packed + struct.pack("!2H", RECORDS[record], _INTERNET)


def reply(data: bytes, asked: bytes, record: str) -> Reply:
    """What `data` says in answer to the question `asked`. Raises CouldNotSee when it is no answer to it."""
    try:
        return _reply(data, asked, record)
    except (struct.error, IndexError, ValueError):
        raise CouldNotSee(Seen.GARBAGE, "the answer is not one of a name server") from None


def _reply(data: bytes, asked: bytes, record: str) -> Reply:
    number, flags, questions, answers, _, _ = struct.unpack_from("!6H", data)
    end = len(asked)
    # The number and the question come back as they were asked; else anybody could answer.
    echoed = data[12:end].lower() == asked[12:].lower()
    if number != struct.unpack_from("!H", asked)[0] or not flags & _IS_ANSWER:
        raise ValueError("not an answer to this question")
    code = flags & 0xF
    if questions == 0 and code != Code.FINE:
        # A server that understood nothing of it repeats nothing of it.
        return Reply(code=code, is_cut_off=False, values=())
    if questions != 1 or not echoed:
        raise ValueError("an answer to another question")
    if flags & _IS_CUT_OFF:
        return Reply(code=code, is_cut_off=True, values=())
    return Reply(code=code, is_cut_off=False, values=tuple(_values(data, end, answers, RECORDS[record])))


def _values(data: bytes, place: int, count: int, wanted: int) -> list[str]:
    found = []
    for _ in range(count):
        _, place = _name(data, place)
        kind, group, _, length = struct.unpack_from("!2HIH", data, place)
        place += 10
        content = data[place : place + length]
        if len(content) < length:
            raise ValueError("cut off")
        if kind == wanted and group == _INTERNET:
            found.append(_value(kind, content, data, place))
        place += length
    return found


def _value(kind: int, content: bytes, data: bytes, place: int) -> str:
    if kind == RECORDS["CNAME"]:
        return _name(data, place)[0]
    return _text(content) if kind == RECORDS["TXT"] else str(ipaddress.ip_address(content))


def _text(content: bytes) -> str:
    """A text of pieces of up to 255 bytes, which are one."""
    pieces, place = b"", 0
    while place < len(content):
        length = content[place]
        if place + 1 + length > len(content):
            raise ValueError("cut off")
        pieces += content[place + 1 : place + 1 + length]
        place += 1 + length
    return pieces.decode("utf-8", "replace")


def _name(data: bytes, place: int) -> tuple[str, int]:
    """The name at `place`, and where what follows it begins; a name may go on elsewhere in the message."""
    labels: list[str] = []
    after: int | None = None
    for _ in range(_MOST_LEAPS):
        length = data[place]
        if length == 0:
            return ".".join(labels).lower(), place + 1 if after is None else after
        if length & 0xC0 == 0xC0:
            after = place + 2 if after is None else after
            place = struct.unpack_from("!H", data, place)[0] & 0x3FFF
            continue
        if length > 63:
            raise ValueError("not a label")
        labels.append(data[place + 1 : place + 1 + length].decode("ascii"))
        place += 1 + length
    raise ValueError("a name without end")
