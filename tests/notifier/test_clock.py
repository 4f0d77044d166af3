"""The clock jumps by hours, both ways, under a notifier that is a process of its own."""

import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from notifier.clock import StoreClock
from notifier.scribe import PERMITS
from records.ids import new_id
from records.notices import NoticeState
from records.store import ledger, notices
from records.store.engine import open_store
from records.times import now_utc, to_ms
from tests.mail import MailServer, Sink
from tests.notifier.cast import a_notice, add_customers, queue
from tests.notifier.test_kill import ROOT, wait_for

PEOPLE = 400


class Wall:
    """The wrong clock of a process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "clock"
        self.wrong_by_hours(0)

    def wrong_by_hours(self, hours: float) -> None:
        """From now on. In one move: nobody reads half of it."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(hours * 3600))
        os.replace(fresh, self.path)


@contextmanager
def notifier(url, server, wall, **options):
    words = [f"{name}={value}" for name, value in {"clock": wall.path, **options}.items()]
    command = [sys.executable, "-m", "tests.notifier.process", url, str(server.port), *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def test_hours_forward_and_back_lose_nothing_and_repeat_at_most_what_was_on_its_way(store_url, tmp_path):
    store, wall, now = open_store(store_url), Wall(tmp_path), now_utc()
    add_customers(store, PEOPLE, now)
    jumps = (3, -2, 5, 0)
    with Sink() as sink:
        notice = queue(store, a_notice(id=new_id(), created_at=now, useful_until=now + timedelta(hours=72)), now)
        with notifier(store_url, sink, wall, rate=80):
            for number, hours in enumerate(jumps):
                mark = PEOPLE * (number + 1) // (len(jumps) + 2)
                wait_for(lambda: len(sink.mails) >= mark)  # noqa: B023 # called at once
                wall.wrong_by_hours(hours)
            wait_for(lambda: notices.notice(store, notice.id).state is NoticeState.DONE, 120)
    copies = Counter(mail.recipient for mail in sink.mails)
    assert len(copies) == PEOPLE
    assert sum(copies.values()) - PEOPLE <= PERMITS * len(jumps)
    assert notices.status(store, notice.id).sums_match
    assert ledger.verify(store).faults == ()
    store.close()


def test_what_a_dead_notifier_held_when_the_clock_was_set_back_is_sent_soon(store_url, tmp_path):
    store, wall, now = open_store(store_url), Wall(tmp_path), now_utc()
    add_customers(store, PEOPLE, now)
    wall.wrong_by_hours(4)
    with Sink() as sink:
        notice = queue(store, a_notice(id=new_id(), created_at=now, useful_until=now + timedelta(hours=72)), now)
        with notifier(store_url, sink, wall, rate=80) as first:
            wait_for(lambda: len(sink.mails) >= 50)
            first.kill()
        wall.wrong_by_hours(0)
        with notifier(store_url, sink, wall):
            wait_for(lambda: notices.notice(store, notice.id).state is NoticeState.DONE)
    assert len({mail.recipient for mail in sink.mails}) == PEOPLE
    store.close()


def test_a_message_put_off_comes_again_when_it_should_although_the_clock_was_set_back(store_url, tmp_path):
    store, wall, now = open_store(store_url), Wall(tmp_path), now_utc()
    add_customers(store, 1, now)
    wall.wrong_by_hours(2)
    with MailServer() as server:
        server.manners.refuse = lambda _address: "451 4.7.1 Greylisted, try again in 5 seconds"
        notice = queue(store, a_notice(id=new_id(), created_at=now, useful_until=now + timedelta(hours=72)), now)
        with notifier(store_url, server, wall):
            wait_for(lambda: is_put_off(store))
            server.manners.refuse = lambda _address: None
            wall.wrong_by_hours(0)
            # Five seconds, ten for politeness, and until the step is noticed: not two hours.
            wait_for(lambda: notices.notice(store, notice.id).state is NoticeState.DONE)
    assert len(server.mails) == 1
    store.close()


def is_put_off(store):
    return store.row("SELECT 1 AS one FROM deliveries WHERE state = 'deferred'") is not None


def test_the_clock_is_the_databases_and_goes_on_between_two_looks(store):
    clock = StoreClock(store)
    clock.look()
    first = clock()
    assert abs(to_ms(first) - store.now_ms()) < 5_000
    wait_for(lambda: clock() > first)
