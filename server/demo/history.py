"""The demo's past: ninety days of incidents and windows, written by the same deeds as any, with earlier times."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.components import Cause, Status, Words
from records.desk import maintenance
from records.desk.configuration import configure
from records.desk.desk import Desk
from records.desk.incidents import IncidentEntry, UpdateEntry, open_incident, update_incident
from records.desk.maintenance import MaintenanceEntry
from records.incidents import Stage
from records.maintenance import Kind
from records.people import CLOCK, Actor, Role
from server.config import Settings
from server.config.rows import component_rows

DAYS = 90
_OPS = Actor(name="user:ops", role=Role.OPS)

_FOUND: Words = {
    "en": "We found the cause and are working on it. Balances are correct and your money is safe.",
    "fr": "Nous avons trouvé la cause et y travaillons. Les soldes sont exacts et votre argent est en sécurité.",
    "ro": "Am găsit cauza și lucrăm la ea. Soldurile sunt corecte, iar banii dumneavoastră sunt în siguranță.",
}
_OVER: Words = {
    "en": "Everything works again. You do not need to do anything.",
    "fr": "Tout fonctionne à nouveau. Vous n'avez rien à faire.",
    "ro": "Totul funcționează din nou. Nu trebuie să faceți nimic.",
}


@dataclass(frozen=True, kw_only=True)
class _Trouble:
    """One incident of the past."""

    days_ago: int
    #: Hour of the day in UTC.
    hour: int
    minutes: int
    statuses: dict[str, Status]
    cause: Cause
    name: Words
    body: Words


@dataclass(frozen=True, kw_only=True)
class _Window:
    """One planned event of the past."""

    days_ago: int
    hour: int
    minutes: int
    component_ids: tuple[str, ...]
    kind: Kind
    name: Words
    body: Words


_TROUBLES = (
    _Trouble(
        days_ago=81,
        hour=7,
        minutes=52,
        statuses={"ltc-deposits": Status.DEGRADED, "ltc-withdrawals": Status.MAJOR_OUTAGE},
        cause=Cause.OPERATIONAL,
        name={
            "en": "Litecoin withdrawals stopped",
            "fr": "Retraits Litecoin à l'arrêt",
            "ro": "Retragerile Litecoin s-au oprit",
        },
        body={
            "en": "Litecoin withdrawals do not leave. Deposits arrive late. All other networks work.",
            "fr": "Les retraits Litecoin ne partent pas. Les dépôts arrivent en retard. Le reste fonctionne.",
            "ro": "Retragerile Litecoin nu pleacă. Depunerile ajung cu întârziere. Celelalte rețele funcționează.",
        },
    ),
    _Trouble(
        days_ago=66,
        hour=9,
        minutes=105,
        statuses={"pol-deposits": Status.DEGRADED},
        cause=Cause.LEDGER,
        name={
            "en": "Polygon deposits are credited late",
            "fr": "Dépôts Polygon crédités en retard",
            "ro": "Depunerile Polygon sunt creditate cu întârziere",
        },
        body={
            "en": "Polygon makes blocks, but they become final late. Deposits take longer; withdrawals work.",
            "fr": "Polygon produit des blocs, mais ils deviennent définitifs en retard. Les retraits fonctionnent.",
            "ro": "Polygon produce blocuri, dar devin finale cu întârziere. Retragerile funcționează.",
        },
    ),
    _Trouble(
        days_ago=43,
        hour=16,
        minutes=38,
        statuses={"cards": Status.PARTIAL_OUTAGE},
        cause=Cause.THIRD_PARTY,
        name={
            "en": "Some card payments are declined",
            "fr": "Certains paiements par carte sont refusés",
            "ro": "Unele plăți cu cardul sunt refuzate",
        },
        body={
            "en": "About one card payment in four is declined. Online payments and cash withdrawals work.",
            "fr": "Environ un paiement par carte sur quatre est refusé. Les achats en ligne fonctionnent.",
            "ro": "Cam una din patru plăți cu cardul este refuzată. Plățile online funcționează.",
        },
    ),
    _Trouble(
        days_ago=27,
        hour=13,
        minutes=174,
        statuses={"btc-withdrawals": Status.DEGRADED},
        cause=Cause.LEDGER,
        name={
            "en": "Bitcoin withdrawals are delayed",
            "fr": "Retraits Bitcoin retardés",
            "ro": "Retragerile Bitcoin întârzie",
        },
        body={
            "en": "The Bitcoin network is unusually busy. Withdrawals are accepted and wait their turn.",
            "fr": "Le réseau Bitcoin est très chargé. Les retraits sont acceptés et attendent leur tour.",
            "ro": "Rețeaua Bitcoin este foarte aglomerată. Retragerile sunt acceptate și își așteaptă rândul.",
        },
    ),
    _Trouble(
        days_ago=12,
        hour=5,
        minutes=21,
        statuses={"sign-in": Status.MAJOR_OUTAGE, "website": Status.DEGRADED},
        cause=Cause.OPERATIONAL,
        name={"en": "Sign-in does not work", "fr": "Connexion impossible", "ro": "Autentificarea nu funcționează"},
        body={
            "en": "Nobody can sign in at the moment. Cards work; withdrawals under way continue.",
            "fr": "La connexion est impossible pour l'instant. Les cartes fonctionnent.",
            "ro": "Momentan nimeni nu se poate autentifica. Cardurile funcționează.",
        },
    ),
    _Trouble(
        days_ago=5,
        hour=11,
        minutes=44,
        statuses={"eth-deposits": Status.DEGRADED},
        cause=Cause.OPERATIONAL,
        name={
            "en": "Ethereum deposits are credited late",
            "fr": "Dépôts Ethereum crédités en retard",
            "ro": "Depunerile Ethereum sunt creditate cu întârziere",
        },
        body={
            "en": "Deposits of ETH and tokens on Ethereum arrive late. Withdrawals and trading work.",
            "fr": "Les dépôts ETH et de jetons Ethereum arrivent en retard. Retraits et échanges fonctionnent.",
            "ro": "Depunerile ETH și de tokenuri Ethereum întârzie. Retragerile și tranzacționarea funcționează.",
        },
    ),
)
_WINDOWS = (
    _Window(
        days_ago=54,
        hour=3,
        minutes=90,
        component_ids=("trading", "website"),
        kind=Kind.MAINTENANCE,
        name={
            "en": "Maintenance of our trading system",
            "fr": "Maintenance de notre système d'échange",
            "ro": "Mentenanța sistemului de tranzacționare",
        },
        body={
            "en": "Trading and the app are paused while we move to a larger database.",
            "fr": "Les échanges et l'application sont suspendus pendant le passage à une base plus grande.",
            "ro": "Tranzacționarea și aplicația sunt oprite cât trecem la o bază de date mai mare.",
        },
    ),
    _Window(
        days_ago=19,
        hour=14,
        minutes=75,
        component_ids=("eth-deposits", "eth-withdrawals"),
        kind=Kind.UPGRADE,
        name={
            "en": "Ethereum network upgrade",
            "fr": "Mise à niveau du réseau Ethereum",
            "ro": "Actualizarea rețelei Ethereum",
        },
        body={
            "en": "Ethereum deposits and withdrawals are paused while the network upgrades. Trading continues.",
            "fr": "Dépôts et retraits Ethereum sont suspendus pendant la mise à niveau. Les échanges continuent.",
            "ro": "Depunerile și retragerile Ethereum sunt oprite în timpul actualizării. Tranzacționarea continuă.",
        },
    ),
)
_COMING_NAME: Words = {
    "en": "Polygon network upgrade",
    "fr": "Mise à niveau du réseau Polygon",
    "ro": "Actualizarea rețelei Polygon",
}
_COMING_BODY: Words = {
    "en": "Polygon deposits and withdrawals are paused while the network upgrades. Trading continues.",
    "fr": "Dépôts et retraits Polygon sont suspendus pendant la mise à niveau. Les échanges continuent.",
    "ro": "Depunerile și retragerile Polygon sunt oprite în timpul actualizării. Tranzacționarea continuă.",
}


def live_through(desk: Desk, settings: Settings, now: datetime) -> None:
    """Ninety days until `now`, event by event in the order in which they happened. Nobody is told of any."""
    begin = now - timedelta(days=DAYS)
    configure(desk, component_rows(settings, begin), (), CLOCK, begin)
    for _, happen in sorted(_events(desk, now), key=lambda event: event[0]):
        happen()


_Event = tuple[datetime, Callable[[], None]]


def _events(desk: Desk, now: datetime) -> list[_Event]:
    return [_trouble(desk, each, now) for each in _TROUBLES] + [_window(desk, each, now) for each in _WINDOWS]


def _at(now: datetime, days_ago: int, hour: int) -> datetime:
    return (now - timedelta(days=days_ago)).replace(hour=hour, minute=8, second=0, microsecond=0)


def _trouble(desk: Desk, past: _Trouble, now: datetime) -> _Event:
    begun = _at(now, past.days_ago, past.hour)
    found, over = begun + timedelta(minutes=past.minutes / 3), begun + timedelta(minutes=past.minutes)

    def happen() -> None:
        entry = IncidentEntry(
            name=past.name, body=past.body, statuses=past.statuses, cause=past.cause, channels=(), started_at=begun
        )
        incident = open_incident(desk, entry, _OPS, begun)
        update_incident(desk, incident.id, UpdateEntry(stage=Stage.IDENTIFIED, body=_FOUND), _OPS, found)
        update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body=_OVER), _OPS, over)

    return begun, happen


def _window(desk: Desk, past: _Window, now: datetime) -> _Event:
    begun = _at(now, past.days_ago, past.hour)

    def happen() -> None:
        entry = MaintenanceEntry(
            name=past.name,
            body=past.body,
            scheduled_for=begun,
            scheduled_until=begun + timedelta(minutes=past.minutes),
            component_ids=past.component_ids,
            kind=past.kind,
            channels=(),
            reminders=(),
        )
        event = maintenance.announce(desk, entry, _OPS, begun - timedelta(days=8))
        maintenance.start(desk, event.id, CLOCK, begun)
        maintenance.complete(desk, event.id, CLOCK, begun + timedelta(minutes=past.minutes))

    return begun, happen


def announce_what_comes(desk: Desk, now: datetime) -> None:
    """One network upgrade, announced in time to whom it affects."""
    begins = (now + timedelta(days=8)).replace(hour=14, minute=0, second=0, microsecond=0)
    entry = MaintenanceEntry(
        name=_COMING_NAME,
        body=_COMING_BODY,
        scheduled_for=begins,
        scheduled_until=begins + timedelta(minutes=90),
        component_ids=("pol-deposits", "pol-withdrawals"),
        kind=Kind.UPGRADE,
        time_zone="Europe/Bucharest",
    )
    maintenance.announce(desk, entry, _OPS, now)
