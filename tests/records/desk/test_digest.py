"""However many services fail at once, customers get a handful of messages; each incident keeps its own record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.components import Status
from records.desk.approvals import decline_notice, run_waits
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.digest import DigestRule
from records.incidents import Impact, Stage
from records.notices import Category, NoticeKind, NoticeState, Outcome, WaitsFor
from records.people import CLOCK
from records.policies import Policy
from records.store import ledger, notices, unreached
from records.subscribers import SubscriberKind
from tests.cast import ANA, MINUTE, NOW, SECOND, acme, an_incident, fan_out, number_of, the_notice
from tests.followers import follow
from tests.server.telling import carry

RULE = DigestRule(enough=3, name={"en": "Several services have trouble"})
CHANNELS = ("inapp", "email", "social:acme")


@pytest.fixture
def desk(store):
    return acme(store, digest=RULE)


def declare(desk, number, now=NOW, **changes):
    entry = an_incident(
        name={"en": f"Trouble {number}", "fr": f"Panne {number}"},
        body={"en": f"It is about {number}."},
        **{"impact": Impact.MINOR, **changes},
    )
    return open_incident(desk, entry, ANA, now)


def many(desk, count, now=NOW):
    return [declare(desk, number, now) for number in range(count)]


def mails(store, ref):
    """What became of mail to one customer, with the names of what was mailed."""
    rows = [each for each in ledger.of_customer(store, number_of(store, ref)) if each.channel == "email"]
    return sorted(
        (notices.notice(store, each.notice_id).facts["name"]["en"], each.outcome.value, each.reason) for each in rows
    )


def deliver_all(store, now):
    fan_out(store, now)
    for channel in CHANNELS:
        carry(store, channel, now)


def test_the_first_few_leave_at_once_and_what_follows_waits_for_company(desk):
    many(desk, 5)
    found = [each for each in notices.notices(desk.store) if each.subject_kind == "incident"]
    assert sorted(each.state for each in found) == [NoticeState.FANNING_OUT] * 3 + [NoticeState.HELD] * 2
    held = [each.wait for each in found if each.state is NoticeState.HELD]
    assert all(each is not None and each.reason is WaitsFor.DIGEST for each in held)
    assert {each.until for each in held if each} == {NOW + MINUTE}


def test_what_waited_reaches_each_customer_in_one_mail(desk, store):
    many(desk, 10)
    deliver_all(store, NOW)
    assert run_waits(desk, CLOCK, NOW + 59 * SECOND) == []
    (done,) = run_waits(desk, CLOCK, NOW + MINUTE)
    assert done.startswith("digest")
    deliver_all(store, NOW + MINUTE)
    accepted = [name for name, outcome, _ in mails(store, "ada") if outcome == "accepted"]
    assert sorted(accepted) == ["Several services have trouble", "Trouble 0", "Trouble 1", "Trouble 2"]
    assert [(name, why) for name, outcome, why in mails(store, "ada") if outcome == "suppressed"] == [
        (f"Trouble {number}", "in_digest") for number in range(3, 10)
    ]
    assert ledger.verify(store).faults == ()


def test_the_digest_says_what_each_of_them_says(desk, store):
    found = many(desk, 5)
    run_waits(desk, CLOCK, NOW + MINUTE)
    (digest,) = [each for each in notices.notices(store) if each.is_digest]
    assert digest.kind is NoticeKind.INCIDENT_OPENED
    assert digest.facts["body"]["en"] == (
        f"Trouble 3 ({found[3].ref}): It is about 3.\n\nTrouble 4 ({found[4].ref}): It is about 4."
    )
    assert digest.facts["body"]["fr"].startswith("Panne 3")
    assert digest.facts["impact"] == "minor"
    assert digest.facts["next_update_at"] is not None
    assert digest.facts["still_works"] == {}


def test_in_the_app_each_stands_by_itself(desk, store):
    many(desk, 5)
    run_waits(desk, CLOCK, NOW + MINUTE)
    deliver_all(store, NOW + MINUTE)
    rows = [each for each in ledger.of_customer(store, number_of(store, "ada")) if each.channel == "inapp"]
    said = sorted((notices.notice(store, each.notice_id).facts["name"]["en"], each.outcome.value) for each in rows)
    assert said == [("Several services have trouble", "suppressed"), *((f"Trouble {n}", "accepted") for n in range(5))]


def test_the_public_hears_it_once_too(desk, store):
    many(desk, 6)
    run_waits(desk, CLOCK, NOW + MINUTE)
    deliver_all(store, NOW + MINUTE)
    posts = store.rows(
        "SELECT outcome, count(*) AS n FROM ledger WHERE channel = 'social:acme' GROUP BY outcome ORDER BY 1"
    )
    assert [(row["outcome"], row["n"]) for row in posts] == [("accepted", 4), ("suppressed", 3)]


def test_what_customers_may_decline_makes_a_digest_that_they_may_decline(store):
    minor = frozenset({Impact.MINOR})
    may = Policy(kinds=frozenset(NoticeKind), impacts=minor, category=Category.OPTIONAL_SERVICE, channels=CHANNELS)
    must = Policy(kinds=frozenset(NoticeKind), channels=CHANNELS)
    desk = acme(store, digest=replace(RULE, enough=1), policies=(may, must))
    declare(desk, 0)
    for number in range(1, 5):
        declare(desk, number, impact=Impact.NONE if number % 2 else Impact.MINOR)
    for ticks in range(2):
        run_waits(desk, CLOCK, NOW + MINUTE + ticks * SECOND)
    carriers = [each for each in notices.notices(store) if each.is_digest]
    assert {each.category for each in carriers} == set(Category)
    assert [each.facts["body"]["en"].count("It is about") for each in carriers] == [2, 2]


def test_whoever_heard_in_a_digest_hears_the_end_and_nobody_else(desk, store):
    found = many(desk, 5)
    deliver_all(store, NOW)
    run_waits(desk, CLOCK, NOW + MINUTE)
    deliver_all(store, NOW + MINUTE)
    later = NOW + timedelta(hours=1)
    update_incident(desk, found[4].id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}), ANA, later)
    assert the_notice(store, found[4].id).kind is NoticeKind.INCIDENT_RESOLVED
    deliver_all(store, later)
    ends = [each for each in notices.notices(store) if each.kind is NoticeKind.INCIDENT_RESOLVED]
    assert [each.subject_id for each in ends] == [found[4].id]
    last = [each for each in ledger.of_customer(store, number_of(store, "ada")) if each.notice_id == ends[0].id]
    assert Outcome.ACCEPTED in {each.outcome for each in last}


def test_a_digest_that_still_waits_is_not_sent_once_all_of_it_is_over(desk, store):
    """Nobody is told in the present tense of what is past; its end is told instead."""
    told = many(desk, 6)
    deliver_all(store, NOW)
    assert run_waits(desk, CLOCK, NOW + MINUTE)
    fan_out(store, NOW + MINUTE)
    (digest,) = [each for each in notices.notices(store) if each.is_digest]
    resolved = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It is over."})

    def ends(number, minute):
        update_incident(desk, told[number].id, resolved, ANA, NOW + minute * MINUTE)
        fan_out(store, NOW + minute * MINUTE)
        found = store.rows("SELECT state FROM deliveries WHERE notice_id = :id AND channel = 'email'", id=digest.id)
        return {row["state"] for row in found}

    assert ends(3, 60) == ends(4, 61) == {"queued"}
    assert ends(5, 62) == set()
    assert {
        (outcome, reason) for name, outcome, reason in mails(store, "ada") if name == "Several services have trouble"
    } == {("superseded", "superseded")}
    assert notices.status(store, digest.id).complete
    deliver_all(store, NOW + 63 * MINUTE)
    assert [name for name, outcome, _ in mails(store, "ada") if outcome == "accepted"].count("Trouble 5") == 1


def test_a_digest_of_ends_is_sent_though_all_of_it_is_over(desk, store):
    told = many(desk, 6)
    deliver_all(store, NOW)
    assert run_waits(desk, CLOCK, NOW + MINUTE)
    deliver_all(store, NOW + MINUTE)
    for incident in told[3:]:
        update_incident(
            desk, incident.id, UpdateEntry(stage=Stage.RESOLVED, body={"en": "It is over."}), ANA, NOW + 2 * MINUTE
        )
    assert run_waits(desk, CLOCK, NOW + 4 * MINUTE)
    deliver_all(store, NOW + 4 * MINUTE)
    (ends,) = [each for each in notices.notices(store) if each.is_digest and each.kind is NoticeKind.INCIDENT_RESOLVED]
    assert (ends.facts["name"]["en"], "accepted", "") in mails(store, "ada")
    assert notices.status(store, ends.id).complete
    assert "superseded" not in {outcome for _, outcome, _ in mails(store, "ada")}


def test_a_digest_that_is_still_being_queued_gives_way_too(desk, store):
    told = many(desk, 5)
    deliver_all(store, NOW)
    assert run_waits(desk, CLOCK, NOW + MINUTE)
    (digest,) = [each for each in notices.notices(store) if each.is_digest]
    resolved = UpdateEntry(stage=Stage.RESOLVED, body={"en": "It is over."})
    for number in (3, 4):
        update_incident(desk, told[number].id, resolved, ANA, NOW + 60 * MINUTE)
    fan_out(store, NOW + 60 * MINUTE)
    assert [outcome for name, outcome, _ in mails(store, "ada") if name == digest.facts["name"]["en"]] == ["superseded"]
    assert notices.status(store, digest.id).complete


def test_grave_ones_wait_only_when_twice_as_many_were_told(store):
    desk = acme(store, digest=replace(RULE, enough=3))
    found = [declare(desk, number, impact=Impact.MAJOR) for number in range(6)]
    assert all(the_notice(store, each.id).state is NoticeState.FANNING_OUT for each in found)
    assert the_notice(store, declare(desk, 6, impact=Impact.MINOR).id).state is NoticeState.HELD
    assert the_notice(store, declare(desk, 7, impact=Impact.MAJOR).id).state is NoticeState.HELD


def test_once_it_is_calm_words_leave_at_once_again(desk, store):
    many(desk, 5)
    run_waits(desk, CLOCK, NOW + MINUTE)
    later = NOW + 6 * MINUTE
    assert the_notice(store, declare(desk, 9, later).id).state is NoticeState.FANNING_OUT


def test_one_that_finds_no_company_leaves_as_it_is(desk, store):
    found = many(desk, 4)
    (done,) = run_waits(desk, CLOCK, NOW + MINUTE)
    assert done.startswith("approved")
    assert the_notice(store, found[3].id).state is NoticeState.FANNING_OUT
    assert not [each for each in notices.notices(store) if each.is_digest]


def test_newer_words_do_not_make_people_wait_longer(desk, store):
    found = many(desk, 4)
    first = the_notice(store, found[3].id).wait
    update_incident(
        desk, found[3].id, UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "The network."}), ANA, NOW + 30 * SECOND
    )
    again = the_notice(store, found[3].id).wait
    assert first is not None
    assert again is not None
    assert again.until == first.until


def test_what_can_be_taken_back_is_not_in_the_digest(desk, store):
    found = many(desk, 6)
    decline_notice(desk, the_notice(store, found[3].id).id, ANA, NOW)
    run_waits(desk, CLOCK, NOW + MINUTE)
    (digest,) = [each for each in notices.notices(store) if each.is_digest]
    assert "Trouble 3" not in digest.facts["body"]["en"]


def test_nobody_counts_as_not_reached_who_read_the_digest(desk, store):
    for number in range(5):
        declare(desk, number, channels=("email",))
    run_waits(desk, CLOCK, NOW + MINUTE)
    deliver_all(store, NOW + MINUTE)
    carried = next(each for each in notices.notices(store) if each.facts["name"]["en"] == "Trouble 4")
    refs = [each.external_id for each in unreached.not_reached(store, carried.id, carried.version)]
    assert "ada" not in refs


def test_programs_that_follow_the_page_get_each_by_itself_and_people_the_digest(desk, store):
    program = follow(desk, "https://hooks.example/one", kind=SubscriberKind.WEBHOOK)
    reader = follow(desk, "gwen@mail.example")
    many(desk, 5)
    run_waits(desk, CLOCK, NOW + MINUTE)
    fan_out(store, NOW + MINUTE)
    waiting = store.rows("SELECT customer_id, notice_id FROM deliveries WHERE channel LIKE 'subscriber:%'")
    told = {
        one.id: sorted(
            notices.notice(store, row["notice_id"]).facts["name"]["en"]
            for row in waiting
            if row["customer_id"] == one.id
        )
        for one in (program, reader)
    }
    assert told[program.id] == [f"Trouble {number}" for number in range(5)]
    assert told[reader.id] == ["Several services have trouble", "Trouble 0", "Trouble 1", "Trouble 2"]


def test_without_a_rule_everything_leaves_at_once(store):
    desk = acme(store)
    many(desk, 8)
    assert {each.state for each in notices.notices(store)} == {NoticeState.FANNING_OUT}


def test_a_hundred_incidents_are_a_handful_of_mails(desk, store):
    for number in range(100):
        run_waits(desk, CLOCK, NOW + number * SECOND)
        declare(desk, number, NOW + number * SECOND, statuses={"btc-withdrawals": Status.PARTIAL_OUTAGE})
    for minute in range(2, 6):
        run_waits(desk, CLOCK, NOW + minute * MINUTE)
    deliver_all(store, NOW + 6 * MINUTE)
    accepted = [name for name, outcome, _ in mails(store, "ada") if outcome == "accepted"]
    assert len(accepted) <= 8
    assert sum(outcome == "suppressed" for _, outcome, _ in mails(store, "ada")) == 97
