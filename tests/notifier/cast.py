"""The recurring cast of the notifier's tests: one company, its facts of an incident and of a window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.message import House
from records.customers import CustomerEntry
from records.notices import Category, Lane, Notice, NoticeKind, NoticeState
from records.store import customers, fanout, notices
from records.store.engine import Store

NOW = datetime(2026, 11, 22, 13, 10, tzinfo=UTC)

HOUSE = House(
    name="Acme Wallet",
    url="https://status.acme.example",
    official_domains=("acme.example",),
    sender="status@acme.example",
    reply_to="help@acme.example",
    contact_email="help@acme.example",
    contact_phone="+1 555 0100",
    contact_hours={"en": "Monday to Friday 09:00–17:00 in New York", "fr": "du lundi au vendredi de 9 h à 17 h"},
    postal_address={"en": "Acme Wallet Ltd\n1 Harbour Road, Dublin"},
    time_zone="Europe/Bucharest",
)

INCIDENT: dict[str, Any] = {
    "id": "inc00000000a",
    "ref": "INC-42",
    "kind": "incident",
    "name": {
        "en": "Bitcoin withdrawals are delayed",
        "fr": "Les retraits Bitcoin sont retardés",
        "ro": "Retragerile Bitcoin întârzie",
    },
    "stage": "investigating",
    "impact": "major",
    "cause": "third_party",
    "body": {
        "en": "The Bitcoin network is unusually busy. Withdrawals you request now are accepted and wait their turn.",
        "fr": "Le réseau Bitcoin est très chargé. Les retraits demandés sont acceptés et attendent leur tour.",
        "ro": "Rețeaua Bitcoin este foarte aglomerată. Retragerile cerute acum sunt acceptate și își așteaptă rândul.",
    },
    "still_works": {"en": "Bitcoin deposits, trading", "fr": "Les dépôts, les échanges", "ro": "Depunerile"},
    "funds": {"en": "Balances are correct.", "fr": "Les soldes sont justes.", "ro": "Soldurile sunt corecte."},
    "what_to_do": {
        "en": "Nothing. Please do not request the same withdrawal again.",
        "fr": "Rien. Merci de ne pas redemander le même retrait.",
        "ro": "Nimic. Nu cere din nou aceeași retragere.",
    },
    "components": [{"id": "btc-out", "name": {"en": "Bitcoin withdrawals"}, "status": "partial_outage"}],
    "started_at": "2026-11-22T13:05:00.000Z",
    "resolved_at": None,
    "next_update_at": "2026-11-22T14:30:00.000Z",
    "update_number": 1,
}

WINDOW: dict[str, Any] = {
    "id": "mnt00000000a",
    "ref": "MNT-7",
    "kind": "upgrade",
    "name": {"en": "Ethereum upgrade", "fr": "Mise à niveau d’Ethereum", "ro": "Actualizarea Ethereum"},
    "state": "scheduled",
    "body": {"en": "Ethereum pauses.", "fr": "Ethereum fait une pause.", "ro": "Ethereum face o pauză."},
    "still_works": {"en": "All other networks.", "fr": "Tous les autres réseaux.", "ro": "Toate celelalte rețele."},
    "what_to_do": {"en": "Nothing.", "fr": "Rien.", "ro": "Nimic."},
    "components": [{"id": "eth", "name": {"en": "Ethereum"}}],
    "scheduled_for": "2026-11-29T22:00:00.000Z",
    "scheduled_until": "2026-11-29T23:30:00.000Z",
    "time_zone": "Europe/Bucharest",
    "started_at": None,
    "completed_at": None,
    "at_block": {"chain": "ethereum", "height": 21_000_000},
}


def a_notice(kind: NoticeKind = NoticeKind.INCIDENT_OPENED, **changes: Any) -> Notice:
    """A notice of this kind about the incident or the window of the cast."""
    facts = INCIDENT if kind.value.startswith("incident") else WINDOW
    plain = Notice(
        id="notice000001",
        version=1,
        kind=kind,
        subject_kind=kind.value.split("_")[0],
        subject_id=facts["id"],
        category=Category.MANDATORY_SERVICE,
        lane=Lane.URGENT,
        state=NoticeState.FANNING_OUT,
        audience_rule="everyone",
        channels=("email",),
        facts=facts,
        verify_code="7Q4KM-W9RTA",
        created_at=NOW,
        created_by="ana",
        useful_until=NOW + timedelta(hours=72),
        audience_count=0,
        fanned_out_at=None,
    )
    return replace(plain, **changes)


def add_customers(store: Store, count: int, now: datetime, *, languages: tuple[str, ...] = ("en",)) -> None:
    """`count` customers with an address each, taking turns at the languages."""
    with store.tx():
        for number in range(count):
            entry = CustomerEntry(
                external_id=f"c-{number}",
                email=f"c{number}@customer.example",
                language=languages[number % len(languages)],
            )
            customers.put(store, entry, default_language="en", now=now)


def queue(store: Store, notice: Notice, now: datetime) -> Notice:
    """Decide a notice, as a deed does: kept, its fan-out begun, others woken."""
    with store.tx():
        notices.add(store, notice)
        fanout.start_fanout(store, notice, now)
        store.wake()
    return notice
