"""Deeds about notices that wait: say yes, say no, and what the clock does when nobody says anything."""

from datetime import datetime

from records.desk import digest, waiting
from records.desk.desk import Desk
from records.errors import Conflict, NotYours
from records.notices import Decision, Notice, NoticeState, Wait, WaitsFor
from records.people import Actor, Right
from records.store import notices, waits
from records.times import iso


def approve_notice(desk: Desk, notice_id: str, by: Actor, now: datetime, *, break_glass: str = "") -> Notice:
    """Let a notice go that waits for a yes.

    Where a second person has to agree, its author cannot, unless they break the glass: give a reason, which is kept.
    Raises NotFound, Conflict when it does not wait (any more), NotYours.
    """
    with desk.deed():
        notice = notices.notice(desk.store, notice_id)
        wait = _wait(notice)
        if notice.useful_until <= now:
            raise Conflict(f"Notice {notice.id} came too late to be of use; say anew what is so now.")
        is_own = wait.reason is WaitsFor.A_SECOND_PERSON and by.name == wait.asked_by
        if not by.may(Right.APPROVE):
            raise NotYours("Your role does not carry the right to approve notices.")
        if is_own and not break_glass.strip():
            raise NotYours(
                f"You wrote notice {notice.id}, and it goes to {wait.customers:,} customers: a second person has to "
                "say yes. In an emergency break the glass, with a reason."
            )
        detail = {"break_glass": break_glass.strip()} if break_glass.strip() else {}
        waiting.end(desk, notice, Decision.APPROVED, by.name, now, **detail)
        return notices.notice(desk.store, notice.id)


def decline_notice(desk: Desk, notice_id: str, by: Actor, now: datetime, *, reason: str = "") -> Notice:
    """Say no to a notice that waits; nobody hears it. Raises NotFound, Conflict when it does not wait (any more)."""
    with desk.deed():
        notice = notices.notice(desk.store, notice_id)
        if not notice.is_waiting:
            raise _does_not_wait(notice)
        waiting.end(desk, notice, Decision.DECLINED, by.name, now, reason=reason)
        return notices.notice(desk.store, notice.id)


def send_now(desk: Desk, notice_id: str, by: Actor, now: datetime) -> Notice:
    """Let a notice go that would leave by itself a little later; what has left already stays as it is.

    It waits for nobody's yes: one that does is not let go here, whoever asks. Raises NotFound, Conflict when it waits
    for a yes, was put away, or is of no use any more.
    """
    with desk.deed():
        notice = notices.notice(desk.store, notice_id)
        if notice.has_left:
            return notice
        wait = notice.wait
        if notice.state is not NoticeState.HELD or wait is None or wait.until is None:
            raise _cannot_hurry(desk, notice)
        if notice.useful_until <= now:
            raise Conflict(f"Notice {notice.id} came too late to be of use; say anew what is so now.")
        waiting.end(desk, notice, Decision.APPROVED, by.name, now, at_once=True, due=iso(wait.until))
        return notices.notice(desk.store, notice.id)


def _cannot_hurry(desk: Desk, notice: Notice) -> Conflict:
    if notice.state is NoticeState.DRAFT:
        whose = "a second person's" if notice.wait and notice.wait.reason is WaitsFor.A_SECOND_PERSON else "somebody's"
        return Conflict(f"Notice {notice.id} waits for {whose} yes: approve it, and it leaves at once.")
    newer = waits.successor(desk.store, notice)
    instead = f"; notice {newer} took its place" if newer else ""
    return Conflict(f"Notice {notice.id} was put away and nobody hears it{instead}.")


def run_waits(desk: Desk, by: Actor, now: datetime) -> list[str]:
    """Let go what was held long enough, put away what nobody answered in time. Returns what was done, for the log."""
    done = []
    for notice in notices.waiting(desk.store):
        if notice.useful_until <= now:
            decision = Decision.EXPIRED
        elif notice.wait is not None and notice.wait.reason is WaitsFor.DIGEST:
            continue
        elif notice.wait is not None and notice.wait.until is not None and notice.wait.until <= now:
            decision = Decision.APPROVED
        else:
            continue
        with desk.deed():
            if waiting.end(desk, notice, decision, by.name, now):
                done.append(f"{decision} {notice.id}")
    return done + digest.let_go(desk, by, now)


def _wait(notice: Notice) -> Wait:
    if notice.state is not NoticeState.DRAFT or notice.wait is None:
        raise _does_not_wait(notice)
    return notice.wait


def _does_not_wait(notice: Notice) -> Conflict:
    return Conflict(f"Notice {notice.id} is {notice.state.replace('_', ' ')}; it does not wait for anybody's yes.")
