"""A decision becomes deliveries: `python bench/fanout.py [customers]`, every customer on two channels.

The reference is one INSERT … SELECT of the same deliveries by hand, in one transaction, beside it on the same file.
Also printed: how long another writer waited meanwhile, and by how much memory grew. The last line is `ratio N.NN`:
reference time over ours.
"""

import resource
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from notifier.stride import GAP_SECONDS, Stride
from records.ids import new_id, new_verify_code
from records.notices import Category, Lane, Notice, NoticeKind, NoticeState
from records.store import fanout, notices
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.times import now_utc, to_ms


def fill(store: Store, customers: int) -> None:
    store.run(
        """
        INSERT INTO customers (id, external_id, language, created_at, updated_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :customers)
        SELECT i, 'c-' || i, CASE i % 3 WHEN 0 THEN 'en' WHEN 1 THEN 'fr' ELSE 'ro' END, 0, 0 FROM n
        """,
        customers=customers,
    )
    store.run("INSERT INTO customer_tags (tag, customer_id) SELECT 'holds:ETH', id FROM customers")
    store.run(
        """
        INSERT INTO contacts (customer_id, channel, address, wanted)
        SELECT id, 'email', external_id || '@example.org', 1 FROM customers
        """
    )


def notice() -> Notice:
    now = now_utc()
    return Notice(
        id=new_id(),
        version=1,
        kind=NoticeKind.INCIDENT_OPENED,
        subject_kind="incident",
        subject_id=new_id(),
        category=Category.MANDATORY_SERVICE,
        lane=Lane.URGENT,
        state=NoticeState.FANNING_OUT,
        audience_rule="holds:ETH",
        channels=("email", "inapp"),
        facts={},
        verify_code=new_verify_code(),
        created_at=now,
        created_by="bench",
        useful_until=now + timedelta(hours=72),
        audience_count=0,
        fanned_out_at=None,
    )


class Neighbour:
    """Another writer, who only wants a moment now and then."""

    def __init__(self, store: Store) -> None:
        self._store, self._end = store, threading.Event()
        self.waits: list[float] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Neighbour":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(0.01):
            begun = time.perf_counter()
            with self._store.tx():
                self._store.run("UPDATE meta SET content = content WHERE name = 'page_revision'")
            self.waits.append(time.perf_counter() - begun)


def ours(store: Store) -> tuple[float, Notice]:
    told = notice()
    with store.tx():
        notices.add(store, told)
        fanout.start_fanout(store, told, now_utc())
    begun = time.perf_counter()
    # As the courier does it.
    stride, has_more = Stride(fanout.FANOUT_CHUNK), True
    while has_more:
        began = time.monotonic()
        has_more = fanout.fan_out_chunk(store, told, now_utc(), chunk=stride.customers)
        stride.note(time.monotonic() - began)
        time.sleep(GAP_SECONDS)
    return time.perf_counter() - begun, told


def resident_mb() -> float:
    """The most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_hand(store: Store) -> float:
    begun = time.perf_counter()
    with store.tx():
        for channel in ("email", "inapp"):
            store.run(
                """
                INSERT INTO deliveries (notice_id, version, customer_id, channel, language, lane, due_at, lease,
                    attempts, state, useful_until, created_at)
                SELECT '00 by hand', 1, c.id, :channel, c.language, 0, :now, 0, 0, 'queued', :now, :now FROM customers c
                WHERE EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = c.id AND t.tag = 'holds:ETH')
                """,
                channel=channel,
                now=to_ms(now_utc()),
            )
    return time.perf_counter() - begun


def main(customers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder)}/bench.db")
        migrate(store)
        fill(store, customers)
        reference = by_hand(store)
        before_mb = resident_mb()
        with Neighbour(store) as neighbour:
            took, told = ours(store)
        grew_mb = resident_mb() - before_mb
        status = notices.status(store, told.id)
        assert status.audience == customers
        assert status.sums_match
        store.close()
    waits = sorted(neighbour.waits)
    print(f"customers {customers}, deliveries {2 * customers}")
    print(f"by hand {reference:.2f} s, ours {took:.2f} s (with the frozen audience, the cursor and the pauses)")
    p99_ms, longest_ms = waits[int(len(waits) * 0.99) - 1] * 1000, waits[-1] * 1000
    print(f"another writer: {len(waits)} turns, p99 {p99_ms:.0f} ms, longest {longest_ms:.0f} ms")
    print(f"memory grew by {grew_mb:.0f} MB")
    print(f"ratio {reference / took:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
