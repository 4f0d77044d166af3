"""From a decided audience to queued deliveries: resumable, idempotent, and everybody accounted for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce
from records.desk.notices import cancel_notice
from records.incidents import Stage
from records.maintenance import Kind
from records.notices import NoticeState, Outcome, Reason
from records.people import COMMAND_LINE
from records.store import customers, fanout, ledger, notices, outbox
from records.store.notices import Counts
from tests.cast import (
    ANA,
    MINUTE,
    NOW,
    SECOND,
    a_window,
    acme,
    an_incident,
    deliver,
    fan_out,
    number_of,
    the_notice,
    told,
)


class _PulledPlugError(Exception):
    pass


class _Plug:
    """Lets `left` statements through, then pulls the plug."""

    def __init__(self, store, monkeypatch):
        self.left = None
        for verb in ("run", "rows", "many"):
            monkeypatch.setattr(store, verb, self._guarded(getattr(store, verb)))

    def _guarded(self, verb):
        def guarded(*args, **values):
            if self.left is not None:
                if self.left == 0:
                    raise _PulledPlugError
                self.left -= 1
            return verb(*args, **values)

        return guarded


def _add_many(desk, count):
    entries = [
        CustomerEntry(external_id=f"x-{n}", email=f"x{n}@mail.example", tags=("holds:BTC",)) for n in range(count)
    ]
    put_customers(desk, entries, COMMAND_LINE, NOW - MINUTE)


def _opened(desk, **changes):
    return the_notice(desk.store, open_incident(desk, an_incident(**changes), ANA, NOW).id)


def _reasons(store, notice):
    """Per customer and channel: '' when queued, else the reason why not."""
    queued = store.rows("SELECT customer_id, channel FROM deliveries WHERE notice_id = :id", id=notice.id)
    found = {(row["customer_id"], row["channel"]): "" for row in queued}
    found |= {(row.customer_id, row.channel): row.reason for row in ledger.of_notice(store, notice.id)}
    return {
        (customers.customer_by_number(store, number).external_id, channel): reason
        for (number, channel), reason in found.items()
        if number
    }


def test_a_chunk_may_fail_at_any_statement_and_the_next_try_goes_on(store, monkeypatch):
    desk, plug = acme(store), _Plug(store, monkeypatch)
    for statement in range(100):
        notice = _opened(desk)
        assert fanout.fan_out_chunk(store, notice, NOW, chunk=3)
        before = notices.status(store, notice.id)
        plug.left = statement
        failed = False
        try:
            fanout.fan_out_chunk(store, notice, NOW, chunk=3)
        except _PulledPlugError:
            failed = True
        plug.left = None
        if not failed:
            break
        assert notices.status(store, notice.id) == before
        fan_out(store, chunk=3)
        status = notices.status(store, notice.id)
        assert (status.audience, status.people.queued, status.sums_match) == (4, 4, True)
    assert statement > 8, "the plug was never pulled: the test proves nothing"


def test_two_notifiers_may_fan_out_the_same_notice_at_once(store):
    desk = acme(store)
    _add_many(desk, 60)
    notice = _opened(desk)

    def work():
        chunks = 0
        while fanout.fan_out_chunk(store, notice, NOW, chunk=4):
            chunks += 1
        return chunks

    with ThreadPoolExecutor(2) as notifiers:
        assert sum(future.result(timeout=60) for future in [notifiers.submit(work) for _ in range(2)]) >= 17
    status = notices.status(store, notice.id)
    assert (status.audience, status.people, status.sums_match) == (64, Counts(queued=64), True)
    assert notices.notice(store, notice.id).audience_count == 64
    assert notices.notice(store, notice.id).state is NoticeState.SENDING
    assert ledger.verify(store).faults == ()


def test_the_sums_match_after_every_chunk_claim_and_mark(store):
    desk = acme(store)
    _add_many(desk, 20)
    notice = _opened(desk)
    seen = []

    def check():
        status = notices.status(store, notice.id)
        assert status.sums_match, status
        assert status.people.total == status.audience
        seen.append(status)

    check()
    while fanout.fan_out_chunk(store, notice, NOW, chunk=4):
        check()
    check()
    for channel, outcome in (("inapp", Outcome.ACCEPTED), ("email", Outcome.FAILED), ("social:acme", Outcome.EXPIRED)):
        while claimed := outbox.claim(store, channel, NOW, lease=MINUTE, limit=6):
            check()
            outbox.mark(store, [outbox.Mark(delivery=one, outcome=outcome) for one in claimed[:3]], NOW)
            check()
            outbox.mark(store, [outbox.Mark(delivery=one, outcome=None, due_at=NOW) for one in claimed[3:]], NOW)
            check()
    complete = [status.complete for status in seen]
    assert complete == sorted(complete), "once complete, always complete"
    assert complete.count(True) == 2, "only when the social post was settled, too"
    assert seen[-1].people == Counts(sent=24)
    assert seen[-1].channels == {
        "email": Counts(failed=21, suppressed=3),
        "inapp": Counts(sent=24),
        "social:acme": Counts(failed=1),
    }


def test_mandatory_words_take_the_other_channel_and_are_never_silenced_wholly(store):
    desk = acme(store)
    notice = _opened(desk, audience="everyone", channels=("email", "inapp"))
    fan_out(store)
    optout, no_address, bounced = (reason.value for reason in (Reason.OPTOUT, Reason.NO_ADDRESS, Reason.BOUNCED))
    assert _reasons(store, notice) == {
        ("ada", "email"): "",
        ("ada", "inapp"): "",
        ("bruno", "email"): "",
        ("bruno", "inapp"): "",
        ("carmen", "email"): no_address,
        ("carmen", "inapp"): "",
        ("dmitri", "email"): optout,
        ("dmitri", "inapp"): "",
        # Declined everything: neither choice holds, because no other channel would carry it.
        ("elif", "email"): "",
        ("elif", "inapp"): "",
        ("fay", "email"): bounced,
        ("fay", "inapp"): "",
        ("gus", "email"): "",
        ("gus", "inapp"): "",
    }


def test_optional_words_respect_every_choice(store):
    desk = acme(store)
    window = announce(
        desk,
        a_window(kind=Kind.PROMOTION, component_ids=(), audience="everyone", channels=("email", "inapp")),
        ANA,
        NOW,
    )
    fan_out(store)
    silent = {key: reason for key, reason in _reasons(store, the_notice(store, window.id)).items() if reason}
    assert silent == {
        ("carmen", "email"): "no_address",
        ("dmitri", "email"): "optout",
        ("elif", "email"): "optout",
        ("elif", "inapp"): "optout",
        ("fay", "email"): "bounced",
    }
    assert notices.status(store, the_notice(store, window.id).id).people == Counts(queued=6, suppressed=1)


@pytest.mark.parametrize(
    ("channels", "email", "address", "blocked", "inapp", "expected"),
    [
        # One channel only: a choice against it does not hold.
        (("email",), False, True, False, True, {"email": ""}),
        (("inapp",), True, True, False, False, {"inapp": ""}),
        (("email",), True, False, False, True, {"email": "no_address"}),
        (("email",), True, True, True, True, {"email": "bounced"}),
        # The app was declined; mail carries it only where mail can.
        (("email", "inapp"), True, True, False, False, {"email": "", "inapp": "optout"}),
        (("email", "inapp"), True, False, False, False, {"email": "no_address", "inapp": ""}),
        (("email", "inapp"), True, True, True, False, {"email": "bounced", "inapp": ""}),
        (("email", "inapp"), False, True, True, False, {"email": "bounced", "inapp": ""}),
        (("email", "inapp"), False, False, False, False, {"email": "no_address", "inapp": ""}),
    ],
)
def test_a_choice_holds_only_while_the_other_channel_carries_the_words(
    store, channels, email, address, blocked, inapp, expected
):
    desk = acme(store)
    entry = CustomerEntry(
        external_id="zoe",
        email="zoe@mail.example" if address else None,
        channels={"email": email, "inapp": inapp},
    )
    put_customers(desk, [entry], COMMAND_LINE, NOW - MINUTE)
    if blocked:
        customers.block_contact(store, number_of(store, "zoe"), "email", "bounced")
    notice = _opened(desk, audience="customer:zoe", channels=channels)
    fan_out(store)
    assert _reasons(store, notice) == {("zoe", channel): reason for channel, reason in expected.items()}


def test_a_social_post_stands_outside_the_counts_of_people(store):
    notice = _opened(acme(store), channels=("inapp", "social"))
    fan_out(store)
    status = notices.status(store, notice.id)
    assert (status.audience, status.people) == (4, Counts(queued=4))
    assert status.channels == {"inapp": Counts(queued=4), "social:acme": Counts(queued=1)}
    deliver(store, channels=("inapp",))
    assert not notices.status(store, notice.id).complete
    deliver(store)
    assert notices.status(store, notice.id).complete


def test_a_notice_on_social_accounts_alone_is_for_nobody_in_particular(store):
    notice = _opened(acme(store), channels=("social",))
    fan_out(store)
    deliver(store)
    status = notices.status(store, notice.id)
    assert (status.audience, status.people, status.complete) == (0, Counts(), True)
    assert ledger.verify(store).faults == ()


def test_who_becomes_a_customer_after_the_decision_is_not_told(store):
    desk = acme(store)
    notice = _opened(desk)
    put_customers(desk, [CustomerEntry(external_id="late", tags=("holds:BTC",))], COMMAND_LINE, NOW + SECOND)
    fan_out(store, NOW + MINUTE)
    assert notices.status(store, notice.id).audience == 4


def test_when_everybody_is_queued_the_notice_says_since_when(store):
    notice = _opened(acme(store))
    assert (notice.state, notice.fanned_out_at) == (NoticeState.FANNING_OUT, None)
    fan_out(store, NOW + SECOND)
    kept = notices.notice(store, notice.id)
    assert (kept.state, kept.fanned_out_at, kept.audience_count) == (NoticeState.SENDING, NOW + SECOND, 4)
    assert fanout.unfinished_fanouts(store) == []
    assert not fanout.fan_out_chunk(store, notice, NOW)


def test_urgent_notices_are_fanned_out_first(store):
    desk = acme(store)
    bulk = the_notice(store, announce(desk, a_window(), ANA, NOW).id)
    urgent = _opened(desk)
    assert [each.id for each in fanout.unfinished_fanouts(store)] == [urgent.id, bulk.id]


def test_a_later_notice_waits_until_everybody_is_queued_for_the_earlier_one(store):
    """Else "it is over" would not reach those who are told of the outage a moment later."""
    desk = acme(store)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    update_incident(desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}), ANA, NOW)
    resolved, _ = notices.notices(store, subject_id=incident.id)
    while fanout.fan_out_chunk(store, resolved, NOW, chunk=2):
        pass
    assert told(store, incident.id) == [["ada", "carmen", "dmitri", "fay"]] * 2


def test_a_notice_cancelled_while_it_is_fanned_out_queues_nobody_more(store):
    desk = acme(store)
    notice = _opened(desk, audience="everyone")
    assert fanout.fan_out_chunk(store, notice, NOW, chunk=3)
    assert cancel_notice(desk, notice.id, ANA.name, NOW) == 6
    assert not fanout.fan_out_chunk(store, notice, NOW, chunk=3)
    assert fanout.unfinished_fanouts(store) == []
    status = notices.status(store, notice.id)
    assert (status.audience, status.people, status.complete) == (3, Counts(suppressed=3), True)
    assert notices.notice(store, notice.id).state is NoticeState.CANCELLED
    assert deliver(store) == []


def test_a_rule_as_long_as_one_may_write_still_reaches_its_customers(store):
    rule = " or ".join(["holds:BTC", *(f"holds:TOKEN{number:06}" for number in range(220))])
    notice = _opened(acme(store), audience=f"not (product:card) and ({rule})"[:3_990].rpartition(" or ")[0] + ")")
    fan_out(store)
    assert notices.status(store, notice.id).audience == 4


def test_a_notice_that_is_fanned_out_again_changes_nothing(store):
    notice = _opened(acme(store))
    fan_out(store)
    before = store.rows("SELECT * FROM deliveries ORDER BY customer_id, channel")
    store.run("UPDATE fanouts SET position = -1, done_at = NULL, matched = 0")
    store.run("UPDATE notices SET state = 'fanning_out', audience_count = 0")
    fan_out(store)
    assert store.rows("SELECT * FROM deliveries ORDER BY customer_id, channel") == before
    assert replace(notices.notice(store, notice.id), audience_count=0).id == notice.id
