from datetime import timedelta

import pytest

from notifier.retry import RULES, Case, Trouble, decide, of_http_status, of_smtp_reply, wait_in
from records.notices import Outcome
from tests.notifier.cast import NOW

LATER = NOW + timedelta(hours=72)


def case(trouble, attempts=1, **changes):
    return Case(**({"trouble": trouble, "attempts": attempts, "now": NOW, "useful_until": LATER} | changes))


def row(trouble):
    """One line of the table: what counts, what follows the first five tries, what else happens."""
    rule = RULES[trouble]
    steps = []
    for attempts in range(1, 6):
        decision = decide(case(trouble, attempts), lambda: 0.5)
        if decision.due_at is None:
            steps.append(str(decision.outcome))
            break
        steps.append(f"{(decision.due_at - NOW).total_seconds() / 60:g}m")
    more = [
        words
        for is_so, words in (
            (rule.blocks_address, "address blocked"),
            (rule.is_uncertain, "perhaps sent"),
            (rule.closes_after, f"closes the channel after {rule.closes_after}"),
        )
        if is_so
    ]
    return f"{trouble:15} {'counts' if rule.counts else '-':7} {' '.join(steps):28} {', '.join(more)}".rstrip()


TABLE = """\
relay           -       0m 0m 0m 0m 0m               closes the channel after 5
busy            -       1m 1m 1m 1m 1m
configuration   -       0m 0m 0m 0m 0m               closes the channel after 1
lost            counts  0m 1m 5m 15m 30m             closes the channel after 5
uncertain       counts  15.75m 15.75m 15.75m 15.75m 15.75m perhaps sent, closes the channel after 5
greylisted      counts  5.5m 5.5m 5.5m 5.5m 5.5m
mailbox_full    counts  60m 240m 720m 720m 720m
throttled       -       7.5m 7.5m 7.5m 7.5m 7.5m
deferred        counts  1m 5m 15m 30m 60m
address         counts  failed                       address blocked
policy          counts  failed
content         counts  failed
permanent       counts  failed
post_retryable  counts  1m 5m failed
post_uncertain  counts  1m 5m failed
post_limited    -       1.25m 1.25m 1.25m 1.25m 1.25m
receiver        counts  1m 5m 15m 30m 30m"""


def test_the_table_says_what_follows_each_trouble(capsys):
    table = "\n".join(row(trouble) for trouble in Trouble)
    with capsys.disabled():
        print(f"\n{table}")
    assert table == TABLE


@pytest.mark.parametrize("trouble", list(Trouble))
def test_no_trouble_is_tried_beyond_its_use(trouble):
    decision = decide(case(trouble, useful_until=NOW), lambda: 0.0)
    assert decision.outcome in (Outcome.EXPIRED, Outcome.FAILED)


def test_what_was_perhaps_sent_is_repeated_once_only():
    assert decide(case(Trouble.UNCERTAIN, 2), lambda: 0.0).due_at is not None
    assert decide(case(Trouble.UNCERTAIN, 2, was_uncertain=True), lambda: 0.0).outcome is Outcome.FAILED


def test_what_may_be_declined_waits_longer_for_a_bounce():
    decision = decide(case(Trouble.UNCERTAIN, is_mandatory=False), lambda: 0.0)
    assert decision.due_at == NOW + timedelta(minutes=60)


def test_the_far_side_is_believed_about_when_to_return():
    decision = decide(case(Trouble.GREYLISTED, retry_after=timedelta(seconds=300)), lambda: 0.9)
    assert decision.due_at == NOW + timedelta(seconds=310)


def test_chance_spreads_what_returns():
    early, late = (decide(case(Trouble.DEFERRED, 2), lambda: dice).due_at for dice in (0.0, 1.0))  # noqa: B023 # called at once
    assert (early, late) == (NOW + timedelta(minutes=4), NOW + timedelta(minutes=6))


@pytest.mark.parametrize(
    ("phase", "code", "reply", "trouble"),
    [
        ("mail", 421, "4.3.2 shutting down", Trouble.BUSY),
        ("rcpt", 503, "5.5.1 MAIL first", Trouble.RELAY),
        ("rcpt", 450, "4.2.0 Greylisted for 5 minutes", Trouble.GREYLISTED),
        ("rcpt", 451, "4.7.1 please try later", Trouble.GREYLISTED),
        ("rcpt", 450, "4.7.1 rate limit exceeded", Trouble.THROTTLED),
        ("dot", 421, "4.7.28 rate limited", Trouble.BUSY),
        ("dot", 451, "4.7.650 temporarily limited", Trouble.THROTTLED),
        ("rcpt", 451, "4.4.5 too much load", Trouble.THROTTLED),
        ("rcpt", 452, "4.2.2 over quota", Trouble.MAILBOX_FULL),
        ("rcpt", 452, "4.3.1 disk full", Trouble.DEFERRED),
        ("rcpt", 550, "5.1.1 unknown", Trouble.ADDRESS),
        ("rcpt", 550, "5.2.1 disabled", Trouble.ADDRESS),
        ("rcpt", 550, "No such user here", Trouble.ADDRESS),
        ("rcpt", 550, "Blocked by reputation list", Trouble.POLICY),
        ("rcpt", 554, "Relay access denied", Trouble.POLICY),
        ("rcpt", 550, "5.7.26 unauthenticated", Trouble.POLICY),
        ("mail", 550, "5.1.8 sender unknown", Trouble.POLICY),
        ("mail", 530, "5.7.0 login first", Trouble.CONFIGURATION),
        ("dot", 552, "5.3.4 too large", Trouble.CONTENT),
        ("dot", 550, "5.6.1 media not supported", Trouble.CONTENT),
        ("rcpt", 552, "5.2.2 mailbox full", Trouble.PERMANENT),
        ("dot", 550, "no", Trouble.PERMANENT),
    ],
)
def test_a_reply_is_placed_by_code_and_words(phase, code, reply, trouble):
    assert of_smtp_reply(phase, code, reply) is trouble


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (302, Trouble.PERMANENT),
        (400, Trouble.PERMANENT),
        (401, Trouble.CONFIGURATION),
        (404, Trouble.PERMANENT),
        (408, Trouble.POST_RETRYABLE),
        (425, Trouble.POST_RETRYABLE),
        (429, Trouble.POST_LIMITED),
        (503, Trouble.POST_RETRYABLE),
    ],
)
def test_an_http_status_is_placed(status, trouble):
    assert of_http_status(status) is trouble


def test_a_wait_in_words_is_read():
    assert wait_in("Greylisted, try again in 300 seconds") == timedelta(minutes=5)
    assert wait_in("come back in 7 minutes") == timedelta(minutes=7)
    assert wait_in("4.7.1 please try later") is None
