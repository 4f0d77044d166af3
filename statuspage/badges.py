"""Badges for other people's sites: an SVG, and the JSON from which shields.io draws its own."""

import json
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree as ET

from records.components import Component, Status, in_language, worst
from statuspage.snapshot import Snapshot
from statuspage.tones import ICON_COLOURS, TONES
from templates.language import translations

#: Dark enough for white text (4.5 : 1); the page's own words in the same tone.
_PAPER = {
    "ok": "#1f6b4c",
    "planned": "#2a5580",
    "unknown": "#56605b",
    "degraded": "#6b5a00",
    "partial": "#8a4a14",
    "major": "#7d2739",
}
_WORDS = {
    Status.OPERATIONAL: "Operational",
    Status.UNDER_MAINTENANCE: "Paused for maintenance",
    Status.UNKNOWN: "Unknown",
    Status.DEGRADED: "Delayed",
    Status.PARTIAL_OUTAGE: "Failing for some customers",
    Status.MAJOR_OUTAGE: "Not working",
}
_LETTER_WIDTH = 6.6
_PADDING = 8


def badges(snapshot: Snapshot) -> Iterator[tuple[str, bytes, str]]:
    """Path, bytes, type: one for the whole, one per component under either of its names."""
    whole = Status.UNKNOWN if _is_unseen(snapshot) else worst([each.status for each in snapshot.services])
    yield from _pair(snapshot, "/badge", snapshot.page.name, whole)
    for component in snapshot.services:
        name = in_language(component.name, snapshot.page.languages[0])
        for key in dict.fromkeys((component.id, component.public_id)):
            yield from _pair(snapshot, f"/badge/{key}", name, _status(snapshot, component))


def _is_unseen(snapshot: Snapshot) -> bool:
    return bool(snapshot.blind_since or snapshot.silent_since) or not snapshot.services


def _status(snapshot: Snapshot, component: Component) -> Status:
    """Frozen under a blind monitor: a badge has no room to say so, and no green by silence."""
    is_watched = component.signal_at is not None
    return Status.UNKNOWN if is_watched and snapshot.blind_since else component.status


def _pair(snapshot: Snapshot, path: str, label: str, status: Status) -> Iterator[tuple[str, bytes, str]]:
    words = translations(snapshot.page.languages[0]).gettext(_WORDS[status])
    tone = TONES[status]
    endpoint = {"schemaVersion": 1, "label": label, "message": words, "color": ICON_COLOURS[tone][0].removeprefix("#")}
    yield f"{path}.svg", _svg(label, words, _PAPER[tone]), "image/svg+xml"
    yield f"{path}.json", json.dumps(endpoint, ensure_ascii=False).encode(), "application/json"


@lru_cache(maxsize=4_096)
def _svg(label: str, words: str, colour: str) -> bytes:
    left, right = (round(len(text) * _LETTER_WIDTH) + 2 * _PADDING for text in (label, words))
    root = ET.Element(
        "svg", {
            "xmlns": "http://www.w3.org/2000/svg", "width": str(left + right), "height": "20",
            "role": "img", "aria-label": f"{label}: {words}",
        },
    )  # fmt: skip
    ET.SubElement(root, "title").text = f"{label}: {words}"
    clip = ET.SubElement(root, "clipPath", id="r")
    ET.SubElement(clip, "rect", width=str(left + right), height="20", rx="4")
    paper = ET.SubElement(root, "g", {"clip-path": "url(#r)"})
    ET.SubElement(paper, "rect", width=str(left), height="20", fill="#2a323c")
    ET.SubElement(paper, "rect", x=str(left), width=str(right), height="20", fill=colour)
    ink = ET.SubElement(
        root,
        "g",
        {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,sans-serif", "font-size": "11", "text-anchor": "middle"},
    )
    for text, start, width in ((label, 0, left), (words, left, right)):
        node = ET.SubElement(
            ink,
            "text",
            x=str(start + width / 2),
            y="14",
            textLength=str(width - 2 * _PADDING),
            lengthAdjust="spacingAndGlyphs",
        )
        node.text = text
    document: bytes = ET.tostring(root, encoding="utf-8")
    return document
