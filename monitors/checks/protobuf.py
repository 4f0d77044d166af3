"""Read single fields of a Protocol Buffers message, without its schema.

Encoding: https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator

_LONGEST_VARINT_BYTES = 10


def first_bytes(message: bytes, field: int) -> bytes | None:
    """Bytes of the first `field` that is text, bytes or a message; None without one. Raises ValueError for garbage.

    >>> first_bytes(bytes.fromhex("0a0568656c6c6f"), 1)
    b'hello'
    """
    return next((value for number, value in _fields(message) if number == field and isinstance(value, bytes)), None)


def first_whole(message: bytes, field: int) -> int | None:
    """The first `field` that is a whole number; None without one. Raises ValueError for garbage.

    >>> first_whole(bytes.fromhex("189601"), 3)
    150
    """
    return next((value for number, value in _fields(message) if number == field and isinstance(value, int)), None)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        match key & 7:
            case 0:
                value, at = _varint(message, at)
                yield key >> 3, value
                continue
            case 1:
                length = 8
            case 5:
                length = 4
            case 2:
                length, at = _varint(message, at)
            case _:
                raise ValueError("an unknown type of field")
        if at + length > len(message):
            raise ValueError("a field is longer than its message")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, lowest first, and where it ends."""
    value = 0
    for index, byte in enumerate(message[at : at + _LONGEST_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("a number without an end")
