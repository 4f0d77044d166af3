"""From an entry of somebody's status page or release feed to a finding, whatever the entry came as."""

import hashlib
import html
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitors.wishes import FeedWish
from records.findings import Finding, FindingKind, Severity

#: A release is worth knowing for so long, one that must not be skipped longer.
RELEASE_FRESH = timedelta(days=30)
REQUIRED_FRESH = timedelta(days=90)

_TITLE_LETTERS = 200
_URL_LETTERS = 500
_TAG = re.compile(r"<!--.*?-->|<[^<>]{0,2000}>", re.DOTALL)
_REQUIRED = re.compile(
    r"\b(mandatory|hard[ -]?fork|(?:must|required to|needs? to) (?:be )?(?:upgraded?|updated?)"
    r"|(?:required|critical) (?:upgrade|update)|(?:upgrade|update) (?:is )?required|(?:upgrade|update) before"
    r"|consensus[ -](?:breaking|critical))\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|non|no|isn't|optional)(?:[ -](?:a|an|is))?[ -]$", re.IGNORECASE)


def plain(markup: str) -> str:
    """The words of a piece of HTML, on one line; entities are resolved once."""
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def is_about(wish: FeedWish, text: str) -> bool:
    """Whether the words that the configuration asks for are in `text`; always, when it asks for none."""
    lowered = text.casefold()
    return not wish.words or any(word.casefold() in lowered for word in wish.words)


def is_required(text: str) -> bool:
    """Whether a release says that it must not be skipped.

    >>> is_required("Mandatory update: hard fork at block 25000000"), is_required("This is not a mandatory update.")
    (True, False)
    """
    return any(not _DENIED.search(text[: found.start()][-24:]) for found in _REQUIRED.finditer(text))


def finding(
    source: str,
    wish: FeedWish,
    entry_id: str,
    *,
    kind: FindingKind,
    title: str,
    url: str,
    since: datetime,
    ended_at: datetime | None,
    said: str,
    severity: Severity = Severity.NONE,
    required: bool = False,
) -> Finding:
    """A finding; `said` is all that the entry says, by which a change is noticed."""
    return Finding(
        id=_digest(f"{source}\n{entry_id}"),
        source=source,
        chain=wish.chain,
        component=wish.component,
        kind=kind,
        title=_shown(title),
        url=_web_address(url),
        severity=severity,
        since=since,
        ended_at=ended_at,
        required=required,
        content_hash=_digest(f"{title}\n{url}\n{said}"),
    )


def release(source: str, wish: FeedWish, entry_id: str, *, title: str, url: str, at: datetime, text: str) -> Finding:
    """The finding that a release of a client amounts to."""
    required = is_required(f"{title}. {text}")
    return finding(
        source,
        wish,
        entry_id,
        kind=FindingKind.CLIENT_RELEASE,
        title=title,
        url=url,
        since=at,
        ended_at=at + (REQUIRED_FRESH if required else RELEASE_FRESH),
        said=text,
        severity=Severity.MAJOR if required else Severity.NONE,
        required=required,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def _shown(title: str) -> str:
    """On one line, without what steers terminals or the direction of script."""
    printable = "".join(letter if letter.isprintable() else " " for letter in plain(title)[: 2 * _TITLE_LETTERS])
    return " ".join(printable.split())[:_TITLE_LETTERS]


def _web_address(url: str) -> str:
    """`url` where a browser may be sent there; else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    good = parts.scheme in ("http", "https") and parts.hostname and url.isprintable() and " " not in url
    return url if good and len(url) <= _URL_LETTERS else ""
