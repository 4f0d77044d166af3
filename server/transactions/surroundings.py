"""What our own records say about a chain, beside what its nodes say about a transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.transactions.trust import Watched
from records.errors import NotFound
from records.incidents import Incident
from records.maintenance import Maintenance
from records.store import components, incidents, maintenance, monitors
from records.store import weather as series
from records.store.engine import Store
from records.store.monitors import MonitorRecord
from records.verdicts import VerdictKind
from statuspage.weather import weather

#: Besides three intervals, so old may a round be before it counts for nothing.
_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What bears on every transaction of one chain."""

    incidents: tuple[Incident, ...] = ()
    windows: tuple[Maintenance, ...] = ()
    #: Time from one confirmation to the next as blocks come now; None while the chain stands, or nothing is known.
    pace: timedelta | None = None


def watched(store: Store, chain: str, now: datetime) -> Watched:
    """What the chain's monitor concluded last, for weighing what nodes do not see."""
    try:
        record = monitors.monitor(store, f"chain:{chain}")
    except NotFound:
        return Watched(verdict=None, height=None, is_fresh=False)
    height = record.facts.get("height")
    return Watched(
        verdict=None if record.verdict is None else VerdictKind(record.verdict),
        height=height if isinstance(height, int) else None,
        is_fresh=_is_fresh(record, now),
    )


def _is_fresh(record: MonitorRecord, now: datetime) -> bool:
    patience = max(_PATIENCE, 3 * timedelta(milliseconds=record.every_ms))
    return record.looked_at is not None and now - record.looked_at <= patience


def surroundings(store: Store, chain: str, now: datetime) -> Surroundings:
    """Open incidents and running windows of the chain's components, and how fast its blocks come."""
    with store.view():
        touched = {each.id for each in components.all_components(store) if each.chain == chain}
        live = [each for each in incidents.open_incidents(store) if touched & each.statuses.keys()]
        running = [each for each in maintenance.unfinished(store) if each.is_running]
        windows = [each for each in running if touched & {*each.component_ids}]
        record = next((each for each in monitors.all_monitors(store) if each.chain == chain), None)
        past = series.hours(store, chain, now)
    pace = weather(record, past, 1, now).confirmed_after if record is not None else None
    return Surroundings(incidents=tuple(live), windows=tuple(windows), pace=pace)
