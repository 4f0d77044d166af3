"""The past of everything that is shown, read at once: daily sums, and the intervals that are not added up yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from records.components import Component
from records.days import Changes, Spans, midnight, worst_of
from records.store import days
from records.store.days import Rolled
from records.store.engine import Store
from records.store.rollup import network_subject
from statuspage.history import Calendar, History, calendar, history


@dataclass(frozen=True, kw_only=True)
class Past:
    """What histories are made from: days that are added up, and the intervals since."""

    days: Calendar
    rolled: Mapping[str, Rolled]
    changes: Mapping[str, Changes]
    windows: Mapping[str, Spans]

    def of(self, subject: str, ids: Sequence[str]) -> History:
        """The ninety days of one component, or of several at once: at each moment the gravest of them."""
        changes = [self.changes.get(each, ()) for each in ids]
        windows = [span for each in ids for span in self.windows.get(each, ())]
        rolled = self.rolled.get(subject)
        if rolled is not None and rolled.made_from != tuple(ids):
            rolled = None
        return history(self.days, changes[0] if len(ids) == 1 else worst_of(changes), windows, rolled)

    def shown(self, components: Sequence[Component]) -> "Past":
        """The same with the states as shown."""
        return replace(
            self, changes={each.id: _with_present(self.changes.get(each.id, ()), each) for each in components}
        )


def read_past(store: Store, known: Sequence[Component], zone: str, now: datetime) -> Past:
    """Of the days only those that are added up for all that is shown; the intervals from the first that is not."""
    shown = calendar(now, zone)
    rolled = days.rolled(store, zone, shown.dates[0])
    open_days = [_open_day(rolled, subject, ids, shown) for subject, ids in _subjects(known).items()]
    since = midnight(min([*open_days, shown.today]), zone)
    return Past(
        days=shown,
        rolled=rolled,
        changes=days.changes_since(store, since),
        windows=days.windows_since(store, since, now),
    )


def _subjects(known: Sequence[Component]) -> dict[str, tuple[str, ...]]:
    services = [each for each in known if not each.is_group]
    chains = dict.fromkeys(each.chain for each in services if each.chain)
    found = {each.id: (each.id,) for each in services}
    return found | {
        network_subject(chain): tuple(each.id for each in services if each.chain == chain) for chain in chains
    }


def _open_day(rolled: Mapping[str, Rolled], subject: str, ids: tuple[str, ...], shown: Calendar) -> date:
    one = rolled.get(subject)
    is_of_use = one is not None and one.made_from == ids
    return max(one.open_day, shown.dates[0]) if one is not None and is_of_use else shown.dates[0]


def _with_present(changes: Changes, component: Component) -> Changes:
    """The history with the state as shown, which may be unknown where the store still says operational."""
    if not changes or changes[-1][1] is component.status:
        return changes
    since = max(component.status_since, changes[0][0])
    return [*(change for change in changes if change[0] < since), (since, component.status)]
