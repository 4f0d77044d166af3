"""`/history.atom` and `/history.rss`: one entry per incident or planned event, with a stable id, revised in place.

`/feed.rss` has one item per thing we said instead, for readers that do not show a revised entry again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from records.components import in_language
from records.incidents import Incident
from records.maintenance import Maintenance
from statuspage.snapshot import Snapshot
from templates.environment import render
from templates.moments import iso

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_ENTRIES = 50
#: XML 1.0 allows none of these, not even escaped; readers refuse the whole feed for one.
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])

ET.register_namespace("", _ATOM)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    id: str
    path: str
    title: str
    #: HTML, built by us.
    content: str
    published: datetime
    updated: datetime


def atom(snapshot: Snapshot) -> bytes:
    """RFC 4287; ids are `tag:` addresses that outlive a change of the page's host."""
    page, entries = snapshot.page, _entries(snapshot)
    feed = ET.Element(f"{{{_ATOM}}}feed", {f"{{{_XML}}}lang": page.languages[0]})
    _add(feed, "id", f"tag:{_host(snapshot)},2026:history")
    _add(feed, "title", page.name)
    newest = max((entry.updated for entry in entries), default=snapshot.generated_at)
    _add(feed, "updated", iso(newest))
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="self", type="application/atom+xml", href=page.address("/history.atom"))
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=page.address("/"))
    _add(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", page.name)
    for entry in entries:
        node = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        _add(node, "id", entry.id)
        _add(node, "title", entry.title)
        _add(node, "published", iso(entry.published))
        _add(node, "updated", iso(entry.updated))
        ET.SubElement(node, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=page.address(entry.path))
        _add(node, "content", entry.content).set("type", "html")
    return _document(feed)


def rss(snapshot: Snapshot) -> bytes:
    """RSS 2.0, the same entries."""
    return _channel(snapshot, _entries(snapshot))


def updates_rss(snapshot: Snapshot) -> bytes:
    """RSS 2.0, one item per update, newest first."""
    said = (each for subject in _subjects(snapshot) for each in _updates(snapshot, subject))
    return _channel(snapshot, sorted(said, key=lambda entry: entry.updated, reverse=True)[:_ENTRIES])


def _channel(snapshot: Snapshot, entries: Sequence[_Entry]) -> bytes:
    page = snapshot.page
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    newest = max((entry.updated for entry in entries), default=snapshot.generated_at)
    for name, text in (
        ("title", page.name),
        ("link", page.address("/")),
        ("description", page.name),
        ("language", page.languages[0]),
        ("lastBuildDate", format_datetime(newest, usegmt=True)),
    ):
        ET.SubElement(channel, name).text = _clean(text)
    for entry in entries:
        item = ET.SubElement(channel, "item")
        ET.SubElement(item, "title").text = _clean(entry.title)
        ET.SubElement(item, "link").text = page.address(entry.path)
        ET.SubElement(item, "guid", isPermaLink="false").text = entry.id
        ET.SubElement(item, "pubDate").text = format_datetime(entry.updated, usegmt=True)
        ET.SubElement(item, "description").text = _clean(entry.content)
    return _document(root)


def _entries(snapshot: Snapshot) -> list[_Entry]:
    entries = [_entry(snapshot, each) for each in _subjects(snapshot)]
    return sorted(entries, key=lambda entry: entry.updated, reverse=True)[:_ENTRIES]


def _subjects(snapshot: Snapshot) -> Sequence[Incident | Maintenance]:
    since = snapshot.generated_at - timedelta(days=90)
    recent = (each for each in snapshot.maintenances if each.scheduled_until >= since)
    return (*snapshot.incidents[:_ENTRIES], *recent)


def _updates(snapshot: Snapshot, subject: Incident | Maintenance) -> Iterator[_Entry]:
    language, entry = snapshot.page.languages[0], _entry(snapshot, subject)
    for update in subject.updates:
        words = in_language(update.body, language)
        if words:
            at = update.created_at
            yield replace(
                entry, id=f"{entry.id}/{update.id}", content=f"<p>{escape(words)}</p>", published=at, updated=at
            )


def _entry(snapshot: Snapshot, subject: Incident | Maintenance) -> _Entry:
    language = snapshot.page.languages[0]
    folder = "incidents" if isinstance(subject, Incident) else "maintenances"
    began = subject.started_at if isinstance(subject, Incident) else subject.announced_at
    return _Entry(
        id=f"tag:{_host(snapshot)},2026:{folder}/{subject.id}",
        path=f"/{folder}/{subject.id}",
        title=in_language(subject.name, language),
        content=render("page/feed_entry.html", language, subject=subject, zone=snapshot.page.time_zone),
        published=began,
        updated=subject.updated_at,
    )


def _host(snapshot: Snapshot) -> str:
    return urlsplit(snapshot.page.url).hostname or "localhost"


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    node.text = _clean(text)
    return node


def _clean(text: str) -> str:
    return text.translate(_FORBIDDEN)


def _document(root: ET.Element) -> bytes:
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
