"""Deeds about subscribers: ask, confirm, change, end, quarantine, lift. The audit log knows numbers only."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from records.desk.customers import is_email
from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid, NotFound
from records.letters import PAUSED_USEFUL_FOR, LetterKind
from records.notices import Reason
from records.people import Actor
from records.quiet import read_hours
from records.store import components, latecomers, letters, receivers, subscriber_fanout, subscribers
from records.store.people import audit
from records.subscribers import (
    CONFIRM_WITHIN,
    Basis,
    Subscriber,
    SubscriberEntry,
    SubscriberKind,
    SubscriberState,
)
from records.zones import is_zone


def ask(desk: Desk, entry: SubscriberEntry, by: Actor, now: datetime) -> Subscriber:
    """Somebody wants to follow the page; they are asked by a letter whether they mean it.

    An address that is there already changes nothing but gets a letter with its manage link: whoever typed it may not
    be its owner. Callers must not let anybody see which of the two it was. Raises Invalid.
    """
    entry = _checked(desk, entry)
    with desk.store.tx():
        known = subscribers.by_address(desk.store, entry.kind, entry.address)
        if known is None:
            known = _add(desk, entry, Basis.DOUBLE_OPT_IN, by, now)
        elif known.state is SubscriberState.PENDING:
            subscribers.prolong(desk.store, known.id, now + CONFIRM_WITHIN)
            subscribers.follow(desk.store, known.id, entry.components)
            subscribers.speak(desk.store, known.id, entry.language)
            subscribers.name_owner(desk.store, known.id, entry.owner_email)
        if entry.kind is SubscriberKind.EMAIL:
            _write_letter(desk, known, now)
        return subscribers.subscriber(desk.store, known.id)


def take_in(desk: Desk, entry: SubscriberEntry, by: Actor, now: datetime, *, basis: str | None) -> bool:
    """From a file: confirmed when somebody says on what `basis` they agreed, else asked like anybody.

    False when the address is there already; then nothing changes. Raises Invalid.
    """
    entry = _checked(desk, entry)
    with desk.store.tx():
        if subscribers.by_address(desk.store, entry.kind, entry.address) is not None:
            return False
        if basis is None:
            _write_letter(desk, _add(desk, entry, Basis.DOUBLE_OPT_IN, by, now), now)
            return True
        added = _add(desk, entry, Basis.IMPORT, by, now)
        _move(desk, added, SubscriberState.CONFIRMED, "confirm", by, now, basis=basis)
        return True


def _add(desk: Desk, entry: SubscriberEntry, basis: Basis, by: Actor, now: datetime) -> Subscriber:
    added = subscribers.add(
        desk.store,
        entry,
        secret="" if entry.kind is SubscriberKind.EMAIL else secrets.token_urlsafe(32),
        basis=basis,
        confirm_until=now + CONFIRM_WITHIN,
        now=now,
    )
    if added is None:
        # At this very moment, on PostgreSQL: theirs is the one that counts.
        added = subscribers.by_address(desk.store, entry.kind, entry.address)
        if added is None:
            raise Conflict("This address was taken and given up at this very moment. Try again.")
        return added
    audit(desk.store, by.name, "subscriber.ask", _subject(added), now, kind=entry.kind.value)
    return added


def _write_letter(desk: Desk, subscriber: Subscriber, now: datetime) -> None:
    is_new = subscriber.state is SubscriberState.PENDING
    kind = LetterKind.CONFIRM if is_new else LetterKind.KNOWN
    if letters.queue(desk.store, subscriber.id, kind, now, useful_until=now + CONFIRM_WITHIN):
        desk.store.wake()


def confirm(desk: Desk, subscriber_id: int, by: Actor, now: datetime) -> Subscriber:
    """They mean it: from now on notices reach them. Confirming twice changes nothing.

    Raises NotFound, Conflict when it is over or the time to confirm is.
    """
    with desk.store.tx():
        found = subscribers.subscriber(desk.store, subscriber_id)
        if found.state is SubscriberState.CONFIRMED:
            return found
        if found.state is SubscriberState.PENDING and now > found.confirm_until:
            raise Conflict("The time to confirm is over. Ask again on the status page.")
        # In the order in which every deed here takes rows: the subscriber first.
        confirmed = _move(desk, found, SubscriberState.CONFIRMED, "confirm", by, now)
        letters.forgo(desk.store, found.id)
        return confirmed


def change(
    desk: Desk, subscriber_id: int, component_ids: Sequence[str], language: str, by: Actor, now: datetime
) -> Subscriber:
    """Follow other things (none: everything), in another language. Raises NotFound, Invalid, Conflict."""
    with desk.store.tx():
        found = subscribers.subscriber(desk.store, subscriber_id)
        if found.state is SubscriberState.UNSUBSCRIBED:
            raise _is_over()
        subscribers.follow(desk.store, found.id, _named(desk, component_ids))
        subscribers.speak(desk.store, found.id, language)
        latecomers.touch(desk.store, [found.id], found.kind.value)
        audit(desk.store, by.name, "subscriber.change", _subject(found), now, components=len(component_ids))
        return subscribers.subscriber(desk.store, found.id)


def rest(
    desk: Desk, subscriber_id: int, quiet_hours: str | None, time_zone: str | None, by: Actor, now: datetime
) -> Subscriber:
    """Let what can wait come after these hours (`22:00-07:00`), by the clock of that zone; None for never.

    What waits already goes when it was to go. Raises NotFound, Invalid, Conflict.
    """
    with desk.store.tx():
        found = subscribers.subscriber(desk.store, subscriber_id)
        if found.state is SubscriberState.UNSUBSCRIBED:
            raise _is_over()
        if found.kind is not SubscriberKind.EMAIL:
            raise Conflict("Only mail has quiet hours.")
        if quiet_hours is not None:
            read_hours(quiet_hours)
            if time_zone is None or not is_zone(time_zone):
                raise Invalid(Fault(path="/time_zone", message="not a time zone", hint="one like Europe/Bucharest"))
        subscribers.rest(desk.store, found.id, quiet_hours, time_zone if quiet_hours else None)
        audit(desk.store, by.name, "subscriber.quiet_hours", _subject(found), now, is_set=quiet_hours is not None)
        return subscribers.subscriber(desk.store, found.id)


def name_owner(desk: Desk, subscriber_id: int, email: str, by: Actor, now: datetime) -> Subscriber:
    """Tell another mailbox when a receiver is paused; empty: nobody. Raises NotFound, Invalid, Conflict."""
    with desk.store.tx():
        found = subscribers.subscriber(desk.store, subscriber_id)
        if found.state is SubscriberState.UNSUBSCRIBED:
            raise _is_over()
        if found.kind is SubscriberKind.EMAIL:
            raise Conflict("This subscription is a mailbox itself.")
        subscribers.name_owner(desk.store, found.id, _owner(email))
        # What waits was meant for the one before.
        letters.forgo(desk.store, found.id)
        audit(desk.store, by.name, "subscriber.name_owner", _subject(found), now, is_named=bool(email.strip()))
        return found


def unsubscribe(desk: Desk, subscriber_id: int, by: Actor, now: datetime) -> Subscriber:
    """The end: what waits for them is not sent, and the address is erased. Doing it twice changes nothing."""
    with desk.store.tx():
        found = subscribers.subscriber(desk.store, subscriber_id)
        if found.state is SubscriberState.UNSUBSCRIBED:
            return found
        ended = _move(desk, found, SubscriberState.UNSUBSCRIBED, "unsubscribe", by, now)
        subscriber_fanout.settle_waiting(desk.store, found.id, found.kind, now)
        letters.drop(desk.store, found.id)
        receivers.forget(desk.store, found.id)
        subscribers.erase_contact(desk.store, found.id)
        return ended


def quarantine(desk: Desk, subscriber_id: int, reason: str, by: Actor, now: datetime) -> bool:
    """Send nothing more there until it is lifted, nor what waits. False when it is not confirmed anyway."""
    with desk.store.tx():
        if not subscribers.quarantine(desk.store, subscriber_id, reason, now):
            return False
        kind = subscribers.subscriber(desk.store, subscriber_id).kind
        why = Reason.COMPLAINED if reason == Reason.COMPLAINED.value else Reason.BOUNCED
        subscriber_fanout.settle_waiting(desk.store, subscriber_id, kind, now, why)
        audit(desk.store, by.name, "subscriber.quarantine", f"subscriber:{subscriber_id}", now, reason=reason)
        _tell_owner(desk, subscriber_id, now)
        return True


def _tell_owner(desk: Desk, subscriber_id: int, now: datetime) -> None:
    where = subscribers.contact(desk.store, subscriber_id)
    if where is None or not where.owner_email:
        return
    if letters.queue(desk.store, subscriber_id, LetterKind.PAUSED, now, useful_until=now + PAUSED_USEFUL_FOR):
        desk.store.wake()


def lift(desk: Desk, subscriber_id: int, by: Actor, now: datetime) -> Subscriber:
    """Its owner says that it works again. Raises NotFound, Conflict when it is not quarantined."""
    with desk.store.tx():
        found = subscribers.subscriber(desk.store, subscriber_id)
        if found.state is SubscriberState.CONFIRMED:
            return found
        if found.state is not SubscriberState.QUARANTINED:
            raise Conflict("This subscription is not paused.")
        receivers.start_anew(desk.store, found.id)
        letters.forgo(desk.store, found.id)
        return _move(desk, found, SubscriberState.CONFIRMED, "lift", by, now)


#: Whoever runs a receiver puts the new secret in place within this; until then either proves that it was us.
OLD_SECRET_SIGNS = timedelta(hours=24)


def renew_secret(desk: Desk, subscriber_id: int, by: Actor, now: datetime) -> str:
    """A new secret for a webhook's signatures; for a day the old one signs beside it. Raises NotFound, Conflict."""
    with desk.store.tx():
        found = subscribers.subscriber(desk.store, subscriber_id)
        if found.kind is not SubscriberKind.WEBHOOK or found.state is SubscriberState.UNSUBSCRIBED:
            raise Conflict("This subscription has no secret.")
        secret = secrets.token_urlsafe(32)
        subscribers.put_secret(desk.store, found.id, secret, old_until=now + OLD_SECRET_SIGNS)
        audit(desk.store, by.name, "subscriber.renew_secret", _subject(found), now)
        return secret


def _move(
    desk: Desk, found: Subscriber, state: SubscriberState, deed: str, by: Actor, now: datetime, **detail: str
) -> Subscriber:
    if not subscribers.move(desk.store, found, state, now):
        raise (
            _is_over() if found.state is SubscriberState.UNSUBSCRIBED else Conflict("It changed meanwhile. Try again.")
        )
    audit(desk.store, by.name, f"subscriber.{deed}", _subject(found), now, **detail)
    return subscribers.subscriber(desk.store, found.id)


def _is_over() -> Conflict:
    return Conflict("This subscription is over. Subscribe again on the status page.")


def _subject(subscriber: Subscriber) -> str:
    return f"subscriber:{subscriber.id}"


def _checked(desk: Desk, entry: SubscriberEntry) -> SubscriberEntry:
    address = entry.address.strip()
    if entry.kind is SubscriberKind.EMAIL:
        address = address.lower()
        if not is_email(address):
            raise Invalid(Fault(path="/address", message="not an e-mail address", hint="one like ana@example.org"))
    return SubscriberEntry(
        kind=entry.kind,
        address=address,
        language=entry.language,
        components=_named(desk, entry.components),
        owner_email="" if entry.kind is SubscriberKind.EMAIL else _owner(entry.owner_email),
    )


def _owner(email: str) -> str:
    """The mailbox of whoever runs a receiver, in small letters; empty for none. Raises Invalid."""
    email = email.strip().lower()
    if email and not is_email(email):
        raise Invalid(Fault(path="/owner_email", message="not an e-mail address", hint="one like ana@example.org"))
    return email


def _named(desk: Desk, names: Sequence[str]) -> tuple[str, ...]:
    """Ids of components and groups, however they were named. Raises Invalid for one that is not there."""
    found, faults = [], []
    for index, name in enumerate(names):
        try:
            found.append(components.component(desk.store, name).id)
        except NotFound:
            faults.append(Fault(path=f"/components/{index}", message="there is no such component"))
    if faults:
        raise Invalid(faults)
    return tuple(dict.fromkeys(found))
