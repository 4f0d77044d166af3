"""`/maintenance.ics`: planned events for calendars, revised in place and never silently gone (RFC 5545)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from records.components import in_language
from records.maintenance import Kind, Maintenance, WindowState
from statuspage.snapshot import Snapshot

_LONGEST_LINE_BYTES = 75
#: Events that are over stay in the calendar this long.
_KEPT = timedelta(days=90)
_STATUS = {WindowState.CANCELLED: "CANCELLED"}
_MAINTNOTE = {
    WindowState.SCHEDULED: "CONFIRMED",
    WindowState.IN_PROGRESS: "IN-PROCESS",
    WindowState.VERIFYING: "IN-PROCESS",
    WindowState.COMPLETED: "COMPLETED",
    WindowState.CANCELLED: "CANCELLED",
}


def calendar(snapshot: Snapshot, events: Sequence[Maintenance] | None = None) -> bytes:
    """All events we know of, or just `events`; the sequence number is the event's version."""
    since = snapshot.generated_at - _KEPT
    shown = [each for each in snapshot.maintenances if each.scheduled_until >= since] if events is None else events
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Forewarn//Status page//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(snapshot.page.name)}",
    ]
    for event in shown:
        lines += _event(snapshot, event)
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines).encode()


def _event(snapshot: Snapshot, event: Maintenance) -> Iterator[str]:
    page, language = snapshot.page, snapshot.page.languages[0]
    host = urlsplit(page.url).hostname or "localhost"
    body = in_language(event.updates[-1].body, language) if event.updates else ""
    told = [
        text
        for text in (body, in_language(event.still_works, language), in_language(event.what_to_do, language))
        if text
    ]
    yield "BEGIN:VEVENT"
    yield f"UID:{event.id}@{host}"
    yield f"DTSTAMP:{_time(event.updated_at)}"
    yield f"LAST-MODIFIED:{_time(event.updated_at)}"
    yield f"SEQUENCE:{event.version}"
    yield f"DTSTART:{_time(event.scheduled_for)}"
    yield f"DTEND:{_time(event.scheduled_until)}"
    yield f"SUMMARY:{_text(in_language(event.name, language))}"
    yield f"DESCRIPTION:{_text(chr(10).join(told))}"
    yield f"URL:{page.address(f'/maintenances/{event.id}')}"
    yield f"STATUS:{_STATUS.get(event.state, 'CONFIRMED')}"
    yield "TRANSP:TRANSPARENT"
    if page.contact.email:
        # A parameter knows no escapes: what would end it is left out.
        name = "".join(letter for letter in page.name if letter >= " " and letter != '"')
        yield f'ORGANIZER;CN="{name}":mailto:{page.contact.email}'
    yield f"X-MAINTNOTE-PROVIDER:{host}"
    # One calendar for all customers; those of a carrier are made for each.
    yield "X-MAINTNOTE-ACCOUNT:public"
    yield f"X-MAINTNOTE-MAINTENANCE-ID:{event.ref}"
    yield f"X-MAINTNOTE-STATUS:{_MAINTNOTE[event.state]}"
    yield f"X-MAINTNOTE-IMPACT:{'NO-IMPACT' if event.kind is Kind.PROMOTION else 'OUTAGE'}"
    for component in snapshot.named(event.component_ids):
        yield f"X-MAINTNOTE-OBJECT-ID:{_text(component.id)}"
    yield "END:VEVENT"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """A value as the format wants it; control characters would end the line it stands on."""
    clean = "".join(letter for letter in text.replace("\r\n", "\n") if letter >= " " or letter == "\n")
    escaped = clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most 75 bytes; what follows is indented by one space. No character is cut in two."""
    pieces, piece, room = [], "", _LONGEST_LINE_BYTES
    for letter in line:
        size = len(letter.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", _LONGEST_LINE_BYTES - 1
        piece += letter
        room -= size
    return "\r\n ".join([*pieces, piece]) + "\r\n"
