"""The queue: claimed under a lease, settled into the ledger, each delivery by one worker at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from records.components import Status
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce
from records.desk.notices import cancel_notice
from records.incidents import Stage
from records.notices import NoticeState, Outcome
from records.people import COMMAND_LINE
from records.store import ledger, notices, outbox
from records.store.notices import Counts
from tests.cast import (
    ANA,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    a_window,
    acme,
    an_incident,
    deliver,
    done,
    fan_out,
    names,
    number_of,
    put_off,
    the_notice,
)  # fmt: skip

LEASE = MINUTE


@pytest.fixture
def desk(store):
    return acme(store)


@pytest.fixture
def incident(desk):
    opened = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(desk.store)
    return opened


def _updated(desk, incident, stage=Stage.IDENTIFIED, now=NOW + SECOND, **changes):
    return update_incident(
        desk, incident.id, UpdateEntry(stage=stage, body={"en": "We know why."}, **changes), ANA, now
    )


def _claim(store, channel="inapp", now=NOW, **changes):
    return outbox.claim(store, channel, now, lease=LEASE, **changes)


def test_a_claim_takes_what_is_due_with_its_address_and_leaves_the_rest(store, incident):
    claimed = _claim(store, "email")
    assert [(one.address, one.language, one.attempts) for one in claimed] == [("ada@mail.example", "en", 0)]
    assert _claim(store, "email") == []
    assert len(_claim(store, limit=3)) == 3
    assert len(_claim(store, limit=3)) == 1
    assert [one.customer_id for one in _claim(store, "social:acme")] == [0]
    assert _claim(store, "carrier-pigeon") == []


def test_a_settled_delivery_leaves_the_queue_for_the_ledger_with_its_attempt(store, incident):
    (delivery,) = _claim(store, "email")
    assert outbox.mark(store, [done(delivery)], NOW + SECOND) == 1
    (entry,) = ledger.of_customer(store, delivery.customer_id)
    assert (entry.outcome, entry.channel, entry.at, entry.attempts) == (Outcome.ACCEPTED, "email", NOW + SECOND, 1)
    assert (entry.language, entry.sha256) == ("en", "ab" * 32)
    (attempt,) = store.rows("SELECT attempt, phase, code, took_ms FROM attempts")
    assert attempt == {"attempt": 1, "phase": "answered", "code": "250", "took_ms": 3.5}
    assert _claim(store, "email", NOW + HOUR) == []


def test_what_is_put_off_comes_again_when_it_is_due_and_remembers_its_tries(store, incident):
    (delivery,) = _claim(store, "email")
    assert outbox.mark(store, [put_off(delivery, NOW + 5 * MINUTE)], NOW) == 1
    assert _claim(store, "email", NOW + 4 * MINUTE) == []
    assert outbox.next_due(store, "email") == NOW + 5 * MINUTE
    (again,) = _claim(store, "email", NOW + 5 * MINUTE)
    assert again.attempts == 1
    outbox.mark(store, [done(again)], NOW + 5 * MINUTE)
    assert [row["attempt"] for row in store.rows("SELECT attempt FROM attempts ORDER BY attempt")] == [1, 2]
    assert ledger.of_customer(store, delivery.customer_id)[0].attempts == 2


def test_what_may_have_been_sent_is_kept_apart_from_what_was_not(store, incident):
    (delivery,) = _claim(store, "email")
    outbox.mark(store, [replace(put_off(delivery, NOW + HOUR), is_uncertain=True)], NOW)
    assert store.rows("SELECT state FROM deliveries WHERE channel = 'email'") == [{"state": "uncertain"}]
    (again,) = _claim(store, "email", NOW + HOUR)
    assert (delivery.is_uncertain, again.is_uncertain) == (False, True)
    # What delays it next says nothing about that.
    outbox.mark(store, [put_off(again, NOW + 2 * HOUR)], NOW + HOUR)
    assert [one.is_uncertain for one in _claim(store, "email", NOW + 2 * HOUR)] == [True]


def test_putting_off_needs_a_time(store, incident):
    (delivery,) = _claim(store, "email")
    with pytest.raises(ValueError, match="needs a time"):
        outbox.mark(store, [outbox.Mark(delivery=delivery, outcome=None)], NOW)


def test_a_worker_that_lost_its_lease_marks_nothing(store, incident):
    (late,) = _claim(store, "email")
    (current,) = _claim(store, "email", NOW + LEASE)
    assert current.lease != late.lease
    assert outbox.mark(store, [done(late), put_off(late, NOW)], NOW + LEASE) == 0
    assert ledger.of_customer(store, late.customer_id) == []
    assert store.rows("SELECT * FROM attempts") == []
    assert outbox.mark(store, [done(current)], NOW + LEASE) == 1
    assert outbox.mark(store, [done(current)], NOW + LEASE) == 0
    assert len(ledger.of_customer(store, late.customer_id)) == 1


def test_one_lost_lease_in_a_group_keeps_nobody_else_from_being_settled(store, incident):
    late = _claim(store)
    (taken,) = _claim(store, now=NOW + LEASE, limit=1)
    marks = [done(late[0]), put_off(late[1], NOW + HOUR), *(done(one) for one in late[2:])]
    assert outbox.mark(store, marks, NOW + LEASE) == 3
    assert [one for one in ledger.of_customer(store, taken.customer_id) if one.channel == "inapp"] == []
    tried = {row["customer_id"] for row in store.rows("SELECT customer_id FROM attempts")}
    assert tried == {one.customer_id for one in late} - {taken.customer_id}
    assert outbox.mark(store, [done(taken)], NOW + LEASE) == 1


def test_the_same_mark_twice_in_a_group_settles_once(store, incident):
    (delivery,) = _claim(store, "email")
    assert outbox.mark(store, [done(delivery), done(delivery)], NOW) == 1
    assert len(ledger.of_customer(store, delivery.customer_id)) == 1


def test_deliveries_of_a_dead_worker_fall_due_by_themselves(store, incident):
    first = _claim(store)
    assert _claim(store, now=NOW + LEASE - SECOND) == []
    second = _claim(store, now=NOW + LEASE)
    assert {one.customer_id for one in second} == {one.customer_id for one in first}


def test_a_worker_whose_lease_lapsed_unnoticed_may_still_settle(store, incident):
    (delivery,) = _claim(store, "email")
    assert outbox.mark(store, [done(delivery)], NOW + 2 * LEASE) == 1


def test_a_lease_is_renewed_only_by_whoever_still_has_it(store, incident):
    late = _claim(store)
    (current,) = _claim(store, now=NOW + LEASE, limit=1)
    kept = outbox.renew(store, [*late, current], NOW + LEASE, lease=LEASE)
    assert len(kept) == 4
    assert kept[-1] == current
    assert current.customer_id not in [one.customer_id for one in kept[:-1]]
    assert _claim(store, now=NOW + 2 * LEASE - SECOND) == []
    assert outbox.mark(store, [done(one) for one in kept], NOW + LEASE) == 4


def test_urgent_deliveries_leave_before_a_mass_mailing_that_came_first(store, desk):
    announce(desk, a_window(audience="everyone"), ANA, NOW - HOUR)
    fan_out(store, NOW - HOUR)
    minor = open_incident(desk, an_incident(statuses={"website": Status.DEGRADED}), ANA, NOW - MINUTE)
    grave = open_incident(desk, an_incident(), ANA, NOW)
    fan_out(store)
    order = [notices.notice(store, one.notice_id).subject_id for one in _claim(store)]
    assert order[:4] == [grave.id] * 4
    assert order[4:11] == [minor.id] * 7
    assert len(order) == 18
    few = _claim(store, now=NOW + LEASE, limit=4)
    assert {notices.notice(store, one.notice_id).subject_id for one in few} == {grave.id}


def test_more_marks_than_may_be_repeated_after_a_kill_are_refused(store, incident):
    delivery = _claim(store)[0]
    with pytest.raises(ValueError, match="51 marks"):
        outbox.mark(store, [done(delivery)] * (outbox.MAX_MARKS + 1), NOW)
    assert outbox.mark(store, [], NOW) == 0


def test_one_bad_mark_leaves_the_whole_group_unmarked(store, incident):
    first, second, *_ = _claim(store)
    with pytest.raises(ValueError, match="needs a time"):
        outbox.mark(store, [done(first), outbox.Mark(delivery=second, outcome=None)], NOW)
    assert ledger.of_customer(store, first.customer_id) == []
    assert outbox.mark(store, [done(first)], NOW) == 1


def test_workers_that_claim_at_once_never_share_a_delivery_and_miss_none(store, desk):
    entries = [CustomerEntry(external_id=f"x-{number}", tags=("holds:BTC",)) for number in range(200)]
    put_customers(desk, entries, COMMAND_LINE, NOW - MINUTE)
    notice = the_notice(store, open_incident(desk, an_incident(channels=("inapp",)), ANA, NOW).id)
    fan_out(store)

    def work() -> list[int]:
        mine = []
        while claimed := _claim(store, limit=7):
            assert len(claimed) <= 7
            assert outbox.mark(store, [done(one) for one in claimed], NOW) == len(claimed)
            mine += [one.customer_id for one in claimed]
        return mine

    with ThreadPoolExecutor(4) as workers:
        shares = [future.result(timeout=120) for future in [workers.submit(work) for _ in range(4)]]
    everybody = [number for share in shares for number in share]
    assert len(everybody) == len(set(everybody)) == 204
    assert notices.status(store, notice.id).people == Counts(sent=204)


def test_newer_words_take_the_place_of_those_nobody_has_begun_to_send(store, desk, incident):
    (begun,) = _claim(store, "email")
    _updated(desk, incident)
    fan_out(store)
    newer, older = notices.notices(store, subject_id=incident.id)
    status = notices.status(store, older.id)
    assert status.channels["inapp"] == Counts(suppressed=4)
    assert status.channels["email"] == Counts(queued=1, suppressed=3)
    assert status.sums_match
    outcomes = {entry.outcome for entry in ledger.of_notice(store, older.id) if entry.channel == "inapp"}
    assert outcomes == {Outcome.SUPERSEDED}
    assert outbox.mark(store, [done(begun)], NOW + SECOND) == 1
    assert notices.status(store, older.id).complete
    assert notices.status(store, newer.id).people.queued == 4
    assert ledger.verify(store).faults[0].startswith(f"notice {older.id}: 1 rows name words")


def test_words_wait_on_where_the_newer_ones_do_not_go(store, desk, incident):
    _updated(desk, incident, channels=("email",))
    _, older = notices.notices(store, subject_id=incident.id)
    status = notices.status(store, older.id)
    assert status.channels["inapp"] == Counts(queued=4)
    assert status.channels["email"] == Counts(suppressed=4)


def test_old_words_under_way_are_not_tried_again_once_newer_ones_exist(store, desk, incident):
    (begun,) = _claim(store, "email")
    _updated(desk, incident)
    assert outbox.mark(store, [put_off(begun, NOW + HOUR)], NOW + SECOND) == 1
    entry = ledger.of_customer(store, begun.customer_id)[0]
    assert (entry.channel, entry.outcome, entry.reason, entry.attempts) == (
        "email",
        Outcome.SUPERSEDED,
        "superseded",
        1,
    )
    assert [one.notice_id for one in _claim(store, "email", NOW + HOUR) if one.notice_id == begun.notice_id] == []


def test_a_cancelled_notice_sends_nothing_more(store, desk, incident):
    notice = the_notice(store, incident.id)
    (begun,) = _claim(store, "email")
    assert cancel_notice(desk, notice.id, "user:ana", NOW) == 5
    assert notices.notice(store, notice.id).state is NoticeState.CANCELLED
    assert deliver(store) == []
    assert not notices.status(store, notice.id).complete
    assert outbox.mark(store, [put_off(begun, NOW + HOUR)], NOW) == 1
    status = notices.status(store, notice.id)
    assert status.channels["email"] == Counts(suppressed=4)
    assert status.complete
    reasons = {entry.reason for entry in ledger.of_notice(store, notice.id) if entry.outcome is Outcome.CANCELLED}
    assert reasons == {"by user:ana", "cancelled"}


def test_a_notice_is_done_when_its_queue_is_empty_and_not_before(store, incident):
    notice = the_notice(store, incident.id)
    assert outbox.finish_notices(store) == []
    deliver(store, channels=("inapp", "email"))
    assert notices.notice(store, notice.id).state is NoticeState.SENDING
    deliver(store, channels=("social:acme",))
    assert notices.notice(store, notice.id).state is NoticeState.DONE
    assert outbox.finish_notices(store) == []


def test_a_notice_being_fanned_out_is_not_done_even_while_its_queue_is_empty(store, desk):
    notice = the_notice(store, open_incident(desk, an_incident(channels=("inapp",)), ANA, NOW).id)
    assert outbox.finish_notices(store) == []
    assert notices.notice(store, notice.id).state is NoticeState.FANNING_OUT


def test_the_depth_of_the_queue_and_what_is_due_are_known(store, desk, incident):
    depth = {"email": (1, NOW), "inapp": (4, NOW), "social:acme": (1, NOW)}
    assert outbox.queue_depth(store) == depth
    assert outbox.due_channels(store, NOW - SECOND) == []
    assert outbox.due_channels(store, NOW) == ["email", "inapp", "social:acme"]
    assert outbox.next_due(store, "email") == NOW
    _claim(store)
    assert outbox.due_channels(store, NOW) == ["email", "social:acme"]
    assert outbox.next_due(store, "inapp") == NOW + LEASE
    deliver(store, NOW + LEASE)
    assert outbox.queue_depth(store) == {}
    assert outbox.due_channels(store, NOW + HOUR) == []
    assert outbox.next_due(store, "inapp") is None


def test_the_best_that_any_channel_did_speaks_for_a_customer(store, desk):
    notice = the_notice(
        store, open_incident(desk, an_incident(audience="holds:ETH", channels=("email", "inapp")), ANA, NOW).id
    )
    fan_out(store)
    deliver(store, channels=("email",), outcome=Outcome.FAILED)
    assert notices.status(store, notice.id).people == Counts(queued=3)
    one, two, three = _claim(store)
    outbox.mark(store, [done(one), done(two, Outcome.EXPIRED), done(three, Outcome.SUPPRESSED)], NOW)
    people = notices.status(store, notice.id).people
    assert people.total == 3
    assert people.sent == 1
    assert names(store, [one.customer_id, two.customer_id, three.customer_id]) == ["bruno", "carmen", "elif"]
    # carmen has no address: whatever became of the app's notice is all there is to say of her.
    last = {number_of(store, "carmen")} & {three.customer_id}
    assert (people.failed, people.suppressed) == ((1, 1) if last else (2, 0))


def test_an_answer_is_cut_and_times_come_back_as_they_were(store, incident):
    (delivery,) = _claim(store, "email")
    assert isinstance(delivery.created_at, datetime)
    assert delivery.useful_until > NOW
    long_reply = outbox.Attempt(phase="answered", reply="x" * 900)
    outbox.mark(store, [outbox.Mark(delivery=delivery, outcome=Outcome.FAILED, attempt=long_reply)], NOW)
    assert store.rows("SELECT length(reply) AS total FROM attempts") == [{"total": 500}]
