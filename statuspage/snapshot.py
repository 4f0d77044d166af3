"""All that the page shows, read at one moment and frozen."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from records.components import Component, Status, Words
from records.incidents import Incident
from records.maintenance import Maintenance, WindowState
from records.store import affected, components, days, incidents, maintenance, meta, monitors, sight, surges, tickets
from records.store import weather as series
from records.store.engine import Store
from records.store.monitors import MonitorRecord
from records.store.rollup import network_subject
from records.surges import Surge
from records.tickets import FirstResponse
from records.weather import Hour
from statuspage.history import History
from statuspage.page import Page
from statuspage.past import Past, read_past
from statuspage.weather import Weather, chain_name, weather

#: Past incidents on the front page go back this far.
RECENT = timedelta(days=14)
#: Events that are over keep their pages this long.
_FINISHED_KEPT = timedelta(days=730)
_INCIDENTS_KEPT = 500
_EVENTS_KEPT = 300
#: Monitors that have not said for so long that they live are not believed any more.
_SILENT_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One component as shown."""

    component: Component
    past: Past

    @cached_property
    def history(self) -> History:
        """Its ninety days; counted only for rows whose own bars are drawn."""
        return self.past.of(self.component.id, [self.component.id])


@dataclass(frozen=True, kw_only=True)
class Network:
    """One chain with its deposits, withdrawals and whatever else moves on it."""

    chain: str
    name: str
    ways: tuple[Row, ...]
    #: Of all ways together: at each moment the gravest.
    history: History
    #: None while no monitor watches the chain.
    weather: Weather | None


@dataclass(frozen=True, kw_only=True)
class Section:
    """Services that stand together; those without a group have no name."""

    name: Words
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What is true at `generated_at`, as far as we know."""

    page: Page
    generated_at: datetime
    #: Counts changes made by deeds; the store's `page_revision`.
    revision: int
    #: Every component in page order, groups too, in the states shown.
    components: tuple[Component, ...]
    networks: tuple[Network, ...]
    sections: tuple[Section, ...]
    #: Published ones, newest first; open ones among them.
    incidents: tuple[Incident, ...]
    #: Planned events that are not over, soonest first, then finished and cancelled ones, latest first.
    maintenances: tuple[Maintenance, ...]
    #: By incident, when its times were last corrected.
    times_corrected: Mapping[str, datetime]
    #: When a monitor last saw anything; None while nothing is monitored.
    checked_at: datetime | None
    #: Since when our own network is the suspect; states are frozen as they were then.
    blind_since: datetime | None
    #: When the monitors last lived, if they do not now: what they said is not believed any more.
    silent_since: datetime | None
    #: Services of which customers report more than usual, where the page is to say so.
    rising: frozenset[str] = frozenset()
    #: How soon customers hear from a person; None while too few tickets say.
    first_response: FirstResponse | None = None
    #: More customers write than usual, as the support desk says.
    surge: Surge | None = None

    @property
    def open_incidents(self) -> tuple[Incident, ...]:
        """Happening now, gravest first, then newest."""
        live = [incident for incident in self.incidents if incident.is_open]
        order = ["critical", "major", "minor", "none"]
        return tuple(sorted(live, key=lambda incident: order.index(incident.impact.value)))

    @property
    def recent_incidents(self) -> tuple[Incident, ...]:
        """Over, but not for longer than two weeks; what goes on under another is not over."""
        since = self.generated_at - RECENT
        over = [each for each in self.incidents if not each.is_open and each.merged_into is None]
        return tuple(each for each in over if (each.resolved_at or each.started_at) >= since)

    @property
    def running(self) -> tuple[Maintenance, ...]:
        """Planned events under way."""
        return tuple(event for event in self.maintenances if event.is_running)

    @property
    def upcoming(self) -> tuple[Maintenance, ...]:
        """Planned events to come, soonest first."""
        return tuple(event for event in self.maintenances if event.state is WindowState.SCHEDULED)

    @property
    def services(self) -> tuple[Component, ...]:
        """Components that are something, not just a heading."""
        return tuple(component for component in self.components if not component.is_group)

    @property
    def version(self) -> str:
        """Changes whenever what the page says changes; ages and weather apart."""
        overdue = [incident.id for incident in self.open_incidents if incident.is_overdue(self.generated_at)]
        late = [event.id for event in self.running if event.scheduled_until < self.generated_at]
        states = [(component.id, component.status.value) for component in self.components]
        surge = self.surge.since if self.surge else None
        said = (self.revision, states, overdue, late, self.blind_since, self.silent_since, sorted(self.rising), surge)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:12]

    def named(self, component_ids: Sequence[str]) -> list[Component]:
        """Those of `component_ids` that still exist, in page order."""
        return [component for component in self.components if component.id in component_ids]


def read_snapshot(store: Store, page: Page, now: datetime, previous: Snapshot | None = None) -> Snapshot:
    """Everything in one read. What was said is taken from `previous` when no deed has happened since."""
    with store.view():
        revision = meta.page_revision(store)
        known = components.all_components(store)
        watching = monitors.all_monitors(store)
        hours = {each.chain: series.hours(store, each.chain, now) for each in watching if each.chain}
        past = read_past(store, known, page.time_zone, now)
        if previous is not None and previous.revision == revision:
            said, planned, corrected = previous.incidents, previous.maintenances, previous.times_corrected
        else:
            said, planned = _incidents(store), _maintenances(store, now)
            corrected = days.times_corrected(store)
        pulse = meta.pulses(store).get("monitors")
        blind_since = sight.blind_since(store)
        rising = affected.rising(store, now, [each.id for each in known]) if page.shows_reports else frozenset[str]()
        first_response, surge = tickets.first_response(store, now), surges.surge(store, now)
    silent_since = _silent_since(watching, pulse, now)
    # Blind, we freeze what we last knew and say so: our own network is the suspect, not each of theirs.
    is_frozen = blind_since is not None and silent_since is None
    shown = known if is_frozen else [_as_shown(component, watching, silent_since, now) for component in known]
    past = past.shown(shown)
    return Snapshot(
        page=page,
        generated_at=now,
        revision=revision,
        components=tuple(shown),
        networks=_networks(shown, past, watching, hours, page, now),
        sections=_sections(shown, past),
        incidents=said,
        maintenances=planned,
        times_corrected=corrected,
        checked_at=max((each.seen_at for each in watching if each.seen_at), default=None),
        blind_since=blind_since,
        silent_since=silent_since,
        rising=rising,
        first_response=first_response,
        surge=surge,
    )


def _incidents(store: Store) -> tuple[Incident, ...]:
    return tuple(incidents.published_incidents(store, limit=_INCIDENTS_KEPT))


def _maintenances(store: Store, now: datetime) -> tuple[Maintenance, ...]:
    unfinished = maintenance.unfinished(store)
    ids = {event.id for event in unfinished}
    over = [
        each for each in maintenance.all_since(store, now - _FINISHED_KEPT, limit=_EVENTS_KEPT) if each.id not in ids
    ]
    return (*unfinished, *over)


def _silent_since(watching: Sequence[MonitorRecord], pulse: datetime | None, now: datetime) -> datetime | None:
    if not watching:
        return None
    last = max([each.looked_at for each in watching if each.looked_at] + ([pulse] if pulse else []), default=None)
    # Monitors that have never looked have nothing that could grow old.
    return last if last is not None and now - last > _SILENT_AFTER else None


def _as_shown(
    component: Component, watching: Sequence[MonitorRecord], silent_since: datetime | None, now: datetime
) -> Component:
    """Green by a signal that has gone quiet is not green: silence is a state of its own (job C1)."""
    if component.signal_at is None or component.status is not Status.OPERATIONAL:
        return component
    paces = [each.every_ms for each in watching if component.id == each.component_id or _is_of_chain(component, each)]
    patience = max(_SILENT_AFTER, 3 * timedelta(milliseconds=max(paces, default=0)))
    if silent_since is None and now - component.signal_at <= patience:
        return component
    return replace(component, status=Status.UNKNOWN, status_since=component.signal_at)


def _is_of_chain(component: Component, monitor: MonitorRecord) -> bool:
    return monitor.chain is not None and monitor.chain == component.chain


def _networks(
    shown: Sequence[Component],
    past: Past,
    watching: Sequence[MonitorRecord],
    hours: Mapping[str, Sequence[Hour]],
    page: Page,
    now: datetime,
) -> tuple[Network, ...]:
    services = [each for each in shown if each.chain and not each.is_group]
    chains = list(dict.fromkeys(each.chain for each in services if each.chain))
    networks = []
    for chain in chains:
        ways = [each for each in services if each.chain == chain]
        monitor = next((each for each in watching if each.chain == chain), None)
        networks.append(
            Network(
                chain=chain,
                name=chain_name(chain),
                ways=tuple(Row(component=way, past=past) for way in ways),
                history=past.of(network_subject(chain), [way.id for way in ways]),
                weather=weather(monitor, hours[chain], page.confirmations.get(chain), now) if monitor else None,
            )
        )
    return tuple(networks)


def _sections(shown: Sequence[Component], past: Past) -> tuple[Section, ...]:
    services = [each for each in shown if not each.chain and not each.is_group]
    names = {each.id: each.name for each in shown if each.is_group}
    groups = dict.fromkeys(each.group_id if each.group_id in names else None for each in services)
    return tuple(
        Section(
            name=names[group] if group is not None else {},
            rows=tuple(
                Row(component=each, past=past)
                for each in services
                if (each.group_id if each.group_id in names else None) == group
            ),
        )
        for group in groups
    )
