"""Mail addresses as a server may be told them: checked before anything is written to a connection.

A comma, an angle bracket or a line break in an address would become another recipient or another command.
"""

import re

from records.errors import Invalid
from records.quick import quick

#: What nearly all addresses look like; one look is enough for them.
_PLAIN = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@"
    r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
#: RFC 5321 4.5.3.1.
_LOCAL_OCTETS, _ADDRESS_OCTETS = 64, 254


@quick
class Address:
    """One mailbox, its domain in ASCII (A-labels)."""

    local: str
    domain: str

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server that offers SMTPUTF8 can be told it."""
        return not self.local.isascii()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def parse_address(text: str) -> Address:
    """The mailbox. Raises Invalid for whatever is not exactly one plain address."""
    if (plain := _PLAIN.fullmatch(text)) and len(text) <= _ADDRESS_OCTETS:
        return Address(local=plain[1], domain=plain[2])
    local, at, domain = text.rpartition("@")
    if not at or not local or not _is_local(local):
        raise Invalid("This is no mail address: the part before the @ cannot be.")
    labels = _ascii(domain).split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Invalid("This is no mail address: the part behind the @ is no domain.")
    address = Address(local=local, domain=".".join(labels))
    if len(local.encode()) > _LOCAL_OCTETS or len(str(address).encode()) > _ADDRESS_OCTETS:
        raise Invalid("This is no mail address: it is too long.")
    return address


def _is_local(local: str) -> bool:
    ascii_part = "".join(letter for letter in local if letter.isascii())
    others = [letter for letter in local if not letter.isascii()]
    return all(letter.isprintable() and not letter.isspace() for letter in others) and (
        _ATOMS.fullmatch(ascii_part) is not None or (not ascii_part and bool(others))
    )


def _ascii(domain: str) -> str:
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
