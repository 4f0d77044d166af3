"""Take customers, subscribers and tickets in from files: good lines are kept, bad ones reported.

The same file again changes nothing. A file is read twice: first to learn which line of several about one customer is
the last, then to keep. Each bundle of lines is one transaction, so an import that was killed is completed by running
it again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from records.customers import CustomerEntry
from records.desk.customers import check_customer, put_customers
from records.desk.desk import Desk
from records.desk.subscribers import take_in
from records.desk.tickets import record_ticket
from records.errors import Fault, Invalid
from records.people import Actor
from records.store import components
from records.subscribers import SubscriberEntry
from records.tickets import TicketEntry
from support.entries import (
    CUSTOMER_COLUMNS,
    CUSTOMER_KEYS,
    SUBSCRIBER_COLUMNS,
    TICKET_COLUMNS,
    customer_entry,
    subscriber_entry,
    ticket_entry,
)
from support.repeats import Repeats
from support.rows import Record, read_records

#: Lines per transaction: short enough (about 40 ms) that nobody else waits long for the lock.
BUNDLE = 500
#: SQLite's queue for the lock is not fair: whoever waits gets in only if we pause.
_PAUSE_SECONDS = 0.02

Entry = TypeVar("Entry", CustomerEntry, SubscriberEntry, TicketEntry)


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """One line that was not kept."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What an import came to. `records` = `kept` + `rejected` + `superseded`."""

    records: int = 0
    kept: int = 0
    #: Of those kept, how many were new or differed from what we had.
    changed: int = 0
    rejected: int = 0
    #: Lines about something that a later line describes again.
    superseded: int = 0


#: Called for each line that is not kept, in the order of the file.
OnRejected = Callable[[Rejected], None]
#: Called now and then with bytes read and bytes in all; reading twice counts twice.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class _Form(Generic[Entry]):
    """How one kind of file is read and kept."""

    columns: tuple[str, ...]
    spans_lines: bool
    entry: Callable[[Record], Entry]
    #: What tells two entries apart.
    key: Callable[[Entry], str]
    #: Keeps a bundle and returns how many changed.
    keep: Callable[[list[Entry]], int]


def import_customers(
    desk: Desk, path: Path, actor: Actor, now: datetime, *, on_rejected: OnRejected, on_progress: OnProgress
) -> Tally:
    """Add the customers in the file or make their records match. Raises Invalid when the file as a whole is unfit."""
    columns = CUSTOMER_COLUMNS if path.suffix.lower() == ".csv" else CUSTOMER_KEYS
    form = _Form[CustomerEntry](
        columns=columns,
        spans_lines=False,
        entry=_checked_customer,
        key=lambda entry: entry.external_id,
        keep=lambda entries: put_customers(desk, entries, actor, now),
    )
    return _take_in(form, path, on_rejected, on_progress)


def import_tickets(
    desk: Desk, path: Path, actor: Actor, now: datetime, *, on_rejected: OnRejected, on_progress: OnProgress
) -> Tally:
    """Add the tickets in the file or bring them up to date. Raises Invalid when the file as a whole is unfit."""

    def keep(entries: list[TicketEntry]) -> int:
        with desk.store.tx():
            for entry in entries:
                record_ticket(desk, entry, actor, now)
        return len(entries)

    form = _Form[TicketEntry](
        columns=TICKET_COLUMNS,
        spans_lines=True,
        entry=lambda record: ticket_entry(record.values or {}),
        key=lambda entry: f"{entry.system}\0{entry.external_id}",
        keep=keep,
    )
    return _take_in(form, path, on_rejected, on_progress)


def import_subscribers(
    desk: Desk,
    path: Path,
    actor: Actor,
    now: datetime,
    *,
    basis: str | None,
    languages: Sequence[str],
    on_rejected: OnRejected,
    on_progress: OnProgress,
) -> Tally:
    """Add those in the file who do not follow the page yet; who is there stays as they are.

    Confirmed where somebody says on what `basis` they agreed, else each is asked by a letter. Raises Invalid when the
    file as a whole is unfit.
    """
    known = {each.id for each in components.all_components(desk.store)}

    def keep(entries: list[SubscriberEntry]) -> int:
        with desk.store.tx():
            return sum(take_in(desk, entry, actor, now, basis=basis) for entry in entries)

    form = _Form[SubscriberEntry](
        columns=SUBSCRIBER_COLUMNS,
        spans_lines=False,
        entry=lambda record: subscriber_entry(record.values or {}, known=known, languages=languages),
        key=lambda entry: entry.address,
        keep=keep,
    )
    return _take_in(form, path, on_rejected, on_progress)


def _checked_customer(record: Record) -> CustomerEntry:
    entry = customer_entry(record.values or {})
    check_customer(entry)
    return entry


def _take_in(form: _Form[Entry], path: Path, on_rejected: OnRejected, on_progress: OnProgress) -> Tally:
    total_bytes, repeats = _first_reading(form, path, on_progress)
    bundle: list[Entry] = []
    records = kept = changed = rejected = superseded = 0
    for record, entry in _entries(form, path):
        records += 1
        if isinstance(entry, Rejected):
            rejected += 1
            on_rejected(entry)
        elif (later := repeats.later_line(form.key(entry), record.line)) is not None:
            superseded += 1
            on_rejected(Rejected(line=record.line, reason=f"line {later} describes the same again; that one counts"))
        else:
            bundle.append(entry)
            kept += 1
        if len(bundle) == BUNDLE:
            changed += form.keep(bundle)
            bundle = []
            on_progress(total_bytes + record.read_bytes, 2 * total_bytes)
            time.sleep(_PAUSE_SECONDS)
    changed += form.keep(bundle) if bundle else 0
    on_progress(2 * total_bytes, 2 * total_bytes)
    return Tally(records=records, kept=kept, changed=changed, rejected=rejected, superseded=superseded)


def _first_reading(form: _Form[Entry], path: Path, on_progress: OnProgress) -> tuple[int, Repeats]:
    """The size of the file, and which entries stand in it more than once. Raises Invalid when it is unfit."""
    total_bytes = path.stat().st_size if path.is_file() else 0
    repeats = Repeats()
    for index, (record, entry) in enumerate(_entries(form, path)):
        if not isinstance(entry, Rejected):
            repeats.note(form.key(entry), record.line)
        if index % BUNDLE == 0:
            on_progress(record.read_bytes, 2 * total_bytes)
    return total_bytes, repeats


def _entries(form: _Form[Entry], path: Path) -> Iterator[tuple[Record, Entry | Rejected]]:
    """Each record with what it describes, or why it describes nothing."""
    for record in read_records(path, form.columns, spans_lines=form.spans_lines):
        if record.values is None:
            yield record, Rejected(line=record.line, reason=record.reason)
            continue
        try:
            yield record, form.entry(record)
        except Invalid as error:
            yield record, Rejected(line=record.line, reason="; ".join(_said(fault) for fault in error.faults))


def _said(fault: Fault) -> str:
    """A fault with its place as a column rather than a JSON pointer."""
    return str(Fault(path=fault.path.removeprefix("/"), message=fault.message, hint=fault.hint))
