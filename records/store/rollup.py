"""Add up the days that are over: the clock does it, and whoever reads counts for himself what is not added up yet."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from records.days import Changes, count_day, date_in, dates, midnight, worst_of
from records.store import components, days, meta
from records.store.days import Rolled
from records.store.engine import Store

#: A day is closed this long after its end: deeds that began before midnight have ended by then.
_GRACE = timedelta(minutes=5)
#: How far back a subject is added up that was not yet: more than any page shows.
LONGEST = timedelta(days=400)
#: Subjects in one transaction: deeds of people wait no longer than that takes.
_TOGETHER = 25


def subjects(store: Store, until: datetime) -> dict[str, tuple[str, ...]]:
    """What has bars of its own and was there before `until`: each component, and each network with its components."""
    found: dict[str, tuple[str, ...]] = {}
    networks: dict[str, list[str]] = {}
    for each in components.all_components(store):
        if each.is_group or each.created_at >= until:
            continue
        found[each.id] = (each.id,)
        if each.chain:
            networks.setdefault(each.chain, []).append(each.id)
    return found | {network_subject(chain): tuple(ids) for chain, ids in networks.items()}


def network_subject(chain: str) -> str:
    """The name under which a network's days are kept."""
    return f"chain:{chain}"


def roll_up(store: Store, zone: str, now: datetime) -> int:
    """Add up every day of `zone` that is over and was not added up yet. Returns how many days were."""
    last = date_in(now - _GRACE, zone) - timedelta(days=1)
    known = days.rolled(store, zone, last + timedelta(days=1))
    wanted = subjects(store, midnight(last + timedelta(days=1), zone))
    behind = [name for name, ids in wanted.items() if not _is_done(known.get(name), ids, last)]
    done = 0
    for begin in range(0, len(behind), _TOGETHER):
        done += _add_up(store, {name: wanted[name] for name in behind[begin : begin + _TOGETHER]}, zone, last, now)
    if behind:
        days.forget_other_zones(store, zone)
    return done


def _is_done(rolled: Rolled | None, made_from: tuple[str, ...], last: date) -> bool:
    return rolled is not None and rolled.made_from == made_from and rolled.open_day > last


def _add_up(store: Store, wanted: Mapping[str, tuple[str, ...]], zone: str, last: date, now: datetime) -> int:
    done = 0
    with store.tx():
        # No deed may change the past between our look at it and our sum.
        meta.hold(store)
        known = days.rolled(store, zone, last + timedelta(days=1))
        for name, ids in wanted.items():
            if name in known and known[name].made_from != ids:
                days.forget(store, name, zone)
                del known[name]
        earliest = min((known[name].open_day if name in known else last - LONGEST for name in wanted), default=last)
        since = midnight(earliest, zone)
        told, windows = days.changes_since(store, since), days.windows_since(store, since, now)
        for name, ids in wanted.items():
            changes = worst_of([told.get(each, ()) for each in ids]) if len(ids) > 1 else told.get(ids[0], ())
            planned = [span for each in ids for span in windows.get(each, ())]
            first, open_day = _from(known.get(name), changes, zone, last)
            counted = [count_day(day, zone, changes, planned, now) for day in dates(open_day, last)]
            if counted:
                days.keep(store, name, zone, ids, counted, first)
                done += len(counted)
    return done


def _from(rolled: Rolled | None, changes: Changes, zone: str, last: date) -> tuple[date, date]:
    """The first day on which it existed, and the first to add up."""
    if rolled is not None:
        return rolled.first_day, rolled.open_day
    began = date_in(changes[0][0], zone) if changes else last + timedelta(days=1)
    first = max(began, last - LONGEST)
    return first, first
