"""How often one address may ask."""

import pytest
from starlette.requests import HTTPConnection

from server.pace import Pace, address_of
from server.problems import TooFast


def test_a_burst_is_let_through_and_then_one_at_a_time():
    now = [0.0]
    pace = Pace(burst=3, every_seconds=10, clock=lambda: now[0])
    for _ in range(3):
        pace.count("ana")
    with pytest.raises(TooFast) as refused:
        pace.count("ana")
    assert refused.value.seconds == 10
    pace.count("dan")
    now[0] = 10
    pace.count("ana")
    with pytest.raises(TooFast):
        pace.count("ana")


def test_being_refused_costs_nothing():
    now = [0.0]
    pace = Pace(burst=1, every_seconds=10, clock=lambda: now[0])
    pace.count("ana")
    for now[0] in range(1, 10):
        with pytest.raises(TooFast):
            pace.count("ana")
    now[0] = 10
    pace.count("ana")


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("server.pace._MAX_ADDRESSES", 5)
    pace = Pace(burst=1, every_seconds=10, clock=lambda: 0.0)
    for number in range(6):
        pace.count(str(number))
    pace.count("0")  # forgotten, so it may ask again
    with pytest.raises(TooFast):
        pace.count("5")


@pytest.mark.parametrize(
    ("host", "who"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "::ffff:c000:207"),
        ("testclient", "testclient"),
    ],
)
def test_a_network_of_one_customer_counts_as_one(host, who):
    assert address_of(HTTPConnection({"type": "http", "client": (host, 1)})) == who
