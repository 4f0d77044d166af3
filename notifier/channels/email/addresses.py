"""Mail addresses as a server may be told them: checked before anything is written to a connection.

A comma, an angle bracket or a line break in an address would become another recipient or another command.
"""

import re
import unicodedata

from records.errors import Invalid
from records.quick import quick

#: What nearly all addresses look like; one look is enough for them.
_PLAIN = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@"
    r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
#: What parts the names in a domain, in any script (RFC 3490 3.1).
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
#: IDNA of 2003 writes these as other letters, so that a mail would go to another domain; since 2010 they are letters.
_OWN_LETTERS = re.compile("[ßς]")
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
    labels = [_ascii(label) for label in _DOTS.split(domain)]
    # No domain ends in a number (RFC 3696 2): that would be the address of a machine.
    if len(labels) < 2 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
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


def _ascii(label: str) -> str:
    """One name of a domain in ASCII; empty when it is none."""
    if label.isascii():
        return label
    # Letters that nobody sees would be left out silently.
    if not label.isprintable():
        return ""
    if _OWN_LETTERS.search(label):
        return "xn--" + unicodedata.normalize("NFKC", label.lower()).encode("punycode").decode("ascii")
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
