"""The rule by which customers' own reports become a signal: tried on examples, and on whatever hypothesis thinks of."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from records.affected import Level, Usual, bucket_of, hour_of, level_of, threshold, usual_of

NOW = datetime(2026, 11, 24, 9, 47, 31, tzinfo=UTC)
HOUR = hour_of(NOW)
counts = st.lists(st.integers(0, 500), min_size=3, max_size=3)
levels = st.sampled_from(Level)


def test_five_minutes_begin_where_the_clock_has_a_multiple_of_five():
    assert bucket_of(NOW) == bucket_of(NOW.replace(minute=45, second=0))
    assert bucket_of(NOW.replace(minute=50, second=0)) - bucket_of(NOW) == 300_000


def test_one_bucket_is_possible_and_two_in_a_row_are_likely():
    assert level_of([4, 4, 4], 5, Level.NONE) is Level.NONE
    assert level_of([5, 0, 0], 5, Level.NONE) is Level.POSSIBLE
    assert level_of([0, 9, 0], 5, Level.NONE) is Level.POSSIBLE
    assert level_of([5, 0, 5], 5, Level.NONE) is Level.POSSIBLE
    assert level_of([5, 5, 0], 5, Level.NONE) is Level.LIKELY
    assert level_of([0, 5, 5], 5, Level.POSSIBLE) is Level.LIKELY


@given(st.lists(st.integers(0, 300), min_size=3, max_size=60), st.integers(2, 50))
def test_it_ends_by_itself_three_quiet_buckets_after_the_last(taps, above):
    level = Level.NONE
    for end in range(len(taps)):
        newest = list(reversed(taps[max(0, end - 2) : end + 1]))
        level = level_of(newest + [0] * (3 - len(newest)), above, level)
    for _ in range(3):
        taps.append(0)
        level = level_of(list(reversed(taps[-3:])), above, level)
    assert level is Level.NONE


@given(counts, st.integers(2, 400), levels)
def test_nothing_below_the_threshold_is_ever_called_anything(taps, above, before):
    quiet = [min(each, above - 1) for each in taps]
    assert level_of(quiet, above, before) is Level.NONE


@given(counts, st.integers(2, 400), levels)
def test_more_taps_never_lower_the_level(taps, above, before):
    order = list(Level)
    more = [each + 1 for each in taps]
    assert order.index(level_of(more, above, before)) >= order.index(level_of(taps, above, before))


@given(counts, st.integers(2, 400), levels)
def test_one_loud_bucket_alone_is_never_likely_out_of_nothing(taps, above, before):
    alone = [taps[0] + above, 0, 0]
    assert level_of(alone, above, Level.NONE) is Level.POSSIBLE


@given(st.floats(0, 10_000, allow_nan=False), st.integers(2, 10_000))
def test_the_threshold_is_never_below_the_minimum_nor_near_what_is_usual(per_bucket, minimum):
    above = threshold(Usual(per_bucket=per_bucket, hours_known=8, is_of_this_hour=True), minimum)
    assert above >= minimum
    assert above >= 3 * per_bucket


@given(st.floats(0, 1_000, allow_nan=False), st.floats(0, 1_000, allow_nan=False))
def test_a_busier_hour_needs_more(one, other):
    low, high = sorted((one, other))
    usual = [Usual(per_bucket=each, hours_known=8, is_of_this_hour=True) for each in (low, high)]
    assert threshold(usual[0], 5) <= threshold(usual[1], 5)


def test_usual_is_the_same_hour_of_earlier_weeks_and_an_outage_then_does_not_count():
    taps = {HOUR - 168 * week: 24 for week in range(1, 9)} | {HOUR - 168: 9_000, HOUR - 1: 700}
    usual = usual_of(taps, NOW, NOW - timedelta(weeks=20))
    assert (usual.per_bucket, usual.hours_known, usual.is_of_this_hour) == (2.0, 8 * 168, True)


def test_with_few_weeks_all_hours_so_far_stand_in_and_it_says_so():
    taps = dict.fromkeys(range(HOUR - 40, HOUR), 12)
    usual = usual_of(taps, NOW, NOW - timedelta(hours=41))
    assert (usual.per_bucket, usual.hours_known, usual.is_of_this_hour) == (1.0, 40, False)
    first = usual_of({}, NOW, NOW)
    assert (first.per_bucket, first.hours_known, first.is_of_this_hour) == (0.0, 0, False)


@given(st.dictionaries(st.integers(HOUR - 1_500, HOUR + 10), st.integers(0, 10_000)), st.integers(0, 2_000))
def test_what_is_usual_never_rests_on_the_present_or_on_hours_before_counting_began(taps, hours):
    began = NOW - timedelta(hours=hours)
    usual = usual_of(taps, NOW, began)
    before = {hour: 10_000 for hour in taps if hour >= HOUR or hour <= hour_of(began)}
    assert usual_of(taps | before, NOW, began) == usual
