"""Judge what customers report of themselves: a finding for operators, perhaps a careful line on the page, no state."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from records.affected import LOOKED_AT, Level, Standing, level_of, threshold, usual_of
from records.components import Component, in_language
from records.desk.desk import Desk
from records.errors import NotFound
from records.findings import CUSTOMERS, Finding, FindingKind, Severity, Sighting
from records.people import Actor
from records.store import affected, components, findings, meta
from records.store.people import audit


@dataclass(frozen=True, kw_only=True)
class Watchfulness:
    """How much it takes, and who hears of it."""

    #: Taps in five minutes below which nothing is ever concluded.
    minimum: int = 5
    #: Whether the page says "reports are rising, not yet confirmed".
    is_shown: bool = False


def judge(desk: Desk, how: Watchfulness, now: datetime) -> list[Standing]:
    """Hold the newest counts against what is usual. Returns the services whose level changed; ends by itself."""
    if not _news(desk, how, now):
        return []
    with desk.deed():
        # Read again inside: somebody may have muted meanwhile.
        before = {each.component: each for each in affected.standings(desk.store)}
        news = _news(desk, how, now)
        for each in news:
            affected.put_standing(desk.store, each)
        changed = [each for each in news if _level(before.get(each.component)) is not each.level]
        if changed:
            _tell(desk, how, _known(desk), now)
        return changed


def _news(desk: Desk, how: Watchfulness, now: datetime) -> list[Standing]:
    """Standings that are other than they were judged last."""
    before = {each.component: each for each in affected.standings(desk.store)}
    counts = affected.newest(desk.store, now)
    live = {name for name, each in before.items() if each.level is not Level.NONE}
    if not counts and not live:
        return []
    names = sorted({*counts, *live} & _known(desk).keys())
    nothing = [0] * LOOKED_AT
    judged = [_judged(desk, how, name, counts.get(name, nothing), before.get(name), now) for name in names]
    return [each for each in judged if each != before.get(each.component)]


def _known(desk: Desk) -> dict[str, Component]:
    return {each.id: each for each in components.all_components(desk.store) if not each.is_group}


def _judged(
    desk: Desk, how: Watchfulness, name: str, newest: list[int], before: Standing | None, now: datetime
) -> Standing:
    since = affected.counting_since(desk.store, now)
    usual = usual_of(affected.by_hour(desk.store, name, now), now, since)
    level = level_of(newest, threshold(usual, how.minimum), _level(before))
    return Standing(
        component=name,
        level=level,
        since=before.since if before and before.level is level else now,
        taps=max(newest),
        usual=usual.per_bucket,
        hours_known=usual.hours_known,
        muted_until=before.muted_until if before else None,
    )


def _level(standing: Standing | None) -> Level:
    return standing.level if standing else Level.NONE


def mute(desk: Desk, component_id: str, span: timedelta, actor: Actor, now: datetime) -> None:
    """Hear nothing more of reports about one service for a while; zero ends that. Raises NotFound."""
    with desk.deed():
        known = _known(desk)
        if component_id not in known:
            raise NotFound(f"There is no service {component_id}.")
        held = {each.component: each for each in affected.standings(desk.store)}
        none = Standing(
            component=component_id, level=Level.NONE, since=now, taps=0, usual=0.0, hours_known=0, muted_until=None
        )
        until = now + span if span else None
        affected.put_standing(desk.store, replace(held.get(component_id, none), muted_until=until))
        audit(desk.store, actor.name, "reports.mute", component_id, now, seconds=int(span.total_seconds()))
        _tell(desk, Watchfulness(is_shown=True), known, now)


def _tell(desk: Desk, how: Watchfulness, known: dict[str, Component], now: datetime) -> None:
    """Operators by findings, the public by a new page; whoever watches the store wakes."""
    standing = [each for each in affected.standings(desk.store) if each.counts(now) and each.component in known]
    shown = tuple(_finding(each, known[each.component]) for each in standing)
    findings.keep(desk.store, CUSTOMERS, Sighting(findings=shown, is_whole=True), now)
    if how.is_shown:
        meta.touch_page(desk.store)
    else:
        desk.store.wake()


def _finding(standing: Standing, component: Component) -> Finding:
    is_likely = standing.level is Level.LIKELY
    name = in_language(component.name, "en")
    return Finding(
        id=f"{CUSTOMERS}:{component.id}",
        source=CUSTOMERS,
        chain=component.chain,
        component=component.id,
        kind=FindingKind.CUSTOMER_REPORTS,
        title=f"{name}: customers say that they are affected ({standing.level.value})",
        severity=Severity.MINOR if is_likely else Severity.NONE,
        since=standing.since,
        content_hash=hashlib.sha256(f"{standing.level}{standing.since}".encode()).hexdigest(),
    )
