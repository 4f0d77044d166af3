"""The account of promises: next updates, the time until customers heard, lead times of planned events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from records.components import in_language
from records.incidents import Incident
from records.maintenance import Maintenance
from records.promises import Intervals, Kept, Lead, Promise, intervals_of, lead_of, promises_of
from records.store import incidents, maintenance
from records.store.engine import Store
from records.times import iso, iso_or_none
from server.reports.plain import plain
from templates.environment import render

#: More than this many incidents or planned events in one report are a mistyped time.
_MOST = 10_000
_STEPS = {
    "From its start to the first public word": "started_to_public",
    "From the alarm to the first public word": "detected_to_public",
    "From the page to the first notice": "public_to_notice",
    'From "it works again" to the all-clear': "fixed_to_all_clear",
    "In all": "lasted",
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """What was promised in a time; all of it, kept or not."""

    since: datetime
    until: datetime
    promises: Sequence[tuple[Incident, Promise]]
    intervals: Sequence[Intervals]
    leads: Sequence[tuple[Maintenance, Lead]]
    #: Windows that lasted beyond the end that people were told.
    overran: int


def account(store: Store, since: datetime, until: datetime, now: datetime) -> Account:
    """Of incidents that started, and planned events that were announced, from `since` up to `until`."""
    with store.view():
        found = incidents.published_incidents(store, since=since, limit=_MOST)
        events = maintenance.all_since(store, since, limit=_MOST)
    mine = [each for each in found if each.started_at < until]
    told = [each for each in events if since <= each.announced_at < until]
    return Account(
        since=since,
        until=until,
        promises=[(each, promise) for each in mine for promise in promises_of(each, now)],
        intervals=[intervals_of(each) for each in mine],
        leads=[(each, lead_of(each)) for each in told],
        overran=sum(1 for each in told if (each.completed_at or now) > each.scheduled_until and _has_run(each)),
    )


def _has_run(event: Maintenance) -> bool:
    return event.started_at is not None and event.cancelled_at is None


def as_markdown(found: Account, language: str) -> str:
    """For people; operators' words in `language`."""
    late = [(incident, promise) for incident, promise in found.promises if promise.state in (Kept.LATE, Kept.BROKEN)]
    short = [(event, lead) for event, lead in found.leads if not lead.is_kept]
    lengths = [(name, _median(getattr(each, field) for each in found.intervals)) for name, field in _STEPS.items()]
    text = render(
        "reports/promises.md", "en", since=found.since, until=found.until, overran=found.overran,
        counted=_counted(found),
        late=[{"ref": each.ref, "name": _name(each, language), "promise": promise} for each, promise in late],
        medians={"incidents": len(found.intervals), "lengths": lengths},
        leads={
            "announced": len(found.leads),
            "kept": len(found.leads) - len(short),
            "short": [
                {"ref": event.ref, "name": _name(event, language), "lead": lead, "reason": plain(lead.reason)}
                for event, lead in short
            ],
        },
    )  # fmt: skip
    return text.strip() + "\n"


def as_json(found: Account) -> dict[str, Any]:
    """For programs; lengths in seconds."""
    return {
        "since": iso(found.since),
        "until": iso(found.until),
        "promises": [
            {
                "incident": incident.ref,
                "made_at": iso(promise.made_at),
                "due_at": iso(promise.due_at),
                "spoke_at": iso_or_none(promise.spoke_at),
                "state": promise.state.value,
                "late_by_seconds": promise.late_by.total_seconds(),
            }
            for incident, promise in found.promises
        ],
        "median_seconds": {
            field: None if length is None else length.total_seconds()
            for field, length in (
                (field, _median(getattr(each, field) for each in found.intervals)) for field in _STEPS.values()
            )
        },
        "leads": [
            {
                "event": event.ref,
                "lead_seconds": lead.lead.total_seconds(),
                "wanted_seconds": lead.wanted.total_seconds(),
                "kept": lead.is_kept,
                "reason": lead.reason,
            }
            for event, lead in found.leads
        ],
        "overran": found.overran,
    }


def _counted(found: Account) -> dict[str, Any]:
    states = [promise.state for _, promise in found.promises]
    late = [promise.late_by for _, promise in found.promises if promise.state is Kept.LATE]
    return {
        "made": len(states),
        **{kept.value: states.count(kept) for kept in Kept},
        "late_median": _median(late),
        "late_worst": max(late, default=None),
    }


def _median(lengths: Iterable[timedelta | None]) -> timedelta | None:
    known = [each.total_seconds() for each in lengths if each is not None]
    return timedelta(seconds=median(known)) if known else None


def _name(one: Incident | Maintenance, language: str) -> str:
    return plain(in_language(one.name, language))
