"""Which answers slow us down, whom they are about, and when a stop is a stop."""

from datetime import timedelta

import pytest

from notifier.channels.contract import ChannelError
from notifier.compose import compose
from notifier.pace import REFUSED_WAIT, Pace
from notifier.retry import Trouble
from records.throttles import Limits, Why
from tests.notifier.cast import HOUSE, a_notice

ADA, BEN = "ada@gmail.com", "ben@acme.example"


class Watch:
    """A clock the test turns."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def pace(watch):
    return Pace("subscriber:email", Limits(bucket="email"), 16, watch)


@pytest.fixture(scope="module")
def message():
    return compose(a_notice(), "en", HOUSE)


def said(trouble, phase="rcpt", code="450", reply="no", **changes):
    return ChannelError(trouble, phase=phase, code=code, reply=reply, **changes)


def test_421_is_about_the_operator_whose_address_was_named_and_at_mail_about_the_relay(pace):
    told = pace.slowing(said(Trouble.BUSY, code="421"), ADA)
    assert (told.channel, told.operator, told.why, told.said) == ("email", "google", Why.BUSY, "421 no")
    assert pace.slowing(said(Trouble.BUSY, phase="mail"), ADA).operator == ""


def test_asked_for_less_it_says_what_it_sent_there_lately(pace, watch, message):
    for _ in range(200):
        watch.now += 0.05
        pace.note_taken(ADA, message)
        pace.note_taken(BEN, message)
    told = pace.slowing(said(Trouble.THROTTLED), ADA)
    assert told.why is Why.RATE
    assert told.observed_per_second == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize("trouble", [Trouble.ADDRESS, Trouble.DEFERRED, Trouble.GREYLISTED, Trouble.LOST])
def test_other_answers_slow_nobody_down(pace, trouble):
    assert pace.slowing(said(trouble), ADA) is None


def test_an_account_that_limits_posts_says_how_long_it_is_left_alone(watch):
    pace = Pace("social:main", Limits(bucket="social:main"), 1, watch)
    told = pace.slowing(said(Trouble.POST_LIMITED, retry_after=timedelta(seconds=90)), None)
    assert told is not None
    assert (told.operator, told.why) == ("", Why.BUSY)
    assert told.wait is not None
    assert told.wait >= timedelta(seconds=90)


def test_a_receiver_that_limits_posts_slows_no_other(watch):
    pace = Pace("subscriber:webhook", Limits(bucket="subscriber:webhook"), 32, watch)
    assert pace.slowing(said(Trouble.POST_LIMITED), "https://hooks.example/x") is None


def refused(pace, address, times):
    return [pace.slowing(said(Trouble.POLICY, code="550", reply="5.7.1 blocked"), address) for _ in range(times)]


def test_twenty_refusals_of_us_within_five_minutes_stop_an_operators_mail(pace):
    told = refused(pace, ADA, 20)
    assert told[:19] == [None] * 19
    assert (told[19].operator, told[19].why, told[19].wait) == ("google", Why.REFUSED, REFUSED_WAIT)


def test_twenty_refusals_by_several_operators_stop_all_mail(pace):
    told = [each for number in range(20) for each in refused(pace, f"a@{number}.example", 1)]
    assert told[:19] == [None] * 19
    assert (told[19].operator, told[19].why) == ("", Why.REFUSED)


def test_twenty_refusals_over_an_hour_stop_nothing(pace, watch):
    for _ in range(25):
        watch.now += 180
        assert refused(pace, ADA, 1) == [None]


def test_a_few_refusals_among_many_that_were_taken_stop_nothing(pace, message):
    for _ in range(1_000):
        pace.note_taken(ADA, message)
    assert refused(pace, ADA, 30) == [None] * 30


def test_a_suspect_is_stopped_again_by_its_first_refusal(pace):
    told = pace.slowing(said(Trouble.POLICY, code="550"), ADA, is_suspect=True)
    assert (told.operator, told.why) == ("google", Why.REFUSED)


def test_words_refused_five_times_in_a_row_are_said_to_nobody_else(pace, message):
    assert [pace.note_words_refused(message) for _ in range(5)] == [False] * 4 + [True]
    assert pace.refuses_words(message)


def test_words_that_somebody_takes_in_between_are_said_on(pace, message):
    for _ in range(4):
        pace.note_words_refused(message)
    pace.note_taken(ADA, message)
    assert [pace.note_words_refused(message) for _ in range(4)] == [False] * 4
    assert not pace.refuses_words(message)
