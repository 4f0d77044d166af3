"""Turn one record of a file into a customer or a ticket, or say why it is none. Never repeats what was given."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from records.customers import CustomerEntry
from records.desk.customers import is_email
from records.errors import Fault, Invalid
from records.subscribers import SubscriberEntry
from records.tickets import TicketChannel, TicketEntry, TicketKind

CUSTOMER_COLUMNS = ("external_id", "email", "language", "time_zone", "region", "tags")
#: NDJSON can say more than a table: which channels the customer switched off.
CUSTOMER_KEYS = (*CUSTOMER_COLUMNS, "channels", "quiet_hours")
SUBSCRIBER_COLUMNS = ("email", "components", "language")
TICKET_COLUMNS = (
    "external_id", "system", "requester", "channel", "kind", "topic", "subject", "text", "created_at", "resolved_at",
    "first_response_at",
)  # fmt: skip
_MAX_TAGS = 1_000
_MAX_NAME_CHARACTERS = 500
#: JSON can write zero bytes and halves of surrogate pairs; PostgreSQL keeps neither.
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")

Choice = TypeVar("Choice", bound=StrEnum)


class _Reader:
    """Takes values out of a record one by one and notes every fault, so that all are reported together."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self.faults: list[Fault] = []

    def fault(self, name: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(path=f"/{name}", message=message, hint=hint))

    def text(self, name: str) -> str | None:
        """Text; a whole number counts as its digits, as references often do."""
        value = self._values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is not None and not isinstance(value, str):
            self.fault(name, "not text")
            return None
        if value is not None and not _can_be_kept(value):
            self.fault(name, "holds a zero byte or half a character")
            return None
        return value or None

    def short(self, name: str) -> str | None:
        """As `text`, at most as long as a name may be."""
        found = self.text(name)
        if found is not None and len(found) > _MAX_NAME_CHARACTERS:
            self.fault(name, f"longer than {_MAX_NAME_CHARACTERS} characters")
        return found

    def needed(self, name: str) -> str:
        found = self.short(name)
        self.miss(name, found)
        return found or ""

    def miss(self, name: str, found: object) -> None:
        """Notes that nothing was found where something must be, unless it is known already why."""
        if not found and not any(fault.path == f"/{name}" for fault in self.faults):
            self.fault(name, "missing")

    def choice(self, name: str, kind: Callable[[str], Choice], options: list[Choice], default: Choice) -> Choice:
        text = self.text(name)
        try:
            return default if text is None else kind(text)
        except ValueError:
            self.fault(name, "not one we know", f"use {', '.join(options)}")
            return default

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is not None:
                return found.astimezone(UTC)
            self.fault(name, "a time without a zone", "write one like 2026-11-22T13:05:00Z or …+02:00")
        except (ValueError, OverflowError):
            self.fault(name, "not a time", "write one like 2026-11-22T13:05:00Z")
        return None

    def names(self, name: str) -> tuple[str, ...]:
        """A list of names; in a table they are separated by spaces or semicolons."""
        value = self._values.get(name)
        if isinstance(value, str):
            value = value.replace(";", " ").split()
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) and _can_be_kept(each) for each in value):
            self.fault(name, "not a list of names", "separate them by spaces")
            return ()
        return tuple(dict.fromkeys(value))

    def tags(self) -> tuple[str, ...]:
        value = self._values.get("tags")
        if isinstance(value, str):
            value = value.split()
        if value is None:
            return ()
        is_list = isinstance(value, list) and len(value) <= _MAX_TAGS
        if not is_list or not all(isinstance(tag, str) and _can_be_kept(tag) for tag in value):
            self.fault("tags", f"not a list of at most {_MAX_TAGS} tags", "write tags like holds:BTC network:bitcoin")
            return ()
        return tuple(value)

    def channels(self) -> dict[str, bool]:
        value = self._values.get("channels")
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(wanted, bool) for wanted in value.values()):
            self.fault("channels", "not channels with true or false", 'write {"email": false}')
            return {}
        return value


def _can_be_kept(text: str) -> bool:
    return _UNKEEPABLE.search(text) is None


def customer_entry(values: dict[str, Any]) -> CustomerEntry:
    """The customer that a record describes. Raises Invalid with every fault of form; whether the values make sense
    is for `records.desk.customers.check_customer` to say.
    """
    reader = _Reader(values)
    entry = CustomerEntry(
        external_id=reader.needed("external_id"),
        email=reader.text("email"),
        language=reader.text("language"),
        time_zone=reader.text("time_zone"),
        region=reader.text("region"),
        tags=reader.tags(),
        channels=reader.channels(),
        quiet_hours=reader.text("quiet_hours"),
    )
    if reader.faults:
        raise Invalid(reader.faults)
    return entry


def subscriber_entry(values: dict[str, Any], *, known: Collection[str], languages: Sequence[str]) -> SubscriberEntry:
    """The subscriber by mail that a record describes; without components they follow everything.

    `known` are ids of components and groups, `languages` those of the page. Raises Invalid with every fault.
    """
    reader = _Reader(values)
    address, language = reader.needed("email").strip().lower(), reader.text("language") or languages[0]
    if address and not is_email(address):
        reader.fault("email", "not an e-mail address", "one address, like ana@example.org")
    if language not in languages:
        reader.fault("language", "not a language of the page", f"use {', '.join(languages)}")
    followed = reader.names("components")
    for unknown in sorted(set(followed) - set(known)):
        reader.fault("components", f"there is no component or group {unknown[:60]}")
    if reader.faults:
        raise Invalid(reader.faults)
    return SubscriberEntry(address=address, language=language, components=followed)


def ticket_entry(values: dict[str, Any]) -> TicketEntry:
    """The ticket that a record describes. Raises Invalid with every fault."""
    reader = _Reader(values)
    created_at, resolved_at = reader.moment("created_at"), reader.moment("resolved_at")
    first_response_at = reader.moment("first_response_at")
    reader.miss("created_at", created_at)
    entry = TicketEntry(
        external_id=reader.needed("external_id"),
        system=reader.needed("system"),
        requester=reader.short("requester") or "",
        channel=reader.choice("channel", TicketChannel, list(TicketChannel), TicketChannel.OTHER),
        kind=reader.choice("kind", TicketKind, list(TicketKind), TicketKind.REQUEST),
        topic=reader.short("topic") or "",
        subject=reader.needed("subject"),
        text=reader.text("text") or "",
        created_at=created_at or datetime.min.replace(tzinfo=UTC),
        resolved_at=resolved_at,
        first_response_at=first_response_at,
    )
    if resolved_at is not None and created_at is not None and resolved_at < created_at:
        reader.fault("resolved_at", "resolved before it was created")
    if first_response_at is not None and created_at is not None and first_response_at < created_at:
        reader.fault("first_response_at", "handled before it was created")
    if reader.faults:
        raise Invalid(reader.faults)
    return entry
