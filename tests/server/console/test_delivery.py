"""How soon people hear, what waits, and alarms, on a page of their own; what cannot wait, on the board."""

from datetime import timedelta

from records.alarms import AlarmKind, Concern
from records.crm import EVENTS
from records.store import alarms, crm, throttles
from records.throttles import Limits, Slowing, Why
from tests.notifier.cast import a_notice, add_customers, queue
from tests.server.console.conftest import NOW
from tests.server.telling import carry, fan_out

STUCK = Concern(
    kind=AlarmKind.QUEUE_STUCK,
    subject="email",
    said="Nothing was sent on email since 12:00 <b>, though something waits.",
    hint="is a notifier running?",
    since=NOW,
)


def told(store, after):
    add_customers(store, 2, NOW)
    queue(store, a_notice(created_at=NOW), NOW)
    fan_out(store, NOW)
    carry(store, "email", NOW + after)


def test_an_empty_house_says_so(vi):
    text = vi.get("/console/delivery").text
    for words in ("Nothing was delivered", "Nothing waits.", "None so far.", "Nobody is told besides this board"):
        assert words in text


def test_it_shows_how_soon_each_channel_and_lane_was_handed_over(store, vi):
    told(store, timedelta(seconds=1))
    text = vi.get("/console/delivery").text
    assert '<th scope="row">email</th><td>urgent</td><td>0.8 s</td>' in text


def test_it_shows_what_waits_and_why(store, vi):
    add_customers(store, 2, NOW)
    queue(store, a_notice(created_at=NOW), NOW)
    fan_out(store, NOW)
    alarms.report_troubles(store, "one", {"email": (NOW, "relay at connect")}, NOW)
    text = vi.get("/console/delivery").text
    assert "left alone since" in text
    assert "relay at connect" in text


def test_it_shows_how_far_behind_the_crm_is(store, vi):
    crm.follow(store, EVENTS)
    assert "It has everything." in vi.get("/console/delivery").text
    told(store, timedelta(seconds=1))
    assert " events wait, the oldest since" in vi.get("/console/delivery").text


def test_an_alarm_stands_on_the_board_until_it_is_over_and_on_the_page_after_that(store, vi):
    alarms.keep(store, [STUCK], [], NOW)
    board = vi.get("/console/board").text
    assert "queue stuck" in board
    assert "12:00 &lt;b&gt;" in board
    assert 'data-tone="major"' in board
    assert "not yet" in vi.get("/console/delivery").text
    alarms.keep(store, [], [], NOW)
    assert "queue stuck" not in vi.get("/console/board").text
    text = vi.get("/console/delivery").text
    assert "queue stuck" in text
    assert "not yet" not in text


def test_strangers_see_nothing_of_it(anybody):
    assert anybody.get("/console/delivery", follow_redirects=False).status_code == 303


def slow(store, why=Why.REFUSED, operator="google", wait=timedelta(minutes=30)):
    told = Slowing(channel="email", operator=operator, why=why, wait=wait, said="550 5.7.1 <b>blocked</b>")
    with store.tx():
        throttles.slow(store, Limits(bucket="email"), told, NOW)


def test_it_shows_who_slows_us_down_why_and_until_when(store, vi):
    slow(store)
    text = vi.get("/console/delivery").text
    assert '<th scope="row">email</th><td>google</td><td>refuses us</td><td>550 5.7.1 &lt;b&gt;blocked' in text
    assert "Go on now" not in text


def test_whoever_runs_things_lets_mail_go_on_at_once_and_that_is_kept(store, context, ana, vi):
    slow(store)
    assert vi.post("/console/delivery/lift", data={"channel": "email", "operator": "google"}).status_code == 403
    assert "It goes on" in ana.post("/console/delivery/lift", data={"channel": "email", "operator": "google"}).text
    assert "refuses us" not in ana.get("/console/delivery").text
    assert [row["subject"] for row in store.rows("SELECT subject FROM audit WHERE deed = 'throttle.lift'")] == [
        "email/google"
    ]
    assert ana.post("/console/delivery/lift", data={"channel": "email", "operator": "gmx"}).status_code == 404
