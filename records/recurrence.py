"""When a window that comes again comes again: a recurrence rule (RFC 5545 RRULE) read by a wall clock in one zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from records.errors import Fault, Invalid

_PARTS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "WKST"}
)
_PERIODS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_LONGEST_RULE = 200
#: So many windows in a row are looked at for overlaps; patterns within a week or a month show themselves by then.
_LOOKED_AT = 40
_HINT = "write one like FREQ=WEEKLY;BYDAY=TU or FREQ=MONTHLY;BYDAY=1TU"


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """A rule and what it counts from. The wall clock decides: 02:00 stays 02:00 when the clocks change.

    An hour that a clock skips is taken as if it had not changed yet (02:30 becomes 03:30), of an hour that it shows
    twice the first is meant: RFC 5545, 3.3.5.
    """

    #: `FREQ=WEEKLY;BYDAY=TU`.
    rule: str
    #: When the first window starts.
    began: datetime
    #: IANA zone whose clock decides.
    time_zone: str

    def after(self, moment: datetime) -> datetime | None:
        """The first start after `moment`; None when there is none."""
        # An hour that comes twice or not at all moves a start by hours, never by a day.
        earliest = moment.astimezone(self._zone).replace(tzinfo=None) - timedelta(days=1)
        starts = (self._in_utc(local) for local in self._rule().xafter(earliest, inc=True))
        return next((start for start in starts if start > moment), None)

    def starts(self) -> Iterator[datetime]:
        """All of them, the first first."""
        return (self._in_utc(local) for local in self._rule())

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def _in_utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone, fold=0).astimezone(UTC)

    def _rule(self) -> rrule:
        began = self.began.astimezone(self._zone).replace(tzinfo=None, microsecond=0)
        found = rrulestr(_with_local_end(self.rule, self._zone), dtstart=began)
        if not isinstance(found, rrule):
            raise ValueError("more than one rule")
        return found


def read_recurrence(text: str, start: datetime, end: datetime, time_zone: str) -> Recurrence:
    """The rule for a window whose first time is from `start` to `end`. Raises Invalid at `/recurrence`."""
    recurrence = Recurrence(rule=_tidy(text), began=start, time_zone=time_zone)
    try:
        first = list(islice(recurrence.starts(), _LOOKED_AT))
    except (ValueError, TypeError, OverflowError) as error:
        raise _refused(f"cannot be read ({error})") from error
    if not first or first[0] != start.replace(microsecond=0):
        raise _refused("does not begin with this window: by the rule it would be on another day", _begin_hint(first))
    if len(first) == 1:
        raise _refused("comes only once", "leave it out")
    if any(following - before < end - start for before, following in pairwise(first)):
        raise _refused("starts again before it has ended", "make the window shorter, or repeat it less often")
    return recurrence


def _tidy(text: str) -> str:
    """The rule in capitals, without its label. Raises Invalid."""
    rule = text.strip().upper().removeprefix("RRULE:")
    if len(rule) > _LONGEST_RULE:
        raise _refused(f"is longer than {_LONGEST_RULE} characters")
    parts = [part.partition("=")[::2] for part in rule.strip(";").split(";")]
    names = [name for name, _ in parts]
    if len(set(names)) != len(names) or not all(value for _, value in parts):
        raise _refused("is not a recurrence rule")
    unknown = [name for name in names if name not in _PARTS]
    if unknown:
        raise _refused(f"{unknown[0]} is not understood", f"use {', '.join(sorted(_PARTS))}")
    if dict(parts).get("FREQ") not in _PERIODS:
        raise _refused("does not say how often", f"FREQ is one of {', '.join(_PERIODS)}")
    if "COUNT" in names and "UNTIL" in names:
        raise _refused("has two ends", "keep COUNT or UNTIL")
    return ";".join(f"{name}={value}" for name, value in parts)


def _with_local_end(rule: str, zone: ZoneInfo) -> str:
    """UNTIL by the clock of the zone, as the starts are counted; a day alone is meant to its end."""
    parts = [part.partition("=")[::2] for part in rule.split(";")]
    return ";".join(f"{name}={_local(value, zone) if name == 'UNTIL' else value}" for name, value in parts)


def _local(text: str, zone: ZoneInfo) -> str:
    if len(text) == 8:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        return f"{datetime.combine(day, time(23, 59, 59)):%Y%m%dT%H%M%S}"
    moment = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 # its zone stands in the letter behind
    local = moment.replace(tzinfo=UTC).astimezone(zone) if text.endswith("Z") else moment
    return f"{local:%Y%m%dT%H%M%S}"


def _begin_hint(first: list[datetime]) -> str:
    return f"the rule's first start would be {first[0]:%A %Y-%m-%d %H:%M} UTC" if first else _HINT


def _refused(message: str, hint: str = _HINT) -> Invalid:
    return Invalid(Fault(path="/recurrence", message=message, hint=hint))
