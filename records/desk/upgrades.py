"""Upgrades that happen at a height: when the chain gets there, whether it is there, and whether it is through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from records.components import Status
from records.errors import Fault, Invalid
from records.maintenance import AtBlock, Kind, Maintenance
from records.store import components, maintenance, monitors, weather
from records.store.engine import Store
from records.store.monitors import MonitorRecord
from records.verdicts import Verdict, VerdictKind
from records.weather import block_seconds

#: A move smaller than this is not worth telling.
WORTH_TELLING = timedelta(minutes=15)
#: Nor is one below this share of the time that is left: chance alone moves an estimate by so much (ours).
_CHANCE_SHARE = 0.02
#: Two moves are told at least so far apart, so that chance near the height does not become a stream of notices (ours).
_BETWEEN_MOVES = timedelta(hours=1)
#: What was seen longer ago than this tells nothing of where a chain is.
_FRESH = timedelta(minutes=15)
#: An estimate further away than this says nothing (ours).
_FARTHEST = timedelta(days=365)
#: Verdicts under which a chain that passed its upgrade counts as well.
_WELL = frozenset({VerdictKind.OPERATIONAL.value, VerdictKind.CONGESTION.value})
#: What an upgrade under way looks like to a monitor, and what is then expected of it.
_EXPECTED = frozenset({VerdictKind.NETWORK_HALT, VerdictKind.NO_NEW_BLOCKS, VerdictKind.OUR_SIDE})


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Where a chain is on its way to a height."""

    #: Blocks that are still to come; 0 once it is there.
    left: int
    #: When it gets there; None while its pace is not known.
    eta: datetime | None

    @property
    def is_near(self) -> bool:
        """Whether the next block is the one, or is behind us: nodes that stop for an upgrade stop one short of it."""
        return self.left <= 1


def estimate(store: Store, chain: str, height: int, now: datetime) -> Estimate | None:
    """Blocks left × recent block time, from what the chain's monitor saw; None while nothing fresh was seen."""
    watcher = _watcher(store, chain)
    if watcher is None or not _is_fresh(watcher, now) or (head := _number(watcher, "height")) is None:
        return None
    left = max(height - int(head), 0)
    pace = block_seconds(weather.hours(store, chain, now)) or _number(watcher, "usual_seconds")
    ahead_seconds = None if pace is None else left * pace
    if ahead_seconds is None or ahead_seconds > _FARTHEST.total_seconds():
        return Estimate(left=left, eta=None)
    return Estimate(left=left, eta=now + timedelta(seconds=ahead_seconds))


def must_move(event: Maintenance, eta: datetime | None, now: datetime) -> bool:
    """Whether the estimate is so far from what people were told that they should hear of it."""
    if event.at_block is None or eta is None:
        return False
    moved_at = event.at_block.moved_at
    if moved_at is not None and now - moved_at < _BETWEEN_MOVES:
        return False
    return abs(eta - event.scheduled_for) > max(WORTH_TELLING, (eta - now) * _CHANCE_SHARE)


def moved(event: Maintenance, start: datetime, now: datetime) -> Maintenance:
    """`event` with its whole window moved to `start`. What it reminded of before, or would have by now, stays done."""
    shift = start - event.scheduled_for
    due = [start - before for before in event.reminders]
    kept = [moment for moment in due if moment <= now or moment - shift in event.reminded]
    return replace(
        event,
        scheduled_for=start,
        scheduled_until=event.scheduled_until + shift,
        reminded=tuple(sorted({*event.reminded, *kept})),
    )


def estimated(at_block: AtBlock, found: Estimate | None, now: datetime) -> AtBlock:
    """`at_block` with a new estimate; without one, with what was known, and its age."""
    return at_block if found is None else replace(at_block, eta=found.eta, estimated_at=now)


def is_through(store: Store, event: Maintenance, now: datetime) -> bool:
    """Whether nothing speaks against ending its window: the chain is past the height, and well, as far as it is seen.

    Where no monitor watches the chain, the clock alone decides.
    """
    if event.at_block is None:
        return True
    watcher = _watcher(store, event.at_block.chain)
    if watcher is None:
        return True
    head = _number(watcher, "height")
    passed = head is not None and head > event.at_block.height
    return passed and _is_fresh(watcher, now) and watcher.verdict in _WELL


def as_planned(store: Store, verdict: Verdict) -> Verdict:
    """`verdict` as it counts while the chain's upgrade runs: to stand still, or to be left behind, is part of the plan.

    A fork, a deep reorganisation or a busy chain are not, and stay what they are.
    """
    if verdict.chain is None or verdict.kind not in _EXPECTED or not maintenance.is_upgrading(store, verdict.chain):
        return verdict
    return replace(
        verdict,
        kind=VerdictKind.UPGRADE,
        statuses=dict.fromkeys(verdict.statuses, Status.UNDER_MAINTENANCE),
        reasoning=f"its planned upgrade runs: {verdict.reasoning}",
    )


def components_of(store: Store, chain: str) -> tuple[str, ...]:
    """Ids of the components that stand on the chain."""
    return tuple(each.id for each in components.all_components(store) if each.chain == chain and not each.is_group)


def faults(store: Store, kind: Kind, at_block: AtBlock, now: datetime) -> list[Fault]:
    """What speaks against an upgrade at that height."""
    found = []
    if kind is not Kind.UPGRADE:
        found.append(Fault(path="/at_block", message="only an upgrade happens at a height", hint="give kind upgrade"))
    if at_block.height < 1:
        found.append(Fault(path="/at_block/height", message="a height is a whole number above 0"))
    known = _chains(store)
    if at_block.chain not in known:
        hint = "known: " + ", ".join(known) if known else "configure the chain first"
        found.append(Fault(path="/at_block/chain", message="nothing here is on that chain", hint=hint))
    where = None if found else estimate(store, at_block.chain, at_block.height, now)
    if where is not None and where.left == 0:
        found.append(Fault(path="/at_block/height", message="the chain is past that height already"))
    return found


def check(store: Store, kind: Kind, at_block: AtBlock, now: datetime) -> None:
    """Raises Invalid with every fault."""
    if found := faults(store, kind, at_block, now):
        raise Invalid(found)


def _chains(store: Store) -> Sequence[str]:
    watched = {each.chain for each in monitors.all_monitors(store)}
    used = {each.chain for each in components.all_components(store)}
    return sorted(chain for chain in watched | used if chain is not None)


def _watcher(store: Store, chain: str) -> MonitorRecord | None:
    found = [each for each in monitors.all_monitors(store) if each.chain == chain and each.id == f"chain:{chain}"]
    return found[0] if found else None


def _is_fresh(watcher: MonitorRecord, now: datetime) -> bool:
    return watcher.seen_at is not None and now - watcher.seen_at <= _FRESH


def _number(watcher: MonitorRecord, fact: str) -> float | None:
    value = watcher.facts.get(fact)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
