"""The page as finished bytes: made once per change, held in memory, written out as files."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import brotli  # type: ignore[import-untyped] # ships no types
import zstandard

from records.times import now_utc

#: What fits into one packet arrives no sooner for being smaller.
_WORTH_COMPRESSING_BYTES = 1_400


# Each is itself: comparing the bytes of two would cost more than making one.
@dataclass(frozen=True, kw_only=True, eq=False)
class File:
    """One answer, whole, in every encoding."""

    body: bytes
    content_type: str
    #: Of the plain bytes; each encoding has its own strong ETag made from it.
    sha256: str
    #: Compressed forms by name as HTTP has it: `br`, `zstd`, `gzip`.
    encoded: Mapping[str, bytes]
    #: Its name carries a hash of what is in it, so it may be kept for a year.
    is_immutable: bool = False
    #: Scripts of any other site may read it.
    is_shared: bool = False
    #: The answer differs by language asked for.
    is_by_language: bool = False
    #: Another origin that this page's forms and scripts may send to; empty for none.
    reaches: str = ""

    #: When these bytes were made; unchanged ones keep it.
    made_at: datetime = field(default_factory=now_utc)

    @property
    def is_html(self) -> bool:
        """Whether it is a page that people see."""
        return self.content_type.startswith("text/html")


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything the public sees, of one moment."""

    generated_at: datetime
    #: As in the page's data: changes whenever what it says changes.
    version: str
    #: By path as in the address: `/`, `/fr/`, `/incidents/3k2…`, `/api/v2/summary.json`.
    files: Mapping[str, File]
    languages: tuple[str, ...]
    #: By path, what a page that does not age was made from; made from the same again, it is not made again.
    sources: Mapping[str, str]


def file(
    body: bytes,
    content_type: str,
    previous: File | None = None,
    *,
    is_immutable: bool = False,
    is_shared: bool = False,
    is_by_language: bool = False,
    reaches: str = "",
) -> File:
    """Compress once; `previous` is taken as it is when it holds the same bytes."""
    sha256 = hashlib.sha256(body).hexdigest()
    if previous is not None and previous.sha256 == sha256 and previous.content_type == content_type:
        return previous
    return File(
        body=body,
        content_type=content_type,
        sha256=sha256,
        encoded=_compressed(body),
        is_immutable=is_immutable,
        is_shared=is_shared,
        is_by_language=is_by_language,
        reaches=reaches,
    )


def _compressed(body: bytes) -> dict[str, bytes]:
    if len(body) < _WORTH_COMPRESSING_BYTES:
        return {}
    return {
        "br": brotli.compress(body, quality=5),
        "zstd": zstandard.ZstdCompressor(level=3).compress(body),
        "gzip": gzip.compress(body, compresslevel=6, mtime=0),
    }
