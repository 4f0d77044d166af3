"""Quiet hours: when nobody's telephone should ring for what can wait, and when even then it must.

Pure: what is quiet now, and until when a notice may wait. The rows are chosen in `records.store.queueing`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from records.errors import Fault, Invalid
from records.maintenance import LEAD_TIME, Kind
from records.notices import Category, Lane, Notice, NoticeKind
from records.subscribers import SubscriberKind

#: What a customer's record says for "the house's hours hold for me too", and for "I am never to be left alone".
USUAL, NONE = "usual", "none"
#: Channels that reach into a night. The app shows what it has when it is opened; posts go to the public, and programs
#: do not sleep.
QUIET_CHANNELS = frozenset({"email", SubscriberKind.EMAIL.channel})
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_LAWFUL = (NoticeKind.MAINTENANCE_ANNOUNCED, NoticeKind.MAINTENANCE_RESCHEDULED)


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From one time of day to another, over midnight where the end comes first."""

    begin: time
    end: time

    def over_at(self, now: datetime, zone: str) -> datetime | None:
        """When the quiet hours that it is now in a zone end; None when it is not quiet there."""
        local = now.astimezone(ZoneInfo(zone))
        clock = local.time()
        if self.begin < self.end:
            is_quiet, days = self.begin <= clock < self.end, 0
        else:
            is_quiet, days = clock >= self.begin or clock < self.end, int(clock >= self.begin)
        if not is_quiet:
            return None
        end = datetime.combine(local.date() + timedelta(days=days), self.end, tzinfo=local.tzinfo)
        # When clocks are put back, an hour comes twice.
        found = [end.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
        return next((each for each in found if each > now), None)


def read_hours(text: str) -> QuietHours:
    """`22:00-07:30`. Raises Invalid."""
    found = _HOURS.fullmatch(text.strip())
    if found is None or found[1] + found[2] == found[3] + found[4]:
        hint = "write when they begin and end, like 22:00-07:00"
        raise Invalid(Fault(path="/quiet_hours", message="not hours of a day", hint=hint))
    first, then = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    return QuietHours(begin=time(*first), end=time(*then))


def is_preference(text: str) -> bool:
    """Whether a customer's record can say so: hours, `none` or `usual`."""
    if text in (USUAL, NONE):
        return True
    try:
        read_hours(text)
    except Invalid:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class QuietRule:
    """The house's quiet hours, and where customers live who told us no time zone."""

    #: None: it is quiet only for customers who asked for it.
    hours: QuietHours | None = None
    zone: str = "UTC"

    def over_at(self, zone: str | None, preference: str | None, now: datetime) -> datetime | None:
        """When it is no longer quiet for such customers; None when it is not quiet for them now."""
        if preference == NONE:
            return None
        hours = self.hours if preference in (None, "", USUAL) else read_hours(str(preference))
        return None if hours is None else hours.over_at(now, zone or self.zone)


def may_rest(notice: Notice, channel: str) -> bool:
    """Whether a notice heeds quiet hours on a channel at all: urgent words never do."""
    return notice.lane is not Lane.URGENT and channel in QUIET_CHANNELS


def last_moment(notice: Notice) -> datetime:
    """Until when a notice may wait: while a planned event is far enough ahead, else while the words are of use."""
    if notice.kind not in _LAWFUL:
        return notice.useful_until
    start = datetime.fromisoformat(notice.facts["scheduled_for"])
    return start - LEAD_TIME[Kind(notice.facts["kind"])]


@dataclass(frozen=True, kw_only=True)
class Night:
    """Customers for whom it is quiet now: those of one zone and one preference."""

    zone: str | None
    preference: str | None
    #: When what is said to them goes; None: it does not, since it may be declined and would come too late.
    goes_at: datetime | None
    #: Whether it goes although it is quiet.
    is_broken: bool = False


def nights(
    rule: QuietRule, notice: Notice, customers: Iterable[tuple[str | None, str | None]], now: datetime
) -> list[Night]:
    """What quiet hours mean for a notice, for each pair of zone and preference among customers."""
    found = []
    for zone, preference in customers:
        over = rule.over_at(zone, preference, now)
        if over is None:
            continue
        is_late = over >= last_moment(notice)
        if not is_late:
            found.append(Night(zone=zone, preference=preference, goes_at=over))
        elif notice.category is Category.MANDATORY_SERVICE:
            found.append(Night(zone=zone, preference=preference, goes_at=now, is_broken=True))
        else:
            found.append(Night(zone=zone, preference=preference, goes_at=None))
    return found
