from notifier.breaker import Breaker
from notifier.retry import Trouble


class Watch:
    """A clock the test turns."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def closed_breaker(watch):
    breaker = Breaker(watch)
    for _ in range(5):
        breaker.note(Trouble.RELAY)
    return breaker


def test_it_closes_after_five_failures_in_a_row():
    breaker = Breaker(Watch())
    assert [breaker.note(Trouble.RELAY) for _ in range(5)] == [False, False, False, False, True]
    assert breaker.wait_seconds() == 30


def test_an_answer_in_between_begins_the_count_again():
    breaker = Breaker(Watch())
    for trouble in [Trouble.RELAY] * 4 + [Trouble.ADDRESS] + [Trouble.RELAY] * 4:
        assert not breaker.note(trouble)
    assert breaker.wait_seconds() == 0


def test_a_refused_login_closes_it_at_once():
    assert Breaker(Watch()).note(Trouble.CONFIGURATION)


def test_one_trial_goes_out_after_the_pause_and_the_others_wait_for_it():
    watch = Watch()
    breaker = closed_breaker(watch)
    watch.now += 30
    assert breaker.wait_seconds() == 0
    breaker.begin()
    assert breaker.wait_seconds() > 0
    breaker.note_answer()
    assert breaker.wait_seconds() == 0
    assert not breaker.is_open


def test_a_failed_trial_doubles_the_pause_up_to_ten_minutes():
    watch = Watch()
    breaker = closed_breaker(watch)
    pauses = []
    for _ in range(7):
        pauses.append(breaker.wait_seconds())
        watch.now += breaker.wait_seconds()
        breaker.begin()
        breaker.note(Trouble.RELAY)
    assert pauses == [30, 60, 120, 240, 480, 600, 600]


def test_a_trial_that_came_to_nothing_leaves_the_way_to_another():
    watch = Watch()
    breaker = closed_breaker(watch)
    watch.now += 30
    breaker.begin()
    breaker.not_tried()
    assert breaker.wait_seconds() == 0


def test_failures_of_those_that_were_out_when_it_closed_do_not_prolong_it():
    breaker = closed_breaker(Watch())
    assert not breaker.note(Trouble.RELAY)
    assert breaker.wait_seconds() == 30


def test_refusals_of_us_say_that_the_far_side_is_there():
    breaker = Breaker(Watch())
    for trouble in [Trouble.RELAY] * 4 + [Trouble.POLICY, Trouble.BUSY] + [Trouble.RELAY] * 4:
        assert not breaker.note(trouble)
    assert not breaker.is_open
