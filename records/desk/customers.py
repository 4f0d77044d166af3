"""Deeds about customers: keep a record, look one up. Every look is audited."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from records.audience import is_tag
from records.customers import Contact, Customer, CustomerEntry
from records.desk.desk import Desk
from records.errors import Fault, Invalid
from records.notices import LedgerEntry
from records.people import Actor, Right
from records.quiet import is_preference
from records.store import customers, ledger
from records.store.people import audit
from records.zones import is_zone

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_REFERENCE = re.compile(r"[^\s\x00-\x1f]{1,200}")
#: Enough to keep injected headers and nonsense out; whether it exists only the mail server knows.
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\],;:\\\"/\x00-\x1f\x7f]{1,253}")
_CHANNELS = ("email", "inapp")


def check_customer(entry: CustomerEntry) -> None:
    """Raises Invalid with every fault, so that nothing half-good is kept."""
    faults = []
    if not _REFERENCE.fullmatch(entry.external_id):
        faults.append(Fault(path="/external_id", message="empty, too long, or with spaces in it"))
    if entry.email is not None and not is_email(entry.email):
        faults.append(Fault(path="/email", message="not an e-mail address", hint="one address, like ana@example.org"))
    if entry.language is not None and not _LANGUAGE.fullmatch(entry.language):
        faults.append(Fault(path="/language", message="not a language", hint="write one like fr or pt-BR"))
    if entry.time_zone is not None and not is_zone(entry.time_zone):
        faults.append(Fault(path="/time_zone", message="not a time zone", hint="write one like Europe/Bucharest"))
    if entry.region is not None and not is_tag(f"region:{entry.region}"):
        faults.append(Fault(path="/region", message="not a region", hint="write one like RO or US-NY"))
    if entry.quiet_hours is not None and not is_preference(entry.quiet_hours):
        hint = "write hours like 22:00-07:00, none, or usual"
        faults.append(Fault(path="/quiet_hours", message="not quiet hours", hint=hint))
    faults += [
        Fault(path=f"/tags/{index}", message="not a tag", hint="write one like holds:BTC")
        for index, tag in enumerate(entry.tags)
        if not is_tag(tag)
    ]
    faults += [
        Fault(path=f"/channels/{name}", message="there is no such channel", hint="use email or inapp")
        for name in entry.channels
        if name not in _CHANNELS
    ]
    if faults:
        raise Invalid(faults)


def is_email(text: str) -> bool:
    """Whether `text` is one address that can stand in a header without harm."""
    return _EMAIL.fullmatch(text) is not None and ".." not in text.partition("@")[2]


def put_customer(desk: Desk, entry: CustomerEntry, actor: Actor, now: datetime) -> bool:
    """Add a customer or make the record match. False when nothing changed. Raises Invalid."""
    check_customer(entry)
    with desk.store.tx():
        changed = customers.put(desk.store, _tidied(entry), default_language=desk.default_language, now=now)
        if changed:
            audit(desk.store, actor.name, "customer.put", f"customer:{entry.external_id}", now)
    return changed


def put_customers(desk: Desk, entries: list[CustomerEntry], actor: Actor, now: datetime) -> int:
    """Add or match a bundle of checked customers in one transaction; returns how many changed."""
    with desk.store.tx():
        changed = customers.put_all(
            desk.store, [_tidied(entry) for entry in entries], default_language=desk.default_language, now=now
        )
        if changed:
            audit(desk.store, actor.name, "customer.import", "customers", now, rows=len(entries), changed=changed)
    return changed


def _tidied(entry: CustomerEntry) -> CustomerEntry:
    return replace(entry, email=None if entry.email is None else entry.email.strip().lower())


@dataclass(frozen=True, kw_only=True)
class CustomerRecord:
    """All we know of one customer, and all they were told."""

    customer: Customer
    #: Empty for whoever may not see contact data.
    contacts: tuple[Contact, ...]
    ledger: tuple[LedgerEntry, ...]


def look_up(desk: Desk, ref: str, actor: Actor, now: datetime, *, reason: str) -> CustomerRecord:
    """One customer's record; the look and its reason are kept for good. Raises NotFound, Invalid without a reason."""
    if not reason.strip():
        raise Invalid(Fault(path="/reason", message="say why you look at this customer's record"))
    found = customers.customer(desk.store, ref)
    audit(desk.store, actor.name, "customer.look", f"customer:{ref}", now, reason=reason)
    may_see_contacts = actor.may(Right.READ_CONTACTS)
    return CustomerRecord(
        customer=found,
        contacts=tuple(customers.contacts(desk.store, found.id)) if may_see_contacts else (),
        ledger=tuple(ledger.of_customer(desk.store, found.id)),
    )
