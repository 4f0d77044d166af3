"""SIGTERM while mail is on its way: what is on its way arrives, the rest is given back, nothing is left in doubt."""

import signal
import time
from datetime import timedelta

from records.ids import new_id
from records.notices import NoticeState
from records.store import notices
from records.store.engine import open_store
from records.times import now_utc
from tests.notifier.cast import a_notice, queue
from tests.notifier.drill import Wall, fill
from tests.notifier.hard_times import Hardship, HardSink
from tests.notifier.test_clock import notifier
from tests.notifier.test_kill import wait_for

_CUSTOMERS = 2_000


def test_a_stop_in_mid_send_takes_less_than_25_seconds_and_leaves_nothing_uncertain(store_url, tmp_path):
    store, wall, now = open_store(store_url), Wall(tmp_path), now_utc()
    fill(store, _CUSTOMERS)
    notice = queue(store, a_notice(id=new_id(), created_at=now, useful_until=now + timedelta(hours=72)), now)
    with HardSink() as sink:
        # Some answers take a while, so that there surely is something on its way.
        sink.hardship = Hardship.DRIPS
        for share in (0.2, 0.5):
            with notifier(store_url, sink, wall) as process:
                wait_for(lambda: sum(sink.taken.values()) >= share * _CUSTOMERS)  # noqa: B023 # called at once
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=60) == 0
                assert time.monotonic() - began <= 25
            found = store.row("SELECT count(*) AS total FROM deliveries WHERE state = 'uncertain' OR lease <> 0")
            assert found == {"total": 0}
            assert notices.status(store, notice.id).channels["email"].sent == sum(sink.taken.values())
        with notifier(store_url, sink, wall):
            wait_for(lambda: notices.notice(store, notice.id).state is NoticeState.DONE)
    assert max(sink.taken.values()) == 1, "nobody heard twice"
    store.close()
