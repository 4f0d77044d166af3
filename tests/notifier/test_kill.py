"""A notifier killed at random instants: nothing is lost, little is repeated, and a repeat can be recognised."""

import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from notifier.scribe import PERMITS
from records.ids import new_id, new_number
from records.notices import NoticeState
from records.store import ledger, notices
from records.store.engine import open_store
from records.times import now_utc, to_ms
from tests.mail import Sink
from tests.notifier.cast import a_notice, queue
from tests.notifier.nursery import Nursery, end

CUSTOMERS = 20_000
KILLS = 200
#: How many notifiers run at a time: one on SQLite, as it is meant.
ALIVE = {"sqlite": 1, "postgres": 2}
ROOT = Path(__file__).parent.parent.parent


def add_many(store, count, now):
    """As `cast.add_customers`, faster: their records are not what is tested here."""
    people = [{"id": new_number() + number, "ref": f"c-{number}", "now": to_ms(now)} for number in range(count)]
    with store.tx():
        store.many(
            """
            INSERT INTO customers (id, external_id, language, time_zone, region, created_at, updated_at)
            VALUES (:id, :ref, 'en', NULL, NULL, :now, :now)
            """,
            people,
        )
        store.many(
            """
            INSERT INTO contacts (customer_id, channel, address, wanted, blocked)
            VALUES (:id, 'email', :ref || '@customer.example', 1, NULL)
            """,
            [{"id": person["id"], "ref": person["ref"]} for person in people],
        )


def start(url, port):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifier.process", url, str(port)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.01)


def test_killed_again_and_again_it_loses_nothing_and_repeats_little(store_url, engine):
    store = open_store(store_url)
    now = now_utc()
    add_many(store, CUSTOMERS, now)
    notice = queue(store, a_notice(id=new_id(), created_at=now, useful_until=now + timedelta(hours=1)), now)
    dice = random.Random(20261122)
    with Sink() as sink:
        with Nursery(store_url, sink.port) as nursery:
            at_risk = kill_many(store, notice, sink, nursery, dice, alive=ALIVE[engine])
        process = start(store_url, sink.port)
        wait_for(lambda: notices.notice(store, notice.id).state is NoticeState.DONE)
        process.terminate()
        assert process.wait(timeout=30) == 0
        process.stdout.close()
        mails = list(sink.mails)
    status = notices.status(store, notice.id)
    proof = ledger.verify(store)
    store.close()
    copies = Counter(mail.recipient for mail in mails)
    assert len(copies) == CUSTOMERS, "somebody was forgotten"
    print(
        f"killed {KILLS} times: {sum(copies.values()) - CUSTOMERS} repeated, at most {max(at_risk)} at risk in a kill"
    )
    assert max(at_risk) <= PERMITS * ALIVE[engine]
    assert sum(copies.values()) - CUSTOMERS <= PERMITS * KILLS
    if ALIVE[engine] == 1:
        # Nobody but those whose results were not written at the moment of a kill hears twice.
        assert sum(copies.values()) - CUSTOMERS <= sum(at_risk)
    assert (status.channels["email"].sent, status.complete, status.sums_match) == (CUSTOMERS, True, True)
    assert proof.faults == ()
    assert_repeats_can_be_recognised(mails, {who for who, times in copies.items() if times > 1})


def kill_many(store, notice, sink, nursery, dice, *, alive):
    """Kill one of so many notifiers again and again while they send; how much was taken and not written, each time."""
    running = [nursery.start() for _ in range(alive)]
    at_risk, seen = [], 0
    for number in range(KILLS):
        mark = int(CUSTOMERS * (number + dice.random()) / (KILLS + 1))
        wait_for(lambda: len(sink.mails) >= mark)  # noqa: B023 # called at once
        time.sleep(dice.random() * 0.02)
        end(running.pop(dice.randrange(alive)), signal.SIGKILL)
        if alive == 1:
            wait_for(lambda: sink.is_quiet)
        news, seen = sink.mails[seen:], len(sink.mails)
        at_risk.append(sum(is_queued(store, notice, mail.recipient) for mail in news))
        running.append(nursery.start())
    for one in running:
        end(one, signal.SIGTERM)
    return at_risk


def is_queued(store, notice, recipient):
    found = store.row(
        """
        SELECT 1 AS one FROM deliveries d JOIN customers c ON c.id = d.customer_id
        WHERE c.external_id = :ref AND d.notice_id = :notice
        """,
        ref=recipient.partition("@")[0],
        notice=notice.id,
    )
    return found is not None


def assert_repeats_can_be_recognised(mails, repeated):
    """The copies of one delivery are the same to the byte, and no two deliveries share a name."""
    texts: dict[str, bytes] = {}
    names: dict[bytes, str] = {}
    for mail in mails:
        if mail.recipient in repeated:
            assert texts.setdefault(mail.recipient, mail.raw) == mail.raw
        found = re.search(rb"^Message-ID: (\S+)\r$", mail.raw, re.MULTILINE)
        assert found is not None
        assert names.setdefault(found.group(1), mail.recipient) == mail.recipient
