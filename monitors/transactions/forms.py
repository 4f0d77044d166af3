"""What transaction hashes look like on each family of chains, and which networks a text may belong to. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Longer than any hash or explorer's address; the rest is not read.
LONGEST_CHARACTERS = 300
_BASE58 = {letter: number for number, letter in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_SIGNATURE_BYTES = 64
_PIECE = re.compile(r"[^/?#=&]+")
#: Addresses of accounts, by their usual forms: Ethereum, Bitcoin and kin, Tron, XRP Ledger, Cosmos, Stellar, Solana.
_ADDRESS = re.compile(
    r"0x[0-9a-fA-F]{40}|(?:bc|ltc|tb|bcrt)1[0-9a-z]{20,87}|(?:bitcoincash:)?[qp][0-9a-z]{41}|[13LMDAt][1-9A-Za-z]{25,34}"
    r"|T[1-9A-Za-z]{33}|r[1-9A-Za-z]{24,34}|[a-z]{2,12}1[0-9a-z]{38,58}|G[A-Z2-7]{55}|[1-9A-HJ-NP-Za-km-z]{43,44}"
    r"|[48][1-9A-HJ-NP-Za-km-z]{94}"
)


@dataclass(frozen=True, kw_only=True)
class Form:
    """How hashes of one family are written."""

    #: What is taken for a hash once the network is known.
    pattern: re.Pattern[str]
    #: The one way to write it.
    normal: Callable[[str], str]
    #: Whether the text is one of this family's, where the network is not known.
    is_typical: Callable[[str], bool] = lambda _: True


def _hex(prefix: str, normal: Callable[[str], str], is_typical: Callable[[str], bool] = lambda _: True) -> Form:
    return Form(pattern=re.compile(rf"{prefix}[0-9a-fA-F]{{64}}"), normal=normal, is_typical=is_typical)


def _with_prefix(text: str) -> str:
    return "0x" + text.lower().removeprefix("0x")


def _has_prefix(text: str) -> bool:
    return text[:2] in ("0x", "0X")


#: By the kind of check that the chain's nodes are looked at with.
FORMS: dict[str, Form] = {
    # Some wallets show it without its prefix; then the network has to be named.
    "evm": _hex("(?:0[xX])?", _with_prefix, _has_prefix),
    "substrate": _hex("0[xX]", _with_prefix),
    "bitcoin": _hex("", str.lower),
    "tron": _hex("", str.lower),
    "stellar": _hex("", str.lower),
    "cardano": _hex("", str.lower),
    "monero": _hex("", str.lower),
    "cosmos": _hex("", str.upper),
    "xrpl": _hex("", str.upper),
    "ton": Form(pattern=re.compile(r"[0-9a-fA-F]{64}|[0-9A-Za-z+/_-]{43}="), normal=str),
    "solana": Form(pattern=re.compile(r"[1-9A-HJ-NP-Za-km-z]{64,88}"), normal=str),
}


def tidied(given: str) -> str:
    """The hash in what people paste: blanks gone, and out of the address of an explorer.

    >>> tidied(" https://explorer.example/tx/0xabc?lang=en ")
    '0xabc'
    """
    text = "".join(given[:LONGEST_CHARACTERS].split())
    if "://" not in text:
        return text
    pieces = _PIECE.findall(text.partition("://")[2])[1:]
    return max((piece for piece in pieces if any(fits(kind, piece) for kind in FORMS)), key=len, default=text)


def fits(kind: str, text: str) -> bool:
    """Whether `text` is a hash of this family."""
    form = FORMS.get(kind)
    if form is None or form.pattern.fullmatch(text) is None:
        return False
    return kind != "solana" or _base58_bytes(text) == _SIGNATURE_BYTES


def normal(kind: str, text: str) -> str | None:
    """The hash as the network writes it; None when it is none of this family."""
    return FORMS[kind].normal(text) if fits(kind, text) else None


def recognised(kinds: Mapping[str, str], text: str) -> tuple[str, ...]:
    """The chains (of `kinds`: chain to kind) that a hash of this form may belong to."""
    return tuple(chain for chain, kind in kinds.items() if fits(kind, text) and FORMS[kind].is_typical(text))


def is_address(text: str) -> bool:
    """Whether it looks like the address of an account: what people paste most often instead of a hash."""
    return _ADDRESS.fullmatch(text) is not None


def _base58_bytes(text: str) -> int:
    """How many bytes `text` (base58) stands for."""
    value = 0
    for letter in text:
        value = value * 58 + _BASE58[letter]
    return (value.bit_length() + 7) // 8 + len(text) - len(text.lstrip("1"))
