"""From the durable queue to accepted and settled, personalised mail of 6 kB: `python bench/mail.py [messages]`.
With `--signed` each message is signed as well (RSA of 2048 bits), and the last line is `signed ratio N.NN`; with
`--two` two notifier processes share the queue.

The reference is postfix's `smtp-source` with 8 sessions into the same `smtp-sink`, or, where postfix is not installed,
a bare pipelined client of our own into a sink of our own (stricter than smtp-source, which does not pipeline).
They take turns, three each, and the best of each counts, since what else runs on the machine comes and goes. The last
line is `ratio N.NN`: ours divided by the reference, in messages a second. Above it stands what ours takes of a
processor for one message, which depends on that less than the pace.
"""

import asyncio
import multiprocessing
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import uvloop

from notifier.channels.email import DkimKey, Email, Relay
from notifier.channels.email.addresses import parse_address
from notifier.channels.email.envelope import Envelope
from notifier.channels.email.lanes import Lanes
from notifier.courier import Courier
from notifier.message import House
from records.ids import new_id, new_number
from records.notices import Category, Lane, Notice, NoticeKind, NoticeState
from records.signing import mail_key_from_pem
from records.store import fanout, notices, outbox
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.times import iso, now_utc, to_ms

SESSIONS = 8
#: Where Debian keeps Postfix's own programs, too.
PATH = f"{os.environ['PATH']}:/usr/sbin"
TURNS = 3
HOUSE = House(
    name="Acme Wallet",
    url="https://status.acme.example",
    official_domains=("acme.example",),
    sender="status@acme.example",
    contact_email="help@acme.example",
    contact_hours={"en": "Monday to Friday 09:00-17:00 in New York"},
    postal_address={"en": "Acme Wallet Ltd, 1 Harbour Road, Dublin"},
)


class _Sink(asyncio.Protocol):
    """Takes everything and keeps nothing, as smtp-sink does."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""
        self.is_content = False
        transport.write(b"220 sink\r\n")  # type: ignore[attr-defined] # a stream's transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        replies = []
        while True:
            end = b"\r\n.\r\n" if self.is_content else b"\r\n"
            line, found, rest = self.buffer.partition(end)
            if not found:
                break
            self.buffer = rest
            word = line[:4]
            if self.is_content:
                replies.append(b"250 2.0.0 queued\r\n")
            elif word == b"EHLO":
                replies.append(b"250-sink\r\n250-PIPELINING\r\n250 SIZE 10485760\r\n")
            else:
                replies.append(b"354 go on\r\n" if word == b"DATA" else b"250 ok\r\n")
            self.is_content = not self.is_content and word == b"DATA"
        self.transport.write(b"".join(replies))  # type: ignore[attr-defined] # a stream's transport


def _serve_sink(port: int) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", port, backlog=256)
        await server.serve_forever()

    uvloop.run(serve())


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Until somebody listens there."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)


@contextmanager
def sink() -> Iterator[int]:
    """The port of a running sink: postfix's where there is one."""
    port = free_port()
    if program := shutil.which("smtp-sink", path=PATH):
        process = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "256"])
        stop = process.terminate
    else:
        own = multiprocessing.get_context("spawn").Process(target=_serve_sink, args=(port,), daemon=True)
        own.start()
        stop = own.terminate
    wait_for_port(port)
    try:
        yield port
    finally:
        stop()


def cpu_seconds() -> float:
    """What our process took of a processor so far, all its threads, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def reference(port: int, messages: int, size_bytes: int) -> tuple[str, float]:
    """Name and messages a second of the best plain sender there is here."""
    if program := shutil.which("smtp-source", path=PATH):
        command = [program, "-d", "-s", str(SESSIONS), "-m", str(messages), "-l", str(size_bytes)]
        began = time.perf_counter()
        subprocess.run([*command, "-f", "a@acme.example", "-t", "b@c.example", f"127.0.0.1:{port}"], check=True)
        return "smtp-source", messages / (time.perf_counter() - began)
    return "bare pipelined client (no postfix here)", messages / uvloop.run(_bare(port, messages, size_bytes))


async def _bare(port: int, messages: int, size_bytes: int) -> float:
    relay = Relay(host="127.0.0.1", port=port, security="none", connections=SESSIONS, messages_per_connection=10**9)
    lanes = Lanes(relay, "acme.example")
    content = (b"x" * 76 + b"\r\n") * (size_bytes // 78) + b".\r\n"
    envelope = Envelope(
        return_path="a@acme.example", recipient=parse_address("b@c.example"), envelope_id="x", content=content
    )
    left = iter(range(messages))

    async def carry() -> None:
        for _ in left:
            await lanes.carry(envelope, is_urgent=True)

    began = time.perf_counter()
    await asyncio.gather(*(carry() for _ in range(2 * SESSIONS)))
    took = time.perf_counter() - began
    await lanes.close()
    return took


def filled(url: str, messages: int) -> tuple[Store, Notice]:
    """A store with so many customers, and a notice for all of them that is fanned out whole."""
    store = peopled(url, messages)
    notice = decide(store)
    while fanout.fan_out_chunk(store, notice, now_utc()):
        pass
    return store, notice


def peopled(url: str, customers: int) -> Store:
    """A store with so many customers."""
    store = open_store(url)
    migrate(store)
    now = now_utc()
    people = [{"id": new_number() + n, "ref": f"c-{n}", "now": to_ms(now)} for n in range(customers)]
    with store.tx():
        store.many(
            "INSERT INTO customers (id, external_id, language, time_zone, region, created_at, updated_at) "
            "VALUES (:id, :ref, 'en', NULL, NULL, :now, :now)",
            people,
        )
        store.many(
            "INSERT INTO contacts (customer_id, channel, address, wanted, blocked) "
            "VALUES (:id, 'email', :ref || '@customer.example', 1, NULL)",
            [{"id": person["id"], "ref": person["ref"]} for person in people],
        )
    return store


def decide(store: Store) -> Notice:
    """A notice to everybody, as a deed leaves it."""
    notice = _notice()
    with store.tx():
        notices.add(store, notice)
        fanout.start_fanout(store, notice, now_utc())
        store.wake()
    return notice


def _notice() -> Notice:
    now = now_utc()
    facts = {
        "id": "inc",
        "ref": "INC-42",
        "kind": "incident",
        "name": {"en": "Bitcoin withdrawals are delayed"},
        "stage": "investigating",
        "body": {"en": "The Bitcoin network is unusually busy. Most withdrawals leave within two hours."},
        "still_works": {"en": "Bitcoin deposits, trading, all other networks"},
        "funds": {"en": "Balances are correct. Waiting withdrawals are reserved for you."},
        "what_to_do": {"en": "Nothing. Please do not request the same withdrawal again."},
        "components": [{"id": "btc", "name": {"en": "Bitcoin withdrawals"}}],
        "started_at": iso(now),
        "resolved_at": None,
        "next_update_at": iso(now + timedelta(hours=1)),
    }
    return Notice(
        id=new_id(),
        version=1,
        kind=NoticeKind.INCIDENT_OPENED,
        subject_kind="incident",
        subject_id="inc",
        category=Category.MANDATORY_SERVICE,
        lane=Lane.URGENT,
        state=NoticeState.FANNING_OUT,
        audience_rule="everyone",
        channels=("email",),
        facts=facts,
        verify_code=new_id().upper(),
        created_at=now,
        created_by="bench",
        useful_until=now + timedelta(hours=72),
        audience_count=0,
        fanned_out_at=None,
    )


def new_key() -> str:
    """A key of 2048 bits as PEM, as postfix's signers use."""
    command = ["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def relay_to(port: int, pem: str) -> Relay:
    """The sink's; signed with the key, where there is one."""
    dkim = (DkimKey(domain="acme.example", selector="bench", key=mail_key_from_pem(pem)),) if pem else ()
    return Relay(host="127.0.0.1", port=port, security="none", connections=SESSIONS, dkim=dkim)


def work_beside(url: str, notice_id: str, port: int, pem: str, start: Barrier) -> None:
    """A second process that works on the same queue until the notice is told."""
    store = open_store(url)
    relay, notice = relay_to(port, pem), notices.notice(store, notice_id)
    start.wait()
    uvloop.run(ours(store, notice, relay))
    store.close()


async def ours(store: Store, notice: Notice, relay: Relay) -> float:
    """Seconds until every delivery is accepted and written down."""
    stop = asyncio.Event()
    began = time.perf_counter()
    courier = Courier(store, {"email": Email(relay, HOUSE, secret=b"bench")}, HOUSE)
    work = asyncio.ensure_future(courier.run(stop))
    while await asyncio.to_thread(outbox.next_due, store, "email"):  # noqa: ASYNC110 # as any operator would look
        await asyncio.sleep(0.02)
    took = time.perf_counter() - began
    while (await asyncio.to_thread(notices.notice, store, notice.id)).state is not NoticeState.DONE:  # noqa: ASYNC110 # the same
        await asyncio.sleep(0.05)
    stop.set()
    await work
    return took


def measured(messages: int, port: int, pem: str, *, is_shared: bool) -> tuple[float, float]:
    """Ours once, on a fresh database: messages a second, and processor seconds of all our threads for one message."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        store, notice = filled(url, messages)
        spawn, start = multiprocessing.get_context("spawn"), multiprocessing.get_context("spawn").Barrier(2)
        other = spawn.Process(target=work_beside, args=(url, notice.id, port, pem, start)) if is_shared else None
        if other is not None:
            other.start()
            start.wait()
        before = cpu_seconds()
        took = uvloop.run(ours(store, notice, relay_to(port, pem)))
        if other is not None:
            other.join()
        cpu = cpu_seconds() - before
        status = notices.status(store, notice.id)
        store.close()
    assert status.complete, "some mail was not settled"
    assert status.people.sent == messages, "some mail was not sent"
    return messages / took, cpu / messages


def main(messages: int, *, is_signed: bool, is_shared: bool) -> None:
    pem = new_key() if is_signed else ""
    with sink() as port:
        turns = [
            (reference(port, messages, 6_000), measured(messages, port, pem, is_shared=is_shared)) for _ in range(TURNS)
        ]
    name = turns[0][0][0]
    theirs, mine = [rate for (_, rate), _ in turns], [rate for _, (rate, _) in turns]
    print(f"{name}: {_listed(theirs)} messages/s, {SESSIONS} sessions, 6 kB")
    print(f"from the durable queue, accepted and settled: {_listed(mine)} messages/s")
    if not is_shared:
        print(
            f"processor time of ours for one message, user and system: {min(cpu for _, (_, cpu) in turns) * 1e6:.0f} µs"
        )
    print(f"{'signed ' if is_signed else ''}ratio {max(mine) / max(theirs):.2f}")


def _listed(rates: list[float]) -> str:
    return ", ".join(f"{rate:,.0f}" for rate in rates)


if __name__ == "__main__":
    counts = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    main(int(counts[0]) if counts else 20_000, is_signed="--signed" in sys.argv, is_shared="--two" in sys.argv)
