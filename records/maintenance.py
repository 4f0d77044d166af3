"""Planned events: maintenance, network upgrades and promotions, each with a window."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from records.components import Words
from records.errors import Fault, Invalid
from records.recurrence import Recurrence


class Kind(StrEnum):
    """What is planned. A promotion degrades nothing; it warns of slower support."""

    MAINTENANCE = "maintenance"
    UPGRADE = "upgrade"
    PROMOTION = "promotion"


class WindowState(StrEnum):
    """Where a window is in its life; the first four are those of the public read API."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


#: Which state may follow which.
WINDOW_MOVES: dict[WindowState, frozenset[WindowState]] = {
    WindowState.SCHEDULED: frozenset({WindowState.SCHEDULED, WindowState.IN_PROGRESS, WindowState.CANCELLED}),
    WindowState.IN_PROGRESS: frozenset({WindowState.IN_PROGRESS, WindowState.VERIFYING, WindowState.COMPLETED}),
    WindowState.VERIFYING: frozenset({WindowState.VERIFYING, WindowState.IN_PROGRESS, WindowState.COMPLETED}),
    WindowState.COMPLETED: frozenset(),
    WindowState.CANCELLED: frozenset(),
}

#: States in which the components of a window are under maintenance.
RUNNING = frozenset({WindowState.IN_PROGRESS, WindowState.VERIFYING})

#: Shortest notice by kind (R65–R67); an emergency goes below it with a reason.
LEAD_TIME = {
    Kind.MAINTENANCE: timedelta(hours=72),
    Kind.UPGRADE: timedelta(days=7),
    Kind.PROMOTION: timedelta(hours=72),
}


@dataclass(frozen=True, kw_only=True)
class AtBlock:
    """The height at which an upgrade happens: its window opens when the chain gets there, not by the clock."""

    chain: str
    height: int
    #: When the chain gets there by its recent pace; None until its height and pace were seen.
    eta: datetime | None = None
    estimated_at: datetime | None = None
    #: When the window was last moved to follow the estimate; None before the first time.
    moved_at: datetime | None = None


#: More digits than this is no height of any chain, and would not fit the store.
_HEIGHT_DIGITS = 15


def read_at_block(text: str) -> AtBlock:
    """Chain and height as people write them. Raises Invalid at `at_block`.

    >>> read_at_block("ethereum:21000000").height
    21000000
    """
    chain, _, height = (part.strip() for part in text.rpartition(":"))
    if not chain or not (height.isascii() and height.isdigit() and len(height) <= _HEIGHT_DIGITS):
        raise Invalid(
            Fault(path="at_block", message="is not a block of a chain", hint="write one like ethereum:21000000")
        )
    return AtBlock(chain=chain, height=int(height))


@dataclass(frozen=True, kw_only=True)
class Series:
    """What a window that comes again has in common with those before and after it."""

    #: The id of its first window.
    id: str
    recurrence: Recurrence
    #: When this one starts by the rule; the window itself may have been moved since.
    slot: datetime
    #: How long each is planned to last; this one may have been extended.
    length: timedelta
    #: When somebody said that no more shall come.
    ended_at: datetime | None = None

    def following(self, now: datetime) -> datetime | None:
        """When the next one starts that is still to come; None when no more come."""
        return None if self.ended_at else self.recurrence.after(max(self.slot, now))


@dataclass(frozen=True, kw_only=True)
class MaintenanceUpdate:
    """One thing we said about a planned event."""

    id: str
    maintenance_id: str
    state: WindowState
    body: Words
    created_at: datetime
    created_by: str


@dataclass(frozen=True, kw_only=True)
class Maintenance:
    """One planned event and its window."""

    id: str
    #: Counting number that people say aloud: MNT-7.
    number: int
    kind: Kind
    name: Words
    state: WindowState
    scheduled_for: datetime
    scheduled_until: datetime
    #: IANA zone in which it was planned, shown beside UTC.
    time_zone: str
    announced_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    #: How long before the start each reminder goes out.
    reminders: tuple[timedelta, ...]
    #: Reminders that were sent already, as the moments they were due.
    reminded: tuple[datetime, ...]
    auto_start: bool
    auto_complete: bool
    audience: str
    channels: tuple[str, ...]
    component_ids: tuple[str, ...]
    still_works: Words
    what_to_do: Words
    #: Words of the reason for a lead time below the rule; empty when it was kept.
    emergency_reason: str
    updates: tuple[MaintenanceUpdate, ...]
    created_by: str
    created_at: datetime
    updated_at: datetime
    #: Counts edits; also the SEQUENCE of the calendar entry.
    version: int
    #: Set for an upgrade that happens at a height; `scheduled_for` is then the estimate that people were last told.
    at_block: AtBlock | None = None
    #: Set for a window that comes again.
    series: Series | None = None

    @property
    def ref(self) -> str:
        """What people call it: `MNT-7`."""
        return f"MNT-{self.number}"

    @property
    def is_running(self) -> bool:
        """Whether its components are under maintenance now."""
        return self.state in RUNNING

    def is_overdue(self, now: datetime) -> bool:
        """Whether it still runs past the end that people were told."""
        return self.is_running and now > self.scheduled_until

    @property
    def lead(self) -> timedelta:
        """How long before the start it was announced."""
        return self.scheduled_for - self.announced_at
