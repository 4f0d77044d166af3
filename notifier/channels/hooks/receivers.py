"""Which addresses a receiver may have. Strangers name them, so none may lead into our own house.

Pure rules: nothing here looks a name up or opens a connection.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from records.errors import Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 2_000
_PORTS = {"https": 443, "http": 80}
#: Where web servers listen. Other ports belong to other services, which a crafted post might talk into something.
_WEB_PORTS = frozenset({80, 443, 8080, 8443})
_PRINTABLE = re.compile(r"[!-~]+")
#: Letters that programs read differently: what one takes for a path, another takes for a host.
_AMBIGUOUS = frozenset('\\"<>^`{|}')
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: As browsers and resolvers read numbers: a host whose last part is one is an IPv4 address in some spelling.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_HOST = 253

#: Of IPv6 only what is handed out for the internet at large. So mapped and translated IPv4 addresses (`::ffff:…`,
#: `64:ff9b::…`), loopback, link-local, unique local and multicast are out without being named.
_WORLD_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # protocol assignments, Teredo among them: an IPv4 address stands inside
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address stands inside
        "3fff::/20",  # documentation
    )
)
_REFUSED_4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # public by number, but on every machine of one cloud the host that runs it
    )
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """One address to post to, taken apart; it may carry a secret, so `repr` does not show where it leads."""

    scheme: str
    #: Small letters, ASCII (A-labels), without a dot at the end; an IPv6 address without brackets.
    host: str
    port: int
    #: Path and query, as they go into the request line.
    target: str = field(repr=False)
    #: The host where it is an address rather than a name.
    literal: Address | None = None

    @property
    def is_protected(self) -> bool:
        """Whether it is asked over TLS."""
        return self.scheme == "https"

    @property
    def url(self) -> str:
        """The whole address in the one spelling that we keep."""
        return f"{self.scheme}://{self.netloc}{self.target}"

    @property
    def netloc(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_receiver(text: str, *, allow_http: bool = False) -> Receiver:
    """The address of a receiver. Raises Invalid for whatever is not plainly one.

    >>> parse_receiver("https://Hooks.Example./a?b=c").url
    'https://hooks.example/a?b=c'
    """
    text = text.strip()
    if len(text) > LONGEST_URL:
        raise Invalid("This address is too long.")
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _PORTS:
        raise Invalid("A receiver's address begins with https://.")
    if scheme == "http" and not allow_http:
        raise Invalid("A receiver's address begins with https://: without it anybody on the way could read it.")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    target = rest[len(authority) :].partition("#")[0]
    target = target if target.startswith("/") else f"/{target}"
    if not (_PRINTABLE.fullmatch(target) and text.isprintable()) or " " in text or _AMBIGUOUS & {*text}:
        raise Invalid("This address has letters in it that no address has.")
    host, port = _host_and_port(scheme, authority)
    literal = _literal(host)
    return Receiver(scheme=scheme, host=host, port=port, target=target, literal=literal)


def _host_and_port(scheme: str, authority: str) -> tuple[str, int]:
    if "@" in authority:
        raise Invalid("An address with a user name or a password in it is not taken.")
    try:
        split = urlsplit(f"//{authority}")
        port, host = split.port, split.hostname or ""
    except ValueError as error:
        raise Invalid("This address has no host that we can read.") from error
    if authority.startswith("[") and ":" not in host:
        raise Invalid("This address has no host that we can read.")
    # The library reads unicode digits as a port, too.
    if not authority.rpartition("]")[2].rpartition(":")[2].isascii() and port is not None:
        raise Invalid("This address has no port that we can read.")
    return _plain(host), _PORTS[scheme] if port is None else port


def _plain(host: str) -> str:
    """A host in the spelling that is looked up. Raises Invalid."""
    try:
        plain = (host if host.isascii() else host.encode("idna").decode("ascii")).lower()
    except UnicodeError as error:
        raise Invalid("This address has no host that we can read.") from error
    plain = plain.removesuffix(".")
    is_name = ":" in plain or all(_LABEL.fullmatch(label) for label in plain.split("."))
    if not plain or len(plain) > _LONGEST_HOST or not is_name:
        raise Invalid("This address has no host that we can read.")
    return plain


def _literal(host: str) -> Address | None:
    """The address that a host is; None for a name. Raises Invalid for an address in any but its plain spelling."""
    if ":" not in host and not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise Invalid("An IP address is taken in its plain spelling only.") from error
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise Invalid("An IP address is taken in its plain spelling only.")
    return address


def may_reach(address: Address, port: int, allowed: Sequence[Network] = ()) -> bool:
    """Whether we post there: to the internet at large on ports of web servers, and into networks named as allowed."""
    if any(address.version == network.version and address in network for network in allowed):
        return True
    return port in _WEB_PORTS and _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address in _WORLD_6 and not any(address in network for network in _REFUSED_6)
    return address.is_global and not any(address in network for network in _REFUSED_4)
