"""What the status widget on other sites says: a few hundred bytes in each language."""

import json
from collections.abc import Iterator
from typing import Any

from records.components import Direction, Status
from records.times import iso
from statuspage.headline import headline
from statuspage.snapshot import Snapshot
from statuspage.tones import GLYPHS, ICON_COLOURS, TONES
from templates.language import is_right_to_left, translations

_MONEY = (Direction.DEPOSITS, Direction.WITHDRAWALS)


def files(snapshot: Snapshot) -> Iterator[tuple[str, bytes, str]]:
    """Path, bytes and type, one for each language of the page."""
    for language in snapshot.page.languages:
        body = json.dumps(document(snapshot, language), ensure_ascii=False, separators=(",", ":"))
        yield f"/embed/{language}.json", body.encode(), "application/json"


def document(snapshot: Snapshot, language: str) -> dict[str, Any]:
    """The sentence, how it looks, and the words that the widget needs around it."""
    page, said = snapshot.page, headline(snapshot, language)
    tone, _ = TONES[said.status], translations(language).gettext
    return {
        "name": page.name,
        "sentence": said.text,
        "second": said.second,
        "tone": tone,
        "word": _word(snapshot, said.status, language),
        "colours": ICON_COLOURS[tone],
        "glyph": GLYPHS[tone],
        "link": _("Status page"),
        "url": page.address(f"/{language}/" if len(page.languages) > 1 else "/"),
        "dir": "rtl" if is_right_to_left(language) else "ltr",
        "old": _("last confirmed %(span)s") % {"span": "{}"},
        "generated_at": iso(snapshot.generated_at),
        "stale_after_seconds": int(page.stale_after.total_seconds()),
    }


def _word(snapshot: Snapshot, status: Status, language: str) -> str:
    """The state in the words of the page's rows."""
    _ = translations(language).gettext
    if status is Status.DEGRADED:
        late = [each for each in snapshot.services if each.status is status]
        return _("Delayed") if any(each.direction in _MONEY for each in late) else _("Slower than usual")
    return {
        Status.OPERATIONAL: _("Operational"),
        Status.UNDER_MAINTENANCE: _("Paused for maintenance"),
        Status.UNKNOWN: _("Unknown"),
        Status.PARTIAL_OUTAGE: _("Failing for some customers"),
        Status.MAJOR_OUTAGE: _("Not working"),
    }[status]
