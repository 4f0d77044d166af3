"""Look at somebody else's status page: what it says is open, and what it plans."""

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from monitors.checks.announcements import finding, is_about
from monitors.checks.http import request_of
from monitors.checks.rest import joined
from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.checks.unchanged import read_if_changed
from monitors.client import Answer, CouldNotSee
from monitors.jsonwire import iso_moment, read_json, rows, table, words
from monitors.wishes import FeedWish
from records.findings import Finding, FindingKind, Severity, Sighting
from records.observations import Observation, Seen

_PATH = "/api/v2/summary.json"
#: More open incidents at once than this nobody has.
_MOST_ENTRIES = 200
_OVER = frozenset({"resolved", "postmortem", "completed"})
_RUNNING = frozenset({"in_progress", "verifying"})
_CLASSES = {401: Seen.AUTH, 403: Seen.AUTH, 429: Seen.THROTTLED, 503: Seen.OVERLOADED}


async def look(target: Target, tools: Tools) -> Observation:
    """One GET of its summary. The address is that of the page, or of a `….json` itself."""
    wish = target.wish if isinstance(target.wish, FeedWish) else FeedWish()
    request = request_of(target)

    async def read(answer: Answer) -> Sighting:
        return read_summary(answer, target.monitor, wish)

    if not urlsplit(target.url).path.endswith(".json"):
        request = replace(request, url=joined(target.url, _PATH))
    try:
        sighting, answer = await read_if_changed(tools, request, read)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    seen = saw(target, tools, {"findings": len(sighting.findings)}, latency_ms=answer.latency_ms)
    return replace(seen, sighting=sighting)


def read_summary(answer: Answer, source: str, wish: FeedWish) -> Sighting:
    """What the summary says. Raises CouldNotSee for anything that is none: that is not "no incidents"."""
    check_status(answer)
    document = table(read_json(answer.body))
    if not isinstance(document.get("page"), dict) or not isinstance(document.get("incidents"), list):
        raise CouldNotSee(Seen.GARBAGE, "the answer is no status page's summary", latency_ms=answer.latency_ms)
    entries = [(FindingKind.UPSTREAM_INCIDENT, table(each)) for each in rows(document["incidents"])]
    planned = rows(document.get("scheduled_maintenances"))
    entries += [(FindingKind.UPSTREAM_MAINTENANCE, table(each)) for each in planned]
    found = [one for kind, entry in entries[:_MOST_ENTRIES] for one in _findings(kind, entry, source, wish)]
    return Sighting(findings=tuple(found), is_whole=len(entries) <= _MOST_ENTRIES)


def check_status(answer: Answer) -> None:
    """Raises CouldNotSee, in the class that fits, for an answer that is not 200."""
    if answer.status != 200:
        raise CouldNotSee(
            _CLASSES.get(answer.status, Seen.GARBAGE),
            f"the source answered with status {answer.status}",
            latency_ms=answer.latency_ms,
            retry_after_seconds=answer.retry_after_seconds,
        )


def _findings(kind: FindingKind, entry: dict[str, object], source: str, wish: FeedWish) -> Iterator[Finding]:
    """The entry as a finding, if it has what makes one and is about what we asked for."""
    is_planned = kind is FindingKind.UPSTREAM_MAINTENANCE
    entry_id, title = words(entry.get("id")), words(entry.get("name"), longest=1_000)
    begin = entry.get("scheduled_for") if is_planned else entry.get("started_at") or entry.get("created_at")
    since = iso_moment(begin)
    if entry_id is None or title is None or since is None or not is_about(wish, _text(entry, title)):
        return
    status = words(entry.get("status"))
    end = entry.get("resolved_at") if status in _OVER else entry.get("scheduled_until") if is_planned else None
    yield finding(
        source,
        wish,
        entry_id,
        kind=kind,
        title=title,
        url=words(entry.get("shortlink"), longest=500) or "",
        since=since,
        # One that runs beyond its time is not over.
        ended_at=None if status in _RUNNING else iso_moment(end),
        said=json.dumps([entry.get(key) for key in _SAID], sort_keys=True, default=str),
        severity=_severity(entry.get("impact")),
    )


_SAID = ("status", "impact", "components", "incident_updates", "scheduled_for", "scheduled_until", "resolved_at")


def _text(entry: dict[str, object], title: str) -> str:
    named = [table(each).get("name") for each in rows(entry.get("components"))]
    updates = [table(each).get("body") for each in rows(entry.get("incident_updates"))]
    return " ".join([title, *(text for text in (*named, *updates) if isinstance(text, str))])


def _severity(impact: object) -> Severity:
    return Severity(impact) if isinstance(impact, str) and impact in list(Severity) else Severity.NONE
