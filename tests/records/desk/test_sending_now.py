"""Held words go at once where somebody wants them to; what waits for a yes does not."""

from datetime import timedelta

import pytest

from records.desk.approvals import decline_notice, run_waits, send_now
from records.desk.incidents import open_incident
from records.errors import Conflict, NotFound
from records.notices import Decision, NoticeState, WaitsFor
from records.people import CLOCK, Actor, Role
from records.store import incidents, ledger, notices, waits
from records.store.people import audit_entries
from records.times import iso
from tests.cast import ANA, DAY, MINUTE, NOW, acme, an_incident, deliver, fan_out, the_notice, told
from tests.records.desk.test_company import known, mild

BEN_OPS = Actor(name="user:ben", role=Role.OPS)
EVE = Actor(name="user:eve", role=Role.APPROVER)


def held(store, **changes):
    """A desk and an update that waits for company since a minute after NOW."""
    desk = acme(store, updates_wait=5 * MINUTE, **changes)
    incident = open_incident(desk, mild(), ANA, NOW)
    fan_out(store)
    deliver(store)
    known(desk, incident, NOW + MINUTE)
    return desk, the_notice(store, incident.id)


def test_held_words_leave_at_once_by_whoever_wants_it_and_the_audit_says_so(store):
    desk, notice = held(store)
    assert notice.wait is not None
    assert (notice.state, notice.wait.reason) == (NoticeState.HELD, WaitsFor.COMPANY)
    sent = send_now(desk, notice.id, BEN_OPS, NOW + 2 * MINUTE)
    assert sent.wait is not None
    assert (sent.state, sent.wait.decision, sent.wait.decided_by) == (
        NoticeState.FANNING_OUT, Decision.APPROVED, "user:ben",
    )  # fmt: skip
    fan_out(store, NOW + 2 * MINUTE)
    deliver(store, NOW + 2 * MINUTE)
    assert len(told(store, notice.subject_id)) == 2
    entry = audit_entries(store, subject=notice.id)[0]
    assert (entry.deed, entry.actor) == ("notice.approved", "user:ben")
    assert entry.detail["at_once"] is True
    assert entry.detail["due"] == iso(NOW + 6 * MINUTE)
    assert entry.detail["waited_for"] == "company"
    assert ledger.verify(store).faults == ()


def test_twice_is_once(store):
    desk, notice = held(store)
    send_now(desk, notice.id, ANA, NOW + 2 * MINUTE)
    again = send_now(desk, notice.id, BEN_OPS, NOW + 3 * MINUTE)
    assert again.wait is not None
    assert again.wait.decided_by == ANA.name
    assert [each.actor for each in audit_entries(store, subject=notice.id) if each.deed == "notice.approved"] == [
        ANA.name
    ]
    assert run_waits(desk, CLOCK, NOW + DAY) == []


def test_what_the_clock_let_go_meanwhile_stays_as_it_is(store):
    desk, notice = held(store)
    run_waits(desk, CLOCK, NOW + 6 * MINUTE)
    sent = send_now(desk, notice.id, BEN_OPS, NOW + 6 * MINUTE)
    assert sent.wait is not None
    assert sent.wait.decided_by == CLOCK.name


@pytest.mark.parametrize("by", [ANA, EVE, BEN_OPS], ids=lambda one: one.name)
def test_what_waits_for_a_second_person_is_not_let_go_so_whoever_asks(store, by):
    desk = acme(store, second_person_above=3)
    notice = the_notice(store, open_incident(desk, an_incident(), ANA, NOW).id)
    with pytest.raises(Conflict, match="waits for a second person's yes: approve it"):
        send_now(desk, notice.id, by, NOW + MINUTE)
    assert the_notice(store, notice.subject_id).state is NoticeState.DRAFT


def test_what_newer_words_took_the_place_of_says_which_and_is_not_sent(store):
    desk, first = held(store)
    known(desk, incidents.incident(store, first.subject_id), NOW + 2 * MINUTE)
    newer, first = the_notice(store, first.subject_id), notices.notice(store, first.id)
    assert waits.successor(store, first) == newer.id
    with pytest.raises(Conflict, match=f"nobody hears it; notice {newer.id} took its place"):
        send_now(desk, first.id, ANA, NOW + 3 * MINUTE)
    assert newer.wait is not None
    assert waits.successor(store, newer) is None
    # It has its hour still, and can go at once itself.
    assert newer.wait.until == NOW + 6 * MINUTE
    assert send_now(desk, newer.id, ANA, NOW + 3 * MINUTE).has_left


def test_what_was_taken_back_stays_so(store):
    desk, notice = held(store)
    decline_notice(desk, notice.id, ANA, NOW + 2 * MINUTE)
    with pytest.raises(Conflict, match=r"put away and nobody hears it\.$"):
        send_now(desk, notice.id, ANA, NOW + 3 * MINUTE)


def test_what_can_still_be_taken_back_may_go_at_once_too(store):
    desk = acme(store, hold=timedelta(seconds=10))
    notice = the_notice(store, open_incident(desk, mild(), ANA, NOW).id)
    assert notice.wait is not None
    assert notice.wait.reason is WaitsFor.UNDO
    assert send_now(desk, notice.id, ANA, NOW).has_left


def test_what_is_of_no_use_any_more_is_not_sent(store):
    desk, notice = held(store)
    with pytest.raises(Conflict, match="too late to be of use"):
        send_now(desk, notice.id, ANA, notice.useful_until)
    with pytest.raises(NotFound):
        send_now(desk, "none", ANA, NOW)
