"""Words about a deed: the notice, its audience decided now, its first deliveries, in the deed's own transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from records import audience
from records.components import Component, audience_of
from records.desk import routing, waiting
from records.desk.desk import Desk
from records.desk.signing import sign_notice
from records.ids import new_id, new_verify_code
from records.incidents import Impact, Incident
from records.maintenance import Kind, Maintenance
from records.notices import Category, Decision, Lane, Notice, NoticeKind, NoticeState, Outcome
from records.people import Actor
from records.store import components, fanout, notices, outbox
from records.store.engine import Store
from records.store.people import audit
from records.times import iso, iso_or_none

#: After this long nobody needs to hear that something broke.
_USEFUL_FOR = timedelta(hours=72)


def widened_audience(store: Store, incident: Incident, component_ids: Sequence[str]) -> str:
    """The incident's audience, and whom components that it has now come to affect concern.

    Only where the audience was `affected`: what an operator chose by hand stays as chosen.
    """
    known = {each.id: each for each in components.all_components(store)}
    new = [audience_of(known[each]) for each in component_ids if each not in incident.statuses]
    affected = audience.union([audience_of(known[each]) for each in incident.statuses if each in known])
    if not new or set(incident.audience.split(" or ")) != set(affected.split(" or ")):
        return incident.audience
    return audience.union([incident.audience, *new])


def tell_of_incident(desk: Desk, incident: Incident, kind: NoticeKind, by: Actor, now: datetime) -> Notice | None:
    """Queue the words about an incident, or keep them until somebody says yes; None when nobody but the page hears."""
    waiting.withdraw(desk, incident.id, by, now)
    said = waiting.kind_to_tell(desk, incident.id, kind)
    channels = () if said is None else routing.incident_channels(desk, incident, said)
    if said is None or not channels:
        return None
    is_grave = incident.impact in (Impact.MAJOR, Impact.CRITICAL)
    notice = _notice(
        kind=said,
        subject=("incident", incident.id),
        category=routing.category(desk, said, incident.impact),
        lane=Lane.URGENT if is_grave else Lane.NORMAL,
        rule=routing.incident_audience(desk, incident, said),
        channels=channels,
        facts=facts_of_incident(incident, components.all_components(desk.store)),
        actor=by.name,
        now=now,
        useful_until=now + _USEFUL_FOR,
    )
    return sign_notice(desk, waiting.send(desk, notice, by, incident.impact, now), now)


def tell_of_maintenance(desk: Desk, event: Maintenance, kind: NoticeKind, by: Actor, now: datetime) -> Notice | None:
    """The same about a planned event."""
    waiting.withdraw(desk, event.id, by, now)
    said = waiting.kind_to_tell(desk, event.id, kind)
    channels = () if said is None else routing.event_channels(desk, event, said)
    if said is None or not channels:
        return None
    before_start = (
        NoticeKind.MAINTENANCE_ANNOUNCED,
        NoticeKind.MAINTENANCE_REMINDER,
        NoticeKind.MAINTENANCE_RESCHEDULED,
    )
    notice = _notice(
        kind=said,
        subject=("maintenance", event.id),
        # A promotion is nobody's duty to hear of, whatever a policy says.
        category=Category.OPTIONAL_SERVICE if event.kind is Kind.PROMOTION else routing.category(desk, said, None),
        lane=Lane.BULK if said is NoticeKind.MAINTENANCE_ANNOUNCED else Lane.NORMAL,
        rule=routing.event_audience(desk, event, said),
        channels=channels,
        facts=facts_of_maintenance(event, components.all_components(desk.store)),
        actor=by.name,
        now=now,
        # An announcement after the start is worse than none; the page has it.
        useful_until=event.scheduled_for if said in before_start else now + _USEFUL_FOR,
    )
    return sign_notice(desk, waiting.send(desk, notice, by, None, now), now)


def _notice(
    *,
    kind: NoticeKind,
    subject: tuple[str, str],
    category: Category,
    lane: Lane,
    rule: str,
    channels: tuple[str, ...],
    facts: dict[str, Any],
    actor: str,
    now: datetime,
    useful_until: datetime,
) -> Notice:
    return Notice(
        id=new_id(),
        version=1,
        kind=kind,
        subject_kind=subject[0],
        subject_id=subject[1],
        category=category,
        lane=lane,
        state=NoticeState.FANNING_OUT,
        audience_rule=rule,
        channels=channels,
        facts=facts,
        verify_code=new_verify_code(),
        created_at=now,
        created_by=actor,
        useful_until=useful_until,
        audience_count=0,
        fanned_out_at=None,
    )


def facts_of_incident(incident: Incident, known: Sequence[Component]) -> dict[str, Any]:
    """What the templates of incident notices read; times are ISO 8601 in UTC, words are per language.

    Keys: id, ref, kind="incident", name, stage, impact, cause, body, still_works, funds, what_to_do,
    components [{id, name, status}], started_at, resolved_at, next_update_at, update_number,
    corrects_at (when the words were said that `body` puts right; None otherwise).
    """
    latest = incident.updates[-1] if incident.updates else None
    return {
        "id": incident.id,
        "ref": incident.ref,
        "kind": "incident",
        "name": incident.name,
        "stage": incident.stage.value,
        "impact": incident.impact.value,
        "cause": incident.cause.value,
        "body": latest.body if latest else {},
        "still_works": incident.still_works,
        "funds": incident.funds,
        "what_to_do": incident.what_to_do,
        "components": [
            {"id": each.id, "name": each.name, "status": incident.statuses[each.id].value}
            for each in known
            if each.id in incident.statuses
        ],
        "started_at": iso(incident.started_at),
        "resolved_at": iso_or_none(incident.resolved_at),
        "next_update_at": iso_or_none(incident.next_update_at),
        "update_number": len(incident.updates),
        "corrects_at": iso_or_none(_wrong_at(incident)),
    }


def _wrong_at(incident: Incident) -> datetime | None:
    latest = incident.updates[-1] if incident.updates else None
    if latest is None or latest.corrects is None:
        return None
    return next(update.display_at for update in incident.updates if update.id == latest.corrects)


def facts_of_maintenance(event: Maintenance, known: Sequence[Component]) -> dict[str, Any]:
    """What the templates of planned events read.

    Keys: id, ref, kind (maintenance, upgrade, promotion), name, state, body, still_works, what_to_do,
    components [{id, name}], scheduled_for, scheduled_until, time_zone, started_at, completed_at,
    at_block {chain, height} or None.
    """
    latest = event.updates[-1] if event.updates else None
    return {
        "id": event.id,
        "ref": event.ref,
        "kind": event.kind.value,
        "name": event.name,
        "state": event.state.value,
        "body": latest.body if latest else {},
        "still_works": event.still_works,
        "what_to_do": event.what_to_do,
        "components": [{"id": each.id, "name": each.name} for each in known if each.id in event.component_ids],
        "scheduled_for": iso(event.scheduled_for),
        "scheduled_until": iso(event.scheduled_until),
        "time_zone": event.time_zone,
        "started_at": iso_or_none(event.started_at),
        "completed_at": iso_or_none(event.completed_at),
        "at_block": None
        if event.at_block is None
        else {"chain": event.at_block.chain, "height": event.at_block.height},
    }


def cancel_notice(desk: Desk, notice_id: str, actor: str, now: datetime) -> int:
    """Stop a notice: whatever nobody has begun to send is not sent. Returns how many deliveries that were."""
    with desk.deed():
        found = notices.notice(desk.store, notice_id)
        if found.is_waiting:
            waiting.end(desk, found, Decision.DECLINED, actor, now)
            return 0
        # First of all: a chunk that is being queued at this moment is waited for, and none comes after it.
        fanout.stop_fanout(desk.store, notice_id, now)
        in_work = (NoticeState.FANNING_OUT, NoticeState.SENDING)
        notices.set_state(desk.store, notice_id, NoticeState.CANCELLED, only_from=in_work)
        stopped = outbox.settle_unclaimed(desk.store, notice_id, Outcome.CANCELLED, f"by {actor}", now)
        audit(desk.store, actor, "notice.cancel", notice_id, now, stopped=stopped)
        desk.store.wake()
    return stopped
