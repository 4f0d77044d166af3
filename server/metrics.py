"""What a Prometheus server reads at `/metrics`. Labels are names from the configuration, never addresses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib import metadata
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from records.affected import Level
from records.alarms import AlarmKind
from records.errors import StoreUnavailable
from records.handover import STEPS_SECONDS
from records.incidents import Impact
from records.notices import NoticeState
from records.observations import TELLS_NOTHING, Seen
from records.packing import Look
from records.store import (
    affected,
    alarms,
    blocks,
    components,
    crm,
    handovers,
    incidents,
    looks,
    meta,
    monitors,
    notices,
    outbox,
    subscribers,
    throttles,
)
from records.store.engine import Store
from records.store.monitors import MonitorRecord
from server.context import context_of, targets_of_app
from server.transactions.desk import TransactionDesk
from statuspage.hands import TargetState

#: Nobody has more notices in flight than this; what is beyond would only make the scrape slow.
_MAX_NOTICES = 1_000
#: Besides two intervals, so long may a look be old before it is told no more.
_PATIENCE = timedelta(seconds=30)


def version() -> str:
    """Our own version; a checkout that was never installed has none."""
    try:
        return metadata.version("forewarn")
    except metadata.PackageNotFoundError:
        return "0"


async def metrics(request: Request) -> Response:
    """Everything as of now. Without the store it still answers, and says so by `forewarn_store_up 0`."""
    context = context_of(request)
    now = context.now()
    found = [_gauge("build_info", "Which version runs.", [({"version": version()}, 1)])]
    site = getattr(request.app.state, "current_site", None)
    if site is not None:
        age = (now - site().generated_at).total_seconds()
        found.append(_gauge("page_age_seconds", "Time since the public page was last confirmed.", [({}, age)]))
    found += _published(targets_of_app(request), now)
    found.append(_asked(request))
    found.append(_gauge("inapp_streams", "Open streams of the wallet's apps.", [({}, len(context.streams))]))
    try:
        found += await context.call(_of_store, context.desk.store, now)
        is_up = 1
    except StoreUnavailable:
        is_up = 0
    found.append(_gauge("store_up", "Whether the database answers.", [({}, is_up)]))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Found(found))
    return Response(
        generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


class _Found(Collector):
    """Hands over what was gathered before."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield from self._found

    def describe(self) -> Iterator[Metric]:
        """Names are ours alone: nothing else is in this registry."""
        yield from ()


_Samples = Iterable[tuple[dict[str, str], float]]


def _gauge(name: str, says: str, samples: _Samples) -> Metric:
    rows = list(samples)
    labels = list(rows[0][0]) if rows else []
    family = GaugeMetricFamily(f"forewarn_{name}", says, labels=labels)
    for by_label, value in rows:
        family.add_metric([by_label[label] for label in labels], value)
    return family


def _published(targets: Sequence[TargetState], now: datetime) -> Iterator[Metric]:
    yield _gauge(
        "publish_age_seconds",
        "Age of the page in each place it is written to; absent before the first release.",
        [({"target": each.name}, _age(each.published, now)) for each in targets if each.published],
    )
    yield _gauge(
        "publish_failures",
        "Failures in a row to write the page to each place.",
        [({"target": each.name}, each.failures) for each in targets],
    )


def _asked(request: Request) -> Metric:
    """By network and outcome: a hash or an address in a label would be a record of who asked what."""
    says = "Questions about transactions, by network and by what was told."
    family = CounterMetricFamily("forewarn_transactions_asked", says, labels=["chain", "found"])
    desk: TransactionDesk | None = getattr(request.app.state, "transactions", None)
    for labels, count in sorted(desk.counts.items()) if desk is not None else ():
        family.add_metric(labels, count)
    return family


def _of_store(store: Store, now: datetime) -> list[Metric]:
    return [
        *_watching(store, now),
        *_telling(store, now),
        *_handed_over(store),
        *_crm(store, now),
        *_alarms(store),
        *_running(store, now),
    ]


def _watching(store: Store, now: datetime) -> Iterator[Metric]:
    watched = monitors.all_monitors(store)
    yield _gauge(
        "monitor_verdict",
        "1 for what each monitor concluded last.",
        [({"monitor": each.id, "verdict": each.verdict}, 1) for each in watched if each.verdict],
    )
    yield _gauge(
        "monitor_seen_age_seconds",
        "Time since each monitor last saw something.",
        [({"monitor": each.id}, _age(each.seen_at, now)) for each in watched if each.seen_at],
    )
    yield from _targets(looks.newest(store), watched, now)
    yield _gauge(
        "component_severity",
        "0 operational, 1 maintenance, 2 unknown, 3 degraded, 4 partial outage, 5 major outage.",
        [
            ({"component": each.id}, each.status.severity)
            for each in components.all_components(store)
            if not each.is_group
        ],
    )


def _targets(seen: dict[str, list[Look]], watched: Sequence[MonitorRecord], now: datetime) -> Iterator[Metric]:
    """The last look at each target, as long as it is no older than what its monitor may go without."""
    fresh = [
        ({"monitor": monitor.id, "target": look.target}, look, _top(seen[monitor.id]))
        for monitor in watched
        for look in seen.get(monitor.id, [])
        if now - look.at <= 2 * timedelta(milliseconds=monitor.every_ms) + _PATIENCE
    ]
    yield _gauge(
        "target_seen",
        "1 for how the last look at each target ended.",
        [({**label, "seen": look.seen.value}, 1) for label, look, _ in fresh],
    )
    yield _gauge(
        "target_up",
        "Whether the last look saw it well; absent while looks tell nothing about it.",
        [(label, look.seen is Seen.OK) for label, look, _ in fresh if look.seen not in TELLS_NOTHING],
    )
    yield _gauge(
        "target_latency_seconds",
        "How long it took to answer, within four percent.",
        [(label, look.latency_ms / 1000) for label, look, _ in fresh if look.latency_ms is not None],
    )
    yield _gauge(
        "target_height",
        "Newest block of each node.",
        [(label, look.height) for label, look, _ in fresh if look.height is not None],
    )
    yield _gauge(
        "target_lag_blocks",
        "Blocks that each node is behind the highest node of its monitor.",
        [(label, top - look.height) for label, look, top in fresh if look.height is not None],
    )


def _top(seen: Sequence[Look]) -> int:
    return max((look.height for look in seen if look.height is not None), default=0)


def _telling(store: Store, now: datetime) -> Iterator[Metric]:
    depth = outbox.queue_depth(store)
    yield _gauge(
        "queue_deliveries",
        "Deliveries that are not settled, by channel.",
        [({"channel": channel}, total) for channel, (total, _) in sorted(depth.items())],
    )
    yield _gauge(
        "queue_oldest_age_seconds",
        "Age of the oldest delivery that is not settled, by channel.",
        [({"channel": channel}, _age(oldest, now)) for channel, (_, oldest) in sorted(depth.items()) if oldest],
    )
    yield from _pace(store, now)
    in_flight = (NoticeState.FANNING_OUT, NoticeState.SENDING)
    states = Counter(each.state for each in notices.notices(store, states=in_flight, limit=_MAX_NOTICES))
    yield _gauge(
        "notices_in_flight",
        "Notices that are not done, by state.",
        [({"state": state.value}, states[state]) for state in in_flight],
    )
    yield _gauge(
        "addresses_blocked",
        "Customers' addresses that get nothing more, by reason.",
        [({"reason": reason}, total) for reason, total in blocks.counts(store).items()],
    )
    followers = sorted(subscribers.counts(store).items())
    yield _gauge(
        "subscribers",
        "Who follows the page, by kind and state.",
        [({"kind": kind.value, "state": state.value}, total) for (kind, state), total in followers],
    )


def _handed_over(store: Store) -> Iterator[Metric]:
    """Counted as deliveries were settled; no ledger is read."""
    says = "Time from letting a notice go to the far side taking a delivery, by channel and lane."
    family = HistogramMetricFamily("forewarn_handover_seconds", says, labels=["channel", "lane"])
    for each in handovers.ever(store):
        ends = [*(str(float(end)) for end in STEPS_SECONDS), "+Inf"]
        family.add_metric(
            [each.channel, each.lane.value],
            list(zip(ends, (float(one) for one in accumulate(each.counts)), strict=True)),
            each.sum_ms / 1000,
        )
    yield family


def _alarms(store: Store) -> Iterator[Metric]:
    standing = Counter(each.concern.kind for each in alarms.standing(store))
    yield _gauge(
        "alarms", "Alarms that are not over, by kind.", [({"kind": each.value}, standing[each]) for each in AlarmKind]
    )


def _crm(store: Store, now: datetime) -> Iterator[Metric]:
    found = crm.standing(store)
    standing = [found] if found else []
    yield _gauge("crm_waiting", "About how many events wait for the crm.", [({}, each.waiting) for each in standing])
    yield _gauge(
        "crm_lag_seconds",
        "Age of the oldest event that the crm has not taken; 0 when it has all.",
        [({}, _age(each.oldest, now) if each.oldest else 0) for each in standing],
    )
    yield _gauge(
        "crm_failures", "Posts to the crm in a row that it did not take.", [({}, each.failures) for each in standing]
    )
    total = CounterMetricFamily("forewarn_crm_events", "Events for the crm, by what became of them.", labels=["result"])
    for each in standing:
        for result, count in (("taken", each.taken), ("refused", each.refused), ("dropped", each.dropped)):
            total.add_metric([result], count)
    yield total


def _pace(store: Store, now: datetime) -> Iterator[Metric]:
    """Far sides that slow us down: mail operators by name, everybody on a channel as ""."""
    slow = [
        (each, {"channel": each.channel, "operator": each.operator}) for each in throttles.all_throttles(store, now)
    ]
    yield _gauge(
        "throttle_rate_per_second",
        "What a far side takes since it asked us to slow down; absent while nothing is learned.",
        [(label, each.rate_per_second) for each, label in slow if each.rate_per_second is not None],
    )
    yield _gauge(
        "throttle_held_seconds",
        "How long nothing goes to a far side yet.",
        [(label, (each.held_until - now).total_seconds()) for each, label in slow if each.is_held(now)],
    )


def _running(store: Store, now: datetime) -> Iterator[Metric]:
    live = incidents.open_incidents(store)
    impacts = Counter(each.impact for each in live)
    yield _gauge(
        "incidents_open", "Open incidents, by impact.", [({"impact": each.value}, impacts[each]) for each in Impact]
    )
    yield _gauge("incident_drafts", "Drafts that wait for a person.", [({}, len(incidents.drafts(store)))])
    yield _gauge(
        "promises_overdue",
        "Open incidents whose promised next update is late.",
        [({}, sum(each.is_overdue(now) for each in live))],
    )
    yield _gauge(
        "customer_reports_last_hour",
        'Taps on "Affected?" of the last hour, by service.',
        [({"component": name}, taps) for name, taps in sorted(affected.last_hour(store, now).items())],
    )
    yield _gauge(
        "customer_reports_level",
        "What they amount to: 0 no more than usual, 1 possibly more, 2 more.",
        [({"component": each.component}, list(Level).index(each.level)) for each in affected.standings(store)],
    )
    yield _gauge("page_revision", "Counts changes of what the public sees.", [({}, meta.page_revision(store))])
    yield _gauge(
        "part_pulse_age_seconds",
        "Time since each part last said that it lives.",
        [({"part": part}, _age(at, now)) for part, at in sorted(meta.pulses(store).items())],
    )


def _age(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())
