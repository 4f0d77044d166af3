"""Which bytes and headers answer a request for one file: encoding, ETag, caching, safety."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from statuspage.site import File
from templates.language import matching

Headers = list[tuple[bytes, bytes]]

CACHED = b"public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"
_FOR_GOOD = b"public, max-age=31536000, immutable"
CONTENT_SECURITY_POLICY = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFE: Headers = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
#: Best first; where the client has no preference of its own, ours holds.
_ENCODINGS = ("br", "zstd", "gzip")
_QUALITY = re.compile(r"^\s*([^;\s]+)\s*(?:;\s*q=([0-9.]+))?\s*$")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One form of one file, ready to send."""

    etag: bytes
    #: As the header says it: cut to the second.
    modified_at: datetime
    body: bytes
    headers: Headers
    #: For 304: the same without what describes a body.
    bare_headers: Headers


def cache_control(file: File) -> bytes:
    """How long it may be kept, and by whom."""
    return _FOR_GOOD if file.is_immutable else CACHED


def answers(file: File) -> Mapping[str, Answer]:
    """Every form by the encoding's name; the plain one is `identity`."""
    forms = {"identity": file.body, **file.encoded}
    return {encoding: _answer(file, encoding, body) for encoding, body in forms.items()}


def _answer(file: File, encoding: str, body: bytes) -> Answer:
    suffix = "" if encoding == "identity" else f"-{encoding}"
    etag = f'"{file.sha256[:20]}{suffix}"'.encode()
    vary = b"Accept-Encoding, Accept-Language" if file.is_by_language else b"Accept-Encoding"
    bare: Headers = [
        (b"etag", etag),
        (b"cache-control", cache_control(file)),
        (b"vary", vary),
        (b"last-modified", format_datetime(file.made_at, usegmt=True).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if file.is_shared:
        bare.append((b"access-control-allow-origin", b"*"))
    whole = [*bare, (b"content-type", file.content_type.encode()), (b"content-length", str(len(body)).encode())]
    if encoding != "identity":
        whole.append((b"content-encoding", encoding.encode()))
    if file.is_html or file.content_type.startswith("image/svg"):
        whole += _SAFE if not file.reaches else [_policy_reaching(file.reaches), *_SAFE[1:]]
    modified_at = file.made_at.replace(microsecond=0)
    return Answer(etag=etag, modified_at=modified_at, body=body, headers=whole, bare_headers=bare)


def _policy_reaching(origin: str) -> tuple[bytes, bytes]:
    """The usual policy, and leave to send to one origin more."""
    name, policy = _SAFE[0]
    for directive in (b"connect-src 'self'", b"form-action 'self'"):
        policy = policy.replace(directive, directive + b" " + origin.encode())
    return name, policy


def is_unchanged(if_modified_since: str, answer: Answer) -> bool:
    """Whether nothing is newer than what the client holds; for those that send no ETag (RFC 9110, 13.1.3)."""
    try:
        held = parsedate_to_datetime(if_modified_since)
    except ValueError:
        return False
    return held.tzinfo is not None and answer.modified_at <= held


@lru_cache(maxsize=512)
def best_encoding(accepted: str, offered: tuple[str, ...]) -> str:
    """The form to send for an `Accept-Encoding`; a client that says nothing gets plain bytes."""
    wanted = _weights(accepted)
    ranked = [name for name in _ENCODINGS if name in offered and wanted.get(name, wanted.get("*", 0.0)) > 0]
    if not ranked:
        return "identity"
    best = max(ranked, key=lambda name: wanted.get(name, wanted.get("*", 0.0)))
    return "identity" if wanted.get("identity", 0.0) > wanted.get(best, wanted.get("*", 0.0)) else best


@lru_cache(maxsize=512)
def best_language(accepted: str, offered: tuple[str, ...]) -> str:
    """The language to answer an `Accept-Language` in: the reader's most wanted that there is, else the page's first."""
    wanted = sorted(_weights(accepted).items(), key=lambda pair: -pair[1])
    found = (matching(tag, offered) for tag, weight in wanted if weight > 0)
    return next((language for language in found if language), offered[0])


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in header.lower().split(",")[:50]:
        found = _QUALITY.match(part)
        if found:
            weights[found[1]] = _number(found[2])
    return weights


def _number(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0


def is_known(if_none_match: str, etag: bytes) -> bool:
    """Whether the client holds this form already; a proxy may have weakened the tag (RFC 9110, 13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return etag.decode() in tags
