"""A small company with four networks, as the page's tests need it: calm, in trouble, silent or new."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from records.components import Cause, Component, Direction, Status
from records.desk.desk import Desk
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.desk.maintenance import MaintenanceEntry, announce, start
from records.desk.states import recompute
from records.hours import OpeningHours
from records.incidents import Incident, Stage
from records.maintenance import Kind, Maintenance
from records.people import Actor, Role
from records.store import components, meta, monitors
from records.store.engine import Store
from records.verdicts import Verdict, VerdictKind
from statuspage.page import Contact, Page

NOW = datetime(2026, 11, 22, 14, 2, 20, tzinfo=UTC)
ANA = Actor(name="user:ana", role=Role.OPS)
PAGE = Page(
    name="Acme Wallet",
    url="https://status.acme.example",
    languages=("en", "fr", "ro", "ar"),
    official_domains=("acme.example", "acmewallet.example"),
    official_accounts=("@acmewallet on X", "@acme@social.example"),
    contact=Contact(
        email="help@acme.example",
        phone="+1 555 0100",
        hours={"en": "Chat and phone 09:00–20:00 New York, every day"},
        open=OpeningHours(
            zone="America/New_York", week=(((540, 1200),),) * 7, holidays=frozenset({date(2026, 11, 26)})
        ),
        address={"en": "1 Example Street, New York"},
    ),
    confirmations={"bitcoin": 3, "ethereum": 12, "solana": 32, "litecoin": 6},
)

_NETWORKS = (("bitcoin", "BTC"), ("ethereum", "ETH"), ("solana", "SOL"), ("litecoin", "LTC"))
_ARABIC = {"deposits": "إيداعات", "withdrawals": "سحوبات"}


def component(key: str, position: int, **changes: object) -> Component:
    plain = Component(
        id=key,
        public_id=f"{key.replace('-', ''):0<12}"[:12],
        name={"en": key.replace("-", " ").capitalize()},
        description={},
        group_id=None,
        is_group=False,
        chain=None,
        asset=None,
        direction=None,
        depends_on=(),
        audience=None,
        auto_publish=False,
        position=position,
        status=Status.OPERATIONAL,
        status_since=NOW,
        signal=None,
        signal_at=None,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # tests name fields as they are


def all_components() -> list[Component]:
    rows = [component("networks", 0, is_group=True, name={"en": "Networks"})]
    for chain, asset in _NETWORKS:
        for direction in (Direction.DEPOSITS, Direction.WITHDRAWALS):
            words = {
                "en": f"{chain.capitalize()} {direction.value}",
                "ar": f"{_ARABIC[direction.value]} {chain.capitalize()}",
            }
            key = f"{asset.lower()}-{direction.value}"
            rows.append(
                component(
                    key, len(rows), name=words, chain=chain, asset=asset, direction=direction, group_id="networks"
                )
            )
    rows.append(component("trading", len(rows), description={"en": "orders, quotes, balances"}))
    words = {"en": "App and website", "fr": "Application et site", "ar": "التطبيق والموقع"}
    rows.append(component("app", len(rows), name=words, description={"en": "sign-in, portfolio, cards"}))
    return rows


def desk(store: Store) -> Desk:
    return Desk(store=store, channels=("email", "inapp"))


def build(store: Store, began: datetime = NOW - timedelta(days=120)) -> None:
    """The company on a calm day, with three months behind it."""
    for entry in all_components():
        components.put(store, entry, began)
    past = {
        "btc-deposits": [(77, Status.PARTIAL_OUTAGE, 40)],
        "btc-withdrawals": [(42, Status.UNDER_MAINTENANCE, 90)],
        "eth-withdrawals": [(26, Status.DEGRADED, 44)],
        "sol-deposits": [(84, Status.MAJOR_OUTAGE, 300), (83, Status.PARTIAL_OUTAGE, 60), (18, Status.UNKNOWN, 90)],
        "ltc-deposits": [(56, Status.DEGRADED, 30)],
        "trading": [(69, Status.DEGRADED, 12)],
    }
    for name, troubles in past.items():
        for days, status, minutes in troubles:
            then = NOW - timedelta(days=days)
            components.set_status(store, name, status, then)
            components.set_status(store, name, Status.OPERATIONAL, then + timedelta(minutes=minutes))
    for chain, _ in _NETWORKS:
        look(store, chain)
    meta.beat(store, "monitors", "test", NOW)


def look(
    store: Store,
    chain: str,
    *,
    at: datetime = NOW - timedelta(seconds=20),
    kind: VerdictKind = VerdictKind.OPERATIONAL,
    signal: Status = Status.OPERATIONAL,
    facts: dict[str, object] | None = None,
) -> None:
    """What the chain's monitor last saw, for both ways of the chain."""
    name = f"chain:{chain}"
    usual = {"bitcoin": 600, "ethereum": 12, "solana": 0.4, "litecoin": 150}[chain]
    age = {"bitcoin": 360, "ethereum": 8, "solana": 1, "litecoin": 260}[chain]
    monitors.put_monitor(store, name, kind="chain", chain=chain, component_id=None, every_ms=10_000)
    seen = {"height": 870_000, "last_block_at": (NOW - timedelta(seconds=age)).isoformat(), "usual_seconds": usual}
    verdict = Verdict(
        monitor=name,
        kind=kind,
        since=NOW - timedelta(hours=5),
        at=at,
        chain=chain,
        component=None,
        statuses={},
        corroborated=True,
        cause=Cause.OPERATIONAL,
        reasoning="node btc-1 at 10.0.0.7 said so",
        facts={**seen, "fee_ratio": 2.4 if chain == "bitcoin" else 1.0, **(facts or {})},
    )
    is_blind = kind in (VerdictKind.MONITORING_DEGRADED, VerdictKind.BLIND)
    monitors.keep_round(store, name, verdict, "{}", seen_at=at)
    with store.tx():
        for each in components.all_components(store):
            if each.chain == chain:
                components.set_signal(store, each.id, name, Status.UNKNOWN if is_blind else signal, at)
        recompute(store, at)


def delay_bitcoin(store: Store, *, at: datetime = NOW - timedelta(minutes=57)) -> Incident:
    """The incident of the mock-up, identified, with an earlier update."""
    entry = IncidentEntry(
        name={
            "en": "Bitcoin withdrawals are delayed",
            "fr": "Les retraits Bitcoin sont retardés",
            "ar": "سحوبات Bitcoin متأخرة",
        },
        body={"en": "Bitcoin withdrawals leave later than usual. We are looking for the cause."},
        statuses={"btc-withdrawals": Status.DEGRADED},
        still_works={"en": "Bitcoin deposits, trading, all other networks"},
        funds={"en": "Balances are correct. Waiting withdrawals are reserved for you."},
        what_to_do={"en": "Nothing. Please do not request the same withdrawal again."},
    )
    opened = open_incident(desk(store), entry, ANA, at)
    more = UpdateEntry(
        stage=Stage.IDENTIFIED,
        body={
            "en": "The Bitcoin network is unusually busy and fees rose to more than twice their usual level. "
            "Withdrawals you request now are accepted and wait their turn; most leave within two hours. "
            "We are raising the fee we pay, at our cost."
        },
        next_update_at=NOW + timedelta(minutes=28),
    )
    return update_incident(desk(store), opened.id, more, ANA, at + timedelta(minutes=10))


def past_incident(store: Store, name: str, *, days: int, minutes: int) -> Incident:
    began = NOW - timedelta(days=days)
    entry = IncidentEntry(
        name={"en": name}, body={"en": "We are looking into it."}, statuses={"trading": Status.PARTIAL_OUTAGE}
    )
    opened = open_incident(desk(store), entry, ANA, began)
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It works again."}, statuses={"trading": Status.OPERATIONAL})
    return update_incident(desk(store), opened.id, over, ANA, began + timedelta(minutes=minutes))


def upgrade_solana(store: Store, *, is_running: bool = True) -> Maintenance:
    begins = NOW - timedelta(minutes=22) if is_running else NOW + timedelta(days=2)
    entry = MaintenanceEntry(
        name={"en": "Solana network upgrade", "ar": "ترقية شبكة Solana"},
        body={
            "en": "Deposits and withdrawals of SOL and Solana tokens are paused while we upgrade our nodes. Trading "
            "continues. Deposits sent meanwhile are credited afterwards; you do not need to do anything."
        },
        scheduled_for=begins,
        scheduled_until=begins + timedelta(minutes=90),
        component_ids=("sol-deposits", "sol-withdrawals"),
        kind=Kind.UPGRADE,
        time_zone="Europe/Bucharest",
        still_works={"en": "Trading and all other networks"},
    )
    event = announce(desk(store), entry, ANA, NOW - timedelta(days=8))
    return start(desk(store), event.id, ANA, begins) if is_running else event


def lose_litecoin(store: Store) -> None:
    look(store, "litecoin", at=NOW - timedelta(minutes=4), kind=VerdictKind.MONITORING_DEGRADED)


def mockup(store: Store) -> None:
    """The day of the mock-up: one delay, one upgrade, one silent network."""
    build(store)
    past_incident(store, "Card payments declined in the EU", days=2, minutes=18)
    past_incident(store, "Ethereum deposits credited late", days=8, minutes=44)
    upgrade_solana(store)
    upgrade_solana(store, is_running=False)
    delay_bitcoin(store)
    lose_litecoin(store)
