"""Whether a notice may leave at once or waits for a person's yes, and what letting it go means.

The rule: what a person, a token or the command line says is a yes in itself, unless it reaches so many customers that a
second person has to agree, or is of a kind for which a policy wants one. What a monitor or the clock says leaves as the
policy for it allows; and as long as nobody said yes to what was to be said before, it waits as that did.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from records.desk import crowd
from records.desk.desk import Desk
from records.incidents import Impact
from records.notices import ENDS, Decision, Lane, Notice, NoticeKind, NoticeState, Outcome, Reason, Wait, WaitsFor
from records.people import Actor
from records.store import audience, digests, fanout, incidents, merges, notices, outbox, waits
from records.store.people import audit
from records.subscribers import SUBSCRIBER_CHANNELS

#: What an update amounts to for people who have heard nothing yet.
_FIRST = {
    NoticeKind.INCIDENT_UPDATED: NoticeKind.INCIDENT_OPENED,
    NoticeKind.INCIDENT_CORRECTED: NoticeKind.INCIDENT_OPENED,
    NoticeKind.MAINTENANCE_REMINDER: NoticeKind.MAINTENANCE_ANNOUNCED,
    NoticeKind.MAINTENANCE_RESCHEDULED: NoticeKind.MAINTENANCE_ANNOUNCED,
    NoticeKind.MAINTENANCE_EXTENDED: NoticeKind.MAINTENANCE_ANNOUNCED,
}
#: What follows first words and has no hour of its own: said in quick succession, it is said once.
_FOLLOWING = (NoticeKind.INCIDENT_UPDATED, NoticeKind.MAINTENANCE_RESCHEDULED, NoticeKind.MAINTENANCE_EXTENDED)
_WANT_A_YES = (WaitsFor.A_YES, WaitsFor.A_SECOND_PERSON)


def newest(desk: Desk, subject_id: str) -> Notice | None:
    """The last notice about an incident or planned event."""
    return next(iter(notices.notices(desk.store, subject_id=subject_id, limit=1)), None)


def withdraw(desk: Desk, subject_id: str, by: Actor, now: datetime) -> None:
    """Inside a deed: what waits about this is outdated, and is not sent any more."""
    states = (NoticeState.DRAFT, NoticeState.HELD)
    for older in notices.notices(desk.store, subject_id=subject_id, states=states):
        end(desk, older, Decision.SUPERSEDED, by.name, now)


def kind_to_tell(desk: Desk, subject_id: str, kind: NoticeKind) -> NoticeKind | None:
    """`kind`, or what it amounts to while nothing has left yet of what waited; None when it is news to nobody."""
    if newest(desk, subject_id) is None or fanout.has_begun(desk.store, subject_id):
        return kind
    return None if kind in ENDS else _FIRST.get(kind, kind)


def send(desk: Desk, notice: Notice, by: Actor, impact: Impact | None, now: datetime) -> Notice:
    """Inside a deed: keep a new notice, and let it go unless it has to wait. Returns it as it is kept."""
    wait = _wait_of(desk, notice, by, impact, now)
    if wait is None:
        notices.add(desk.store, notice)
        let_go(desk, notice, now)
    else:
        state = NoticeState.DRAFT if wait.until is None else NoticeState.HELD
        notice = replace(notice, state=state, wait=wait)
        notices.add(desk.store, notice)
        audit(
            desk.store, by.name, "notice.wait", notice.id, now,
            waits_for=wait.reason.value, customers=wait.customers, ref=notice.facts["ref"],
        )  # fmt: skip
    desk.store.wake()
    return notice


def _wait_of(desk: Desk, notice: Notice, by: Actor, impact: Impact | None, now: datetime) -> Wait | None:
    asked = _asked(desk, notice, by, impact)
    customers = None
    policy = desk.policy_for(notice.kind, impact)
    if asked is None and not by.is_automatic and policy is not None and policy.needs_second:
        asked = WaitsFor.A_SECOND_PERSON, by.name
    elif asked is None and not by.is_automatic and desk.second_person_above is not None:
        customers = audience.count(desk.store, notice.audience_rule)
        if customers > desk.second_person_above:
            asked = WaitsFor.A_SECOND_PERSON, by.name
    leaves_at = crowd.held_until(desk, notice, now) if asked is None else None
    if leaves_at is not None:
        asked = WaitsFor.DIGEST, by.name
    elif asked is None and (leaves_at := _held_until(desk, notice, by, now)) is not None:
        asked = (WaitsFor.COMPANY if _may_have_company(desk, notice) else WaitsFor.UNDO), by.name
    if asked is None:
        return None
    return Wait(
        reason=asked[0],
        asked_by=asked[1],
        customers=audience.count(desk.store, notice.audience_rule) if customers is None else customers,
        since=now,
        until=leaves_at,
    )


def _held_until(desk: Desk, notice: Notice, by: Actor, now: datetime) -> datetime | None:
    """When words leave that need nobody's yes; None: now. Urgent ones never wait."""
    if notice.lane is Lane.URGENT:
        return None
    undo = timedelta() if by.is_automatic else desk.hold
    if not _may_have_company(desk, notice):
        return now + undo if undo else None
    latest = now + desk.updates_wait
    earlier = newest(desk, notice.subject_id)
    if earlier is not None and earlier.wait is not None and earlier.wait.decision is Decision.SUPERSEDED:
        # Words that waited were put away for these; what people wait for does not wait longer with each new version.
        waited = earlier.wait.until if earlier.wait.reason is WaitsFor.COMPANY else None
        latest = latest if waited is None else min(latest, waited)
    return max(latest, now + undo)


def _may_have_company(desk: Desk, notice: Notice) -> bool:
    """Whether it follows words that people heard, so that it may wait for those that follow it."""
    return bool(desk.updates_wait) and notice.kind in _FOLLOWING and fanout.has_begun(desk.store, notice.subject_id)


def _asked(desk: Desk, notice: Notice, by: Actor, impact: Impact | None) -> tuple[WaitsFor, str] | None:
    """What keeps words of a monitor or the clock from leaving, and in whose name; None when nothing does."""
    if not by.is_automatic:
        return None
    earlier = newest(desk, notice.subject_id)
    if earlier is not None and earlier.wait is not None and _is_unsaid(earlier, earlier.wait):
        reason = earlier.wait.reason if earlier.wait.reason in _WANT_A_YES else WaitsFor.A_YES
        return reason, earlier.wait.asked_by
    policy = desk.policy_for(notice.kind, impact)
    return (WaitsFor.A_YES, by.name) if policy is not None and policy.needs_yes else None


def _is_unsaid(earlier: Notice, wait: Wait) -> bool:
    """Whether nobody said yes to it; what only could still be taken back was said, unless it was taken back."""
    if wait.reason not in _WANT_A_YES:
        return wait.decision is Decision.DECLINED
    return not earlier.has_left


def let_go(desk: Desk, notice: Notice, now: datetime) -> None:
    """Inside a deed: from now on customers are found and queued; older words that nobody has begun to send are not.

    Only on the channels that carry the newer ones; everywhere once it is over. A notice still being fanned out gives
    way when that is done: who is in its audience decides who hears the newer one. The ledger says which words each
    customer got.
    """
    is_over = notice.kind in ENDS
    # What went on under this one is over with it.
    about = [notice.subject_id, *(merges.merged_into(desk.store, notice.subject_id) if is_over else ())]
    for digest_id in sorted({each for one in about for each in digests.over_with(desk.store, one)}) if is_over else ():
        outbox.settle_unclaimed(desk.store, digest_id, Outcome.SUPERSEDED, Reason.SUPERSEDED.value, now)
    for subject_id in about:
        # One that is done may have been queued again this very moment, for somebody who came late.
        states = (NoticeState.SENDING, NoticeState.DONE)
        for older in notices.notices(desk.store, subject_id=subject_id, states=states):
            outbox.settle_unclaimed(
                desk.store, older.id, Outcome.SUPERSEDED, Reason.SUPERSEDED.value, now,
                channels=None if is_over else (*notice.channels, *SUBSCRIBER_CHANNELS),
            )  # fmt: skip
    fanout.start_fanout(desk.store, notice, now)


def end(desk: Desk, notice: Notice, decision: Decision, by: str, now: datetime, **detail: object) -> bool:
    """Inside a deed: the wait is over; approved, the notice leaves. False when somebody else was first."""
    if not waits.end(desk.store, notice, decision, by, now):
        return False
    if decision is Decision.APPROVED:
        let_go(desk, notice, now)
        if notice.subject_kind == "incident":
            is_end = notice.kind is NoticeKind.INCIDENT_RESOLVED
            incidents.note_heard(desk.store, notice.subject_id, now, is_end=is_end)
    assert notice.wait is not None
    audit(
        desk.store, by, f"notice.{decision}", notice.id, now,
        ref=notice.facts["ref"], waited_for=notice.wait.reason.value, customers=notice.wait.customers, **detail,
    )  # fmt: skip
    desk.store.wake()
    return True
