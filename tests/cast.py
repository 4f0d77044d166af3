"""The recurring cast: Acme Wallet, what its customers use, a few of them who differ, and what monitors conclude."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from records.components import Cause, Component, Direction, Status
from records.customers import CustomerEntry
from records.desk import configuration, inheritance, judgement
from records.desk.customers import put_customers
from records.desk.desk import Desk
from records.desk.incidents import IncidentEntry
from records.desk.maintenance import MaintenanceEntry
from records.incidents import Stage
from records.notices import Delivery, Notice, NoticeState, Outcome
from records.people import COMMAND_LINE, Actor, Role
from records.store import customers, fanout, notices, outbox
from records.store.engine import Store
from records.verdicts import Verdict, VerdictKind

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ANA = Actor(name="user:ana", role=Role.OPS)
BEN = Actor(name="user:ben", role=Role.OPS)
SAM = Actor(name="user:sam", role=Role.SUPPORT)


def a_component(component_id: str, name: str, **changes: Any) -> Component:
    """A component as the configuration describes it."""
    plain = Component(
        id=component_id,
        public_id=(component_id.replace("-", "") + "000000000000")[:12],
        name={"en": name},
        description={},
        group_id=None,
        is_group=False,
        chain=None,
        asset=None,
        direction=None,
        depends_on=(),
        audience=None,
        auto_publish=False,
        position=0,
        status=Status.OPERATIONAL,
        status_since=NOW,
        signal=None,
        signal_at=None,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(plain, **changes)


def _money(component_id: str, name: str, chain: str, asset: str, direction: Direction, **changes: Any) -> Component:
    return a_component(component_id, name, chain=chain, asset=asset, direction=direction, **changes)


def acme_components(*, auto_publish: bool = False) -> list[Component]:
    """What Acme Wallet shows on its page, in page order."""
    found = [
        a_component("bitcoin", "Bitcoin", is_group=True),
        _money("btc-deposits", "Bitcoin deposits", "bitcoin", "BTC", Direction.DEPOSITS, group_id="bitcoin"),
        _money("btc-withdrawals", "Bitcoin withdrawals", "bitcoin", "BTC", Direction.WITHDRAWALS, group_id="bitcoin"),
        _money("eth-deposits", "Ethereum deposits", "ethereum", "ETH", Direction.DEPOSITS),
        _money("eth-withdrawals", "Ethereum withdrawals", "ethereum", "ETH", Direction.WITHDRAWALS),
        a_component("trading", "Trading", direction=Direction.TRADING, audience="product:trading"),
        a_component("website", "Website"),
    ]
    return [replace(each, position=place, auto_publish=auto_publish) for place, each in enumerate(found)]


MONITORS = [
    configuration.MonitorEntry(id="chain:bitcoin", kind="bitcoin", every=10 * SECOND, chain="bitcoin"),
    configuration.MonitorEntry(id="chain:ethereum", kind="evm", every=5 * SECOND, chain="ethereum"),
    configuration.MonitorEntry(id="website", kind="http", every=30 * SECOND, component_id="website"),
]

#: ada and bruno can be reached everywhere; carmen has no address; dmitri declined e-mail; elif declined everything;
#: fay's address bounces; gus holds nothing.
CUSTOMERS = (
    CustomerEntry(external_id="ada", email="ada@mail.example", language="en", tags=("holds:BTC",)),
    CustomerEntry(external_id="bruno", email="bruno@mail.example", language="fr", tags=("holds:ETH",)),
    CustomerEntry(external_id="carmen", language="ro", region="RO", tags=("holds:BTC", "holds:ETH")),
    CustomerEntry(
        external_id="dmitri",
        email="dmitri@mail.example",
        tags=("holds:BTC", "product:trading"),
        channels={"email": False},
    ),
    CustomerEntry(
        external_id="elif",
        email="elif@mail.example",
        tags=("holds:ETH", "pending:ethereum"),
        channels={"email": False, "inapp": False},
    ),
    CustomerEntry(external_id="fay", email="fay@mail.example", language="fr", tags=("holds:BTC", "network:bitcoin")),
    CustomerEntry(external_id="gus", email="gus@mail.example", region="US-NY", tags=("product:card",)),
)


def acme(store: Store, *, auto_publish: bool = False, watched: bool = False, **changes: Any) -> Desk:
    """Acme's desk: components and customers are there; with `watched` the monitors too, and they have seen all well."""
    desk = Desk(store=store, social_accounts=("acme",), **changes)
    components = acme_components(auto_publish=auto_publish)
    configuration.configure(desk, components, MONITORS if watched else [], COMMAND_LINE, NOW - DAY)
    put_customers(desk, list(CUSTOMERS), COMMAND_LINE, NOW - DAY)
    customers.block_contact(store, number_of(store, "fay"), "email", "bounced")
    if watched:
        for monitor in MONITORS:
            judgement.take_verdict(desk, clear(monitor.id, at=NOW - HOUR), describe, NOW - HOUR)
    return desk


def number_of(store: Store, ref: str) -> int:
    """Our number of a customer."""
    return customers.customer(store, ref).id


def names(store: Store, numbers: Sequence[int]) -> list[str]:
    """The wallet's references, sorted."""
    return sorted(customers.customer_by_number(store, number).external_id for number in numbers)


def an_incident(**changes: Any) -> IncidentEntry:
    """Bitcoin withdrawals do not leave."""
    plain = IncidentEntry(
        name={"en": "Bitcoin withdrawals are delayed"},
        body={"en": "Withdrawals you request now wait their turn."},
        statuses={"btc-withdrawals": Status.PARTIAL_OUTAGE},
    )
    return replace(plain, **changes)


def a_window(**changes: Any) -> MaintenanceEntry:
    """Bitcoin is upgraded in four days, for two hours."""
    plain = MaintenanceEntry(
        name={"en": "Bitcoin node upgrade"},
        body={"en": "Bitcoin deposits and withdrawals pause."},
        scheduled_for=NOW + 4 * DAY,
        scheduled_until=NOW + 4 * DAY + 2 * HOUR,
        component_ids=("btc-deposits", "btc-withdrawals"),
    )
    return replace(plain, **changes)


def a_verdict(
    kind: VerdictKind = VerdictKind.NETWORK_HALT,
    *,
    monitor: str = "chain:bitcoin",
    deposits: Status = Status.DEGRADED,
    withdrawals: Status = Status.DEGRADED,
    at: datetime = NOW,
    corroborated: bool = True,
    **changes: Any,
) -> Verdict:
    """What a monitor concludes; a service's one state is that of `deposits`."""
    chain = monitor.removeprefix("chain:") if monitor.startswith("chain:") else None
    both: dict[Direction | None, Status] = {Direction.DEPOSITS: deposits, Direction.WITHDRAWALS: withdrawals}
    plain = Verdict(
        monitor=monitor,
        kind=kind,
        since=at,
        at=at,
        chain=chain,
        component=None if chain else monitor,
        statuses=both if chain else {None: deposits},
        corroborated=corroborated,
        cause=Cause.LEDGER if chain else Cause.OPERATIONAL,
        reasoning="3 of 3 own nodes stand still",
    )
    return replace(plain, **changes)


def clear(monitor: str = "chain:bitcoin", *, at: datetime = NOW) -> Verdict:
    """All is well."""
    fine = Status.OPERATIONAL
    return a_verdict(VerdictKind.OPERATIONAL, monitor=monitor, deposits=fine, withdrawals=fine, at=at)


def describe(verdict: Verdict, affected: Sequence[Component], stage: Stage) -> inheritance.AutoWords:
    """The plainest words for a verdict."""
    things = ", ".join(each.id for each in affected)
    return inheritance.AutoWords(
        name={"en": f"{verdict.kind} at {things}"}, body={"en": f"{stage}: {verdict.kind} at {things}"}
    )


def the_notice(store: Store, subject_id: str) -> Notice:
    """The newest notice about an incident or window."""
    return notices.notices(store, subject_id=subject_id)[0]


def fan_out(store: Store, now: datetime = NOW, *, chunk: int = 100) -> None:
    """Queue every customer of every decided notice, as the notifier does."""
    for notice in fanout.unfinished_fanouts(store):
        while fanout.fan_out_chunk(store, notice, now, chunk=chunk):
            pass


def deliver(
    store: Store,
    now: datetime = NOW,
    *,
    channels: Sequence[str] = ("email", "inapp", "social:acme"),
    outcome: Outcome = Outcome.ACCEPTED,
) -> list[Delivery]:
    """Send whatever is due, as the notifier does; everything ends with `outcome`."""
    sent = []
    for channel in channels:
        while claimed := outbox.claim(store, channel, now, lease=MINUTE, limit=outbox.MAX_MARKS):
            for notice_id, language in {(each.notice_id, each.language) for each in claimed}:
                notices.keep_texts(store, notice_id, 1, [words(language)], now)
            outbox.mark(store, [done(delivery, outcome) for delivery in claimed], now)
            sent += claimed
    outbox.finish_notices(store)
    return sent


def words(language: str) -> notices.Text:
    """Some words in a language, frozen."""
    content = f"Withdrawals wait their turn ({language})"
    digest = hashlib.sha256(content.encode()).hexdigest()
    return notices.Text(language=language, form="short", content=content, sha256=digest)


def done(delivery: Delivery, outcome: Outcome = Outcome.ACCEPTED) -> outbox.Mark:
    """It was tried once, and ended so."""
    answered = outbox.Attempt(phase="answered", code="250", took_ms=3.5)
    return outbox.Mark(delivery=delivery, outcome=outcome, sha256="ab" * 32, attempt=answered)


def put_off(delivery: Delivery, due_at: datetime) -> outbox.Mark:
    """It was tried once, and shall be tried again."""
    refused = outbox.Attempt(phase="connect", code="451 4.7.1")
    return outbox.Mark(delivery=delivery, outcome=None, due_at=due_at, attempt=refused)


def told(store: Store, subject_id: str) -> list[list[str]]:
    """Whom each notice about an incident or window was for, oldest first; only notices that are fanned out."""
    found = notices.notices(store, subject_id=subject_id, states=(NoticeState.SENDING, NoticeState.DONE))
    return [_members(store, notice) for notice in reversed(found)]


def _members(store: Store, notice: Notice) -> list[str]:
    rows = store.rows("SELECT customer_id FROM audience_members WHERE notice_id = :id", id=notice.id)
    return names(store, [row["customer_id"] for row in rows])
