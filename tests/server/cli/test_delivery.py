"""`forewarn delivery`"""

from datetime import timedelta

from records.store import alarms
from records.times import now_utc
from tests.notifier.cast import a_notice, add_customers, queue
from tests.server.telling import carry, fan_out


def test_an_empty_house_says_so(program):
    assert program.says("delivery").splitlines() == ["Nothing was delivered in the last seven days.", "Nothing waits."]


def test_it_prints_how_soon_people_hear_what_waits_and_what_stands_in_the_way(program, kept):
    now = now_utc()
    add_customers(kept, 2, now)
    queue(kept, a_notice(created_at=now), now)
    fan_out(kept, now)
    alarms.report_troubles(kept, "one", {"email": (now, "relay at connect")}, now)
    said = program.says("delivery")
    assert "2 wait on email" in said
    assert "email is left alone since" in said
    assert "relay at connect" in said
    carry(kept, "email", now + timedelta(seconds=1))
    (line,) = [each for each in program.says("delivery").splitlines() if each.startswith("email  ")]
    assert line.split()[:2] == ["email", "urgent"]
    assert "0.8 s" in line
    told = program.json("delivery")
    assert [each["day"]["deliveries"] for each in told["soon"] if each["channel"] == "email"] == [2]
