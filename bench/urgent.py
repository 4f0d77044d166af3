"""How long ten urgent mails take when they come beside a mass mailing, and fifty of another notice beside it.

`python bench/urgent.py [messages]` queues 20,000 normal mails (or as many as you say) into `smtp-sink`, as
`bench/mail.py` does, and when the first hundred are out, ten urgent ones, and then a normal notice to fifty. It prints
when the last of each was accepted and how many of the mass mailing were meanwhile, and last `urgent N.NN s`, which
should stay below 2.
"""

import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import uvloop

from bench.mail import HOUSE, SESSIONS, filled, sink
from notifier.channels.email import Email, Relay
from notifier.courier import Courier
from records.ids import new_id
from records.notices import Lane, Notice
from records.store import fanout, notices
from records.store.engine import Store
from records.times import now_utc

URGENT, OTHERS = 10, 50


def tagged(store: Store, tag: str, count: int) -> None:
    """Let the first customers hold something, so that a rule names them."""
    store.run(
        "INSERT INTO customer_tags (customer_id, tag) SELECT id, :tag FROM customers ORDER BY id LIMIT :count",
        tag=tag,
        count=count,
    )


def beside(store: Store, first: Notice, tag: str, lane: Lane) -> Notice:
    """Another notice, to them alone."""
    now, notice_id = now_utc(), new_id()
    notice = replace(
        first, id=notice_id, subject_id=notice_id, verify_code=notice_id.upper(), lane=lane, audience_rule=tag,
        created_at=now,
    )  # fmt: skip
    with store.tx():
        notices.add(store, notice)
        fanout.start_fanout(store, notice, now)
        store.wake()
    return notice


def sent(store: Store, notice: Notice) -> int:
    """How many of it were accepted."""
    found = store.row(
        "SELECT count(*) AS total FROM ledger WHERE notice_id = :id AND outcome = 'accepted'", id=notice.id
    )
    return int(found["total"]) if found else 0


async def told(store: Store, first: Notice, tag: str, lane: Lane, count: int) -> tuple[float, int]:
    """Seconds until the last of them was accepted, and how many of the first notice were meanwhile."""
    before, began = await asyncio.to_thread(sent, store, first), time.perf_counter()
    notice = await asyncio.to_thread(beside, store, first, tag, lane)
    while await asyncio.to_thread(sent, store, notice) < count:  # noqa: ASYNC110 # as any operator would look
        await asyncio.sleep(0.01)
    return time.perf_counter() - began, await asyncio.to_thread(sent, store, first) - before


async def run(store: Store, first: Notice, port: int) -> float:
    """All of it; seconds of the urgent ones."""
    relay = Relay(host="127.0.0.1", port=port, security="none", connections=SESSIONS)
    stop = asyncio.Event()
    work = asyncio.ensure_future(Courier(store, {"email": Email(relay, HOUSE, secret=b"bench")}, HOUSE).run(stop))
    while await asyncio.to_thread(sent, store, first) < 100:  # noqa: ASYNC110 # the same
        await asyncio.sleep(0.01)
    urgent, meanwhile = await told(store, first, "bench:urgent", Lane.URGENT, URGENT)
    print(f"{URGENT} urgent ones: {urgent:.2f} s, and {meanwhile:,} of the mass mailing meanwhile")
    others, meanwhile = await told(store, first, "bench:others", Lane.NORMAL, OTHERS)
    print(f"{OTHERS} of another normal notice: {others:.2f} s, and {meanwhile:,} of the mass mailing meanwhile")
    stop.set()
    await work
    return urgent


def main(messages: int) -> None:
    with sink() as port, tempfile.TemporaryDirectory() as folder:
        store, first = filled(f"sqlite:///{folder}/bench.db", messages)
        # The bench's own notice is urgent; beside it nothing could be more so.
        store.run("UPDATE notices SET lane = :lane", lane=Lane.NORMAL.rank)
        store.run("UPDATE deliveries SET lane = :lane", lane=Lane.NORMAL.rank)
        tagged(store, "bench:urgent", URGENT)
        tagged(store, "bench:others", OTHERS)
        took = uvloop.run(run(store, first, port))
        store.close()
    print(f"urgent {took:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
