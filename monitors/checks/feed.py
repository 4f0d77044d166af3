"""Look at a feed: what a provider's status page announces, or which releases a client has. The one door to feedparser.

The bytes come through our own bounded client; feedparser would fetch and even open files by itself.
"""

import asyncio
import io
import math
import time
from calendar import timegm
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.parsers import expat

import feedparser

from monitors.checks.announcements import is_about, plain, release
from monitors.checks.feed_incidents import Entry, incident
from monitors.checks.http import request_of
from monitors.checks.statuspage_peer import check_status
from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.checks.unchanged import read_if_changed
from monitors.client import Answer, CouldNotSee
from monitors.wishes import FeedWish
from records.findings import Finding, Sighting
from records.observations import Observation, Seen
from records.times import from_ms

#: Feeds hold 10 to 50; what lies further back is history.
_MOST_ENTRIES = 100
_TEXT_LETTERS = 20_000
_DEEPEST = 100
#: What feedparser complains of although it has read everything.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_RELEASES = "releases"


async def look(target: Target, tools: Tools) -> Observation:
    """One GET, read in a thread: a feed of 1 MiB takes a second, in which others are to be looked at."""
    wish = target.wish if isinstance(target.wish, FeedWish) else FeedWish()

    async def read(answer: Answer) -> Sighting:
        return await asyncio.to_thread(read_feed, answer, target.monitor, wish)

    try:
        sighting, answer = await read_if_changed(tools, request_of(target), read)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    note = "" if sighting.is_whole else "the feed is cut off or damaged; only its whole entries count"
    seen = saw(target, tools, {"findings": len(sighting.findings)}, latency_ms=answer.latency_ms, note=note)
    return replace(seen, sighting=sighting)


def read_feed(answer: Answer, source: str, wish: FeedWish) -> Sighting:
    """What the feed says. Raises CouldNotSee for what is no feed, such as a page that asks whether we are human."""
    check_status(answer)
    entries, is_whole = parse(answer.body)
    found = [
        one
        for entry in entries
        if is_about(wish, f"{entry.title} {entry.text}")
        if (one := _finding(entry, source, wish)) is not None
    ]
    return Sighting(findings=tuple(found), is_whole=is_whole)


def parse(body: bytes) -> tuple[list[Entry], bool]:
    """The whole entries of a feed, and whether it was whole itself. Raises CouldNotSee for what is no feed."""
    if _is_too_deep(body):
        raise CouldNotSee(Seen.GARBAGE, "the answer is no feed that we accept: nested too deep")
    # In a stream: given text, feedparser takes it for an address or a file's name.
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=True, resolve_relative_uris=False)
    if not parsed.get("version"):
        # A challenge page is read "without faults", as a feed without entries.
        raise CouldNotSee(Seen.GARBAGE, "the answer is no feed")
    is_damaged = bool(parsed.get("bozo")) and not isinstance(parsed.get("bozo_exception"), _HARMLESS)
    given = parsed.entries
    # Where it broke off, the last entry may lack its end, which is where the oldest update stands.
    whole = given[:-1] if is_damaged else given
    entries = [entry for each in whole[:_MOST_ENTRIES] if (entry := _entry(each)) is not None]
    return entries, not is_damaged and len(given) <= _MOST_ENTRIES


def _is_too_deep(body: bytes) -> bool:
    """Whether elements stand in each other beyond reason: feedparser takes seconds over such a mebibyte."""
    parser, depth = expat.ParserCreate(), 0

    def began(name: str, attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise _TooDeep

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = began, ended
    try:
        parser.Parse(body, True)
    except _TooDeep:
        return True
    except (expat.ExpatError, ValueError, LookupError):
        # Damaged, or in an encoding that expat lacks: feedparser's affair.
        return False
    return False


class _TooDeep(Exception):
    """An element stands deeper than any feed has use for."""


def _entry(given: Any) -> Entry | None:
    """What we read of an entry; None when it lacks what every entry has."""
    entry_id, title = given.get("id") or given.get("link"), given.get("title")
    # Past feedparser's own `get`, which hands out `published` for an `updated` that is not there.
    updated = _moment(dict.get(given, "updated_parsed"))
    published = _moment(given.get("published_parsed"))
    at = updated or published
    if not entry_id or not title or at is None:
        return None
    markup = _markup(given)
    return Entry(
        id=str(entry_id),
        title=plain(str(title)),
        url=str(given.get("link") or ""),
        published=published,
        updated=at,
        has_own_update=updated is not None,
        markup=markup,
        text=plain(markup),
        maintenance_ends=str(given.get("maintenanceenddate") or ""),
    )


def _markup(given: Any) -> str:
    """The HTML of the entry, else its text: App Store reviews bring both."""
    contents = list(given.get("content") or [])
    contents.sort(key=lambda content: content.get("type") != "text/html")
    chosen = contents[0].get("value") if contents else given.get("summary")
    return str(chosen or "")[:_TEXT_LETTERS]


def _moment(parsed: time.struct_time | None) -> datetime | None:
    """A moment from feedparser's, which is in UTC; None for none, and for one beyond the calendar."""
    try:
        seconds = timegm(parsed) if parsed is not None else math.nan
        return from_ms(int(seconds * 1000))
    except (ValueError, OverflowError):
        return None


def _finding(entry: Entry, source: str, wish: FeedWish) -> Finding | None:
    if wish.content != _RELEASES:
        return incident(entry, source, wish)
    if entry.is_prerelease:
        return None
    return release(
        source, wish, entry.id, title=entry.title, url=entry.url, at=entry.published or entry.updated, text=entry.text
    )
