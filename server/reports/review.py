"""The draft of a review: everything that is on record about one incident, in order, as Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from records.components import in_language
from records.incidents import Incident
from records.notices import Notice
from records.people import AuditEntry
from records.promises import intervals_of, promises_of
from records.store import components, incidents, notices, people, tickets
from records.store.engine import Store
from server.reports.plain import lines, plain
from templates.environment import render

#: Deeds that an update or a notice speaks of already.
_TOLD_ELSEWHERE = frozenset({"incident.update", "incident.reword"})
_DEEDS = {
    "incident.open": "Opened",
    "incident.publish": "Published",
    "incident.edit": "Draft edited",
    "incident.discard": "Discarded",
    "incident.correct": "Times corrected",
    "incident.affects": "More components joined",
}
_MOST_DEEDS = 1_000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened."""

    at: datetime
    #: Escaped, one line.
    what: str
    #: The words that were said then, escaped, line by line.
    words: list[str]


def review(store: Store, name: str, language: str, now: datetime) -> str:
    """The Markdown for one incident, by id or `INC-42`; operators' words in `language`. Raises NotFound."""
    with store.view():
        incident = incidents.incident(store, name)
        known = {each.id: each for each in components.all_components(store)}
        facts = {
            "tickets": tickets.count_linked(store, incident.id),
            "timeline": sorted(_timeline(store, incident, language), key=lambda entry: entry.at),
        }
    names = [in_language(known[each].name, language) if each in known else each for each in incident.statuses]
    text = render(
        "reports/review.md", "en", incident=incident, name=plain(in_language(incident.name, language)),
        affected=[plain(each) for each in names], monitor=plain(incident.monitor or ""), now=now,
        intervals=intervals_of(incident), promises=promises_of(incident, now), **facts,
    )  # fmt: skip
    return text.strip() + "\n"


def _timeline(store: Store, incident: Incident, language: str) -> Iterator[Entry]:
    yield Entry(at=incident.started_at, what="Began, as we know now", words=[])
    if incident.detected_at is not None:
        yield Entry(at=incident.detected_at, what=f"Detected by {plain(incident.monitor or 'a monitor')}", words=[])
    for update in incident.updates:
        head = "Correction" if update.corrects else update.stage.value.capitalize()
        wrong = ", corrected later" if update.id in incident.corrected else ""
        said = lines(in_language(update.body, language))
        yield Entry(at=update.created_at, what=f"{head}, said by {plain(update.created_by)}{wrong}", words=said)
    for deed in people.audit_entries(store, subject=incident.id, limit=_MOST_DEEDS):
        if deed.deed not in _TOLD_ELSEWHERE:
            yield Entry(at=deed.at, what=_of_deed(deed), words=[])
    for notice in notices.notices(store, subject_id=incident.id):
        yield Entry(at=notice.created_at, what=_of_notice(store, notice), words=[])


def _of_deed(deed: AuditEntry) -> str:
    reason = str(deed.detail.get("reason") or deed.detail.get("override_reason") or "")
    because = f": {plain(reason)}" if reason else ""
    return f"{_DEEDS.get(deed.deed, plain(deed.deed))} by {plain(deed.actor)}{because}"


def _of_notice(store: Store, notice: Notice) -> str:
    status = notices.status(store, notice.id)
    kind = notice.kind.value.removeprefix("incident_")
    channels = ", ".join(plain(each) for each in notice.channels)
    counts = status.people
    return (
        f"Notice ({kind}) to {status.audience:,} customers by {channels}: "
        f"{counts.sent:,} sent, {counts.failed:,} failed, {counts.suppressed:,} not sent for a reason"
    )
