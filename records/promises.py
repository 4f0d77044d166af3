"""What we promised customers, and whether we kept it: the next update, the lead time of planned work (jobs C5, L4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from records.incidents import Incident
from records.maintenance import LEAD_TIME, Maintenance


class Kept(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    LATE = "late"
    #: Not kept, and still not made good.
    BROKEN = "broken"
    #: Its time has not come.
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One "next update by"."""

    made_at: datetime
    due_at: datetime
    #: When we spoke next; None when we have not.
    spoke_at: datetime | None
    state: Kept

    @property
    def late_by(self) -> timedelta:
        """How long customers waited beyond it, where we spoke in the end."""
        return max(timedelta(), (self.spoke_at or self.due_at) - self.due_at)


def promises_of(incident: Incident, now: datetime) -> tuple[Promise, ...]:
    """Every next update that a public incident promised, the first one first. A draft promises nothing to anybody."""
    if incident.published_at is None:
        return ()
    # A correction repeats the promise of the words before it, and does not keep it.
    news = [update for update in incident.updates if update.corrects is None]
    public = [update for update in news if update.created_at >= incident.published_at]
    # What was written before it became public is said the moment it does.
    public = [*news[: len(news) - len(public)][-1:], *public]
    spoken = [(max(update.created_at, incident.published_at), update.next_update_at) for update in public]
    followed = [at for at, _ in spoken[1:]] + [None]
    return tuple(
        _promise(at, due, spoke_at, now)
        for (at, due), spoke_at in zip(spoken, followed, strict=True)
        if due is not None and due > at
    )


#: So much of the time to a promise may pass before somebody is told to hurry (job O5).
_HURRY_AFTER = 0.8


def is_due_soon(incident: Incident, now: datetime) -> bool:
    """Whether the promise to speak is about to break: four fifths of its time are over, and it is not overdue yet."""
    if not incident.is_open or incident.next_update_at is None or not (promises := promises_of(incident, now)):
        return False
    last = promises[-1]
    return last.state is Kept.OPEN and now - last.made_at >= _HURRY_AFTER * (last.due_at - last.made_at)


def _promise(made_at: datetime, due_at: datetime, spoke_at: datetime | None, now: datetime) -> Promise:
    if spoke_at is not None:
        state = Kept.KEPT if spoke_at <= due_at else Kept.LATE
    else:
        state = Kept.OPEN if now <= due_at else Kept.BROKEN
    return Promise(made_at=made_at, due_at=due_at, spoke_at=spoke_at, state=state)


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """How long each step of an incident took (R14); None where one of its two moments is not known."""

    detected_to_public: timedelta | None
    #: From the public page to the first notice to customers.
    public_to_notice: timedelta | None
    #: From what we now say was the beginning to the first public word.
    started_to_public: timedelta | None
    lasted: timedelta | None
    #: From "it works again" to the word that it is over.
    fixed_to_all_clear: timedelta | None


def intervals_of(incident: Incident) -> Intervals:
    """The intervals between the recorded moments."""
    return Intervals(
        detected_to_public=_between(incident.detected_at, incident.first_public_at),
        public_to_notice=_between(incident.first_public_at, incident.first_customer_notice_at),
        started_to_public=_between(incident.started_at, incident.first_public_at),
        lasted=_between(incident.started_at, incident.resolved_at),
        fixed_to_all_clear=_between(incident.monitoring_at, incident.resolution_notice_at),
    )


def _between(earlier: datetime | None, later: datetime | None) -> timedelta | None:
    return None if earlier is None or later is None else later - earlier


@dataclass(frozen=True, kw_only=True)
class Lead:
    """How long before its start a planned event was announced."""

    lead: timedelta
    #: Shortest lead for its kind (R66).
    wanted: timedelta
    #: Why it was shorter, where somebody said so.
    reason: str

    @property
    def is_kept(self) -> bool:
        """Whether customers heard of it early enough."""
        return self.lead >= self.wanted


def lead_of(event: Maintenance) -> Lead:
    """The lead of one planned event, to the start that was told last."""
    return Lead(lead=event.lead, wanted=LEAD_TIME[event.kind], reason=event.emergency_reason)
