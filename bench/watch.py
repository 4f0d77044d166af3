"""A thousand services and sixty nodes every ten seconds in one process: `python bench/watch.py [seconds]`.

The reference is Debian's prometheus-blackbox-exporter asked to probe the same thousand addresses at the same pace.
Also printed: how late looks were while one node of sixty hung, what judging costs per observation, the memory that a
thousand hostile servers make us take, and the bytes that a kept look takes on each engine there is. The last line is
`ratio N.NN`: processor time of the reference per check over ours; without the exporter only our own figures.
"""

import asyncio
import itertools
import json
import multiprocessing
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import cast

import uvloop

from monitors.chains import chain_monitor
from monitors.client import Client
from monitors.rounds import State, play
from monitors.settings import Monitor, Node, Role, ServiceMonitor
from monitors.watch import Watch
from records.observations import Observation, Seen
from records.store import looks
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.times import now_utc
from records.verdicts import Verdict

SERVICES, CHAINS, NODES_EACH = 1_000, 20, 3
EVERY_SECONDS = 10.0
EXPORTER = "prometheus-blackbox-exporter"
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
_ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 200000000\r\n\r\n"


class Far(asyncio.Protocol):
    """The far side: services that are well, nodes that grow by the clock, one that hangs, and floods."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own transport is no asyncio.Transport by name.
        self._transport, self._kept, self._flooding = cast(asyncio.Transport, transport), b"", False

    def data_received(self, data: bytes) -> None:
        self._kept += data
        head, separator, body = self._kept.partition(b"\r\n\r\n")
        if not separator or self._flooding:
            return
        length = _length(head)
        if len(body) < length:
            return
        self._kept = body[length:]
        path = head.split(b" ", 2)[1]
        if path.startswith(b"/node"):
            self._transport.write(_answer(json.loads(body[:length])))
        elif path.startswith(b"/flood"):
            self._flooding = True
            self._transport.write(_ENDLESS)
            self.resume_writing()
        elif not path.startswith(b"/hang"):
            self._transport.write(_OK)

    def pause_writing(self) -> None:
        self._flooding = False

    def resume_writing(self) -> None:
        self._flooding = True
        while self._flooding and not self._transport.is_closing():
            self._transport.write(b"x" * 65_536)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def _answer(calls: object) -> bytes:
    found = [_reply(call) for call in calls] if isinstance(calls, list) else _reply(calls)
    body = json.dumps(found).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _reply(call: object) -> dict[str, object]:
    assert isinstance(call, dict)
    height = int(time.time()) // 12
    if call["method"] == "eth_getBlockByNumber":
        asked = call["params"][0]
        height = int(asked, 16) if asked.startswith("0x") else height - (64 if asked == "finalized" else 0)
        result: object = {
            "number": hex(height), "hash": f"0x{height:064x}", "parentHash": f"0x{height - 1:064x}",
            "timestamp": hex(height * 12), "baseFeePerGas": "0x3b9aca00",
        }  # fmt: skip
    else:
        result = {"eth_chainId": "0x1", "eth_syncing": False, "net_peerCount": "0x19"}.get(call["method"], "geth/v1")
    return {"jsonrpc": "2.0", "id": call["id"], "result": result}


def far_side(listener: socket.socket) -> None:
    """In a process of its own, so that its work is not counted as ours."""

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Far, sock=listener)
        await server.serve_forever()

    uvloop.run(main())


def watched(port: int, path: str = "service") -> list[Monitor]:
    found: list[Monitor] = [
        ServiceMonitor(
            id=f"service-{number}", kind="http", url=f"http://127.0.0.1:{port}/{path}/{number}",
            every_seconds=EVERY_SECONDS, deadline_seconds=5.0,
        )
        for number in range(SERVICES)
    ]  # fmt: skip
    for chain in range(CHAINS if path == "service" else 0):
        hangs = chain == 0
        nodes = tuple(
            Node(name=f"n-{n}", url=f"http://127.0.0.1:{port}/{'hang' if hangs and n == 0 else 'node'}", role=Role.OWN)
            for n in range(NODES_EACH)
        )
        one = chain_monitor(
            chain="ethereum", nodes=nodes, every_seconds=EVERY_SECONDS, deadline_seconds=5.0, network="1"
        )
        found.append(replace(one, chain=f"chain-{chain}"))
    return found


OnRound = Callable[[str, Sequence[Observation], Verdict, str], Awaitable[None]]


async def watch_for(monitors: Sequence[Monitor], seconds: float, on_round: OnRound, begin: Callable[[], None]) -> None:
    async def nothing(_: str) -> None:
        return None

    stop = asyncio.Event()
    async with Client() as client:
        watch = Watch(monitors=monitors, client=client, load_state=nothing, on_round=on_round)
        task = asyncio.create_task(watch.run(stop))
        # The first looks come all within two seconds: what is measured is the steady pace after them.
        await asyncio.sleep(4.0)
        begin()
        await asyncio.sleep(seconds)
        begin()
        stop.set()
        await task


def our_watch(port: int, seconds: float, told: Connection) -> None:
    """Tells processor seconds, checks, the latest start after it was due, and how often something was over 1 s late."""
    starts: dict[str, list[float]] = {}
    failed, marks, counts = 0, [], []

    async def on_round(monitor: str, seen: Sequence[Observation], verdict: Verdict, state: str) -> None:
        nonlocal failed
        begun = min(one.at_monotonic - (one.latency_ms or 0.0) / 1_000 for one in seen)
        starts.setdefault(monitor, []).append(begun)
        counts.append(len(seen))
        failed += sum(one.seen is not Seen.OK for one in seen)

    def mark() -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        marks.append((used.ru_utime + used.ru_stime, sum(counts)))

    uvloop.run(watch_for(watched(port), seconds, on_round, mark))
    gaps = [later - begun for times in starts.values() for begun, later in itertools.pairwise(times)]
    # A round is due up to a tenth after its interval.
    late = [gap - EVERY_SECONDS * 1.1 for gap in gaps]
    told.send((marks[1][0] - marks[0][0], marks[1][1] - marks[0][1], max(late), sum(each > 1 for each in late), failed))


def hostile_watch(port: int, told: Connection) -> None:
    """Tells by how much memory grew at the worst moment, in MiB."""

    async def on_round(monitor: str, seen: Sequence[Observation], verdict: Verdict, state: str) -> None:
        outcomes.add(seen[0].seen)

    outcomes: set[Seen] = set()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    uvloop.run(watch_for(watched(port, "flood"), 4.0, on_round, lambda: None))
    told.send(((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, sorted(outcomes)))


def in_a_process(work: Callable[..., None], *arguments: object) -> tuple[object, ...]:
    near, far = multiprocessing.Pipe()
    process = multiprocessing.Process(target=work, args=(*arguments, far))
    process.start()
    found: tuple[object, ...] = near.recv()
    process.join()
    return found


def exporter_cpu(port: int, seconds: float) -> float | None:
    """Processor seconds per probe of the exporter, driven at the same pace; None where it is not installed."""
    program = shutil.which(EXPORTER)
    if program is None:
        return None
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as settings:
        settings.write("modules: {http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}\n")
        settings.flush()
        arguments = [f"--config.file={settings.name}", f"--web.listen-address=127.0.0.1:{own}", "--log.level=error"]
        process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{own}/-/healthy")
            asyncio.run(_probe(own, port, 2.0))
            before = _cpu_seconds(process.pid)
            probes = asyncio.run(_probe(own, port, seconds))
            return (_cpu_seconds(process.pid) - before) / probes
        finally:
            process.terminate()
            process.wait()


async def _probe(own: int, port: int, seconds: float) -> int:
    """Ask the exporter for a probe as often as we look at services; how many there were."""
    probes, end = 0, time.monotonic() + seconds

    async def scrape(number: int) -> None:
        nonlocal probes
        reader, writer = await asyncio.open_connection("127.0.0.1", own)
        target = f"http://127.0.0.1:{port}/service/{number}"
        writer.write(f"GET /probe?module=http_2xx&target={target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        answer = await reader.read(-1)
        writer.close()
        if b"\nprobe_success 1" not in answer:
            sys.exit("the exporter could not reach a service that is well")
        probes += 1

    async with asyncio.TaskGroup() as group:
        number, due = 0, time.monotonic()
        while time.monotonic() < end:
            group.create_task(scrape(number % SERVICES))
            number, due = number + 1, due + EVERY_SECONDS / SERVICES
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    return probes


def _cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("the exporter did not start")


def judging() -> float:
    """Microseconds of processor to judge one observation, of a chain's three nodes and of a service in turn."""
    took, judged = 0.0, 0
    for monitor in (watched(1)[0], watched(1)[-1]):
        state, now = State(), now_utc()
        names = ["service"] if isinstance(monitor, ServiceMonitor) else [node.name for node in monitor.nodes]
        for number in range(1_500):
            at, height = now + timedelta(seconds=10 * number), 20_000_000 + number
            seen = [
                Observation(
                    monitor=monitor.id, target=name, at=at, at_monotonic=10.0 * number, seen=Seen.OK, latency_ms=20.0,
                    height=height, head_hash=f"{height:x}", parent_hash=f"{height - 1:x}", network="1",
                    hashes={each: f"{each:x}" for each in range(height - 255, height + 1)}, fee=1e9, peers=25,
                )
                for name in names
            ]  # fmt: skip
            begun = time.process_time()
            state = play(monitor, state, seen, now=at, monotonic=10.0 * number).state
            took, judged = took + time.process_time() - begun, judged + len(seen)
    return took / judged * 1e6


def kept(store: Store) -> tuple[float, float]:
    """Bytes that a kept look takes, sums and all, and microseconds to keep it."""
    chance, at, sizes, took = random.Random(7), now_utc(), [], 0.0
    ids = [f"service-number-{number}" for number in range(10)]
    for rounds in (600, 1_500):
        for _ in range(rounds):
            at += timedelta(seconds=EVERY_SECONDS * chance.uniform(0.9, 1.1))
            seen = [
                Observation(
                    monitor=name, target=name, at=at, at_monotonic=0.0, seen=Seen.OK,
                    latency_ms=chance.lognormvariate(4, 0.3),
                )
                for name in ids
            ]  # fmt: skip
            begun = time.perf_counter()
            with store.tx():
                for one in seen:
                    looks.keep(store, [one])
            took += time.perf_counter() - begun
        sizes.append(_size_bytes(store))
    return (sizes[1] - sizes[0]) / (1_500 * len(ids)), took / (2_100 * len(ids)) * 1e6


def _size_bytes(store: Store) -> int:
    if "FOR UPDATE" in store.words["for_update"]:
        tables = ("look_blocks", "look_hours", "look_days")
        for name in tables:
            # Without the old versions, whose room is used again: they are there once, not per look.
            store.run(f"VACUUM FULL {name}")
        return sum(int(store.rows(f"SELECT pg_total_relation_size('{name}') AS n")[0]["n"]) for name in tables)
    return int(store.rows("SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size")[0]["n"])


def keeping() -> None:
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/bench.db"}
        if os.environ.get("FOREWARN_BENCH_PG_URL"):
            urls["PostgreSQL"] = os.environ["FOREWARN_BENCH_PG_URL"]
        for engine, url in urls.items():
            store = open_store(url)
            migrate(store)
            per_look, took_us = kept(store)
            store.close()
            gigabytes = per_look * 500 * 90 * 8_640 / 1e9
            print(
                f"{engine}: {per_look:.2f} bytes per look with its sums, {took_us:.0f} µs to keep it; "
                f"90 days of 500 checks every 10 s: {gigabytes:.2f} GB"
            )


def main(seconds: float) -> None:
    """All of it, within a minute and a half."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    listener = socket.create_server(("127.0.0.1", 0), backlog=4_096)
    port = listener.getsockname()[1]
    far = multiprocessing.Process(target=far_side, args=(listener,), daemon=True)
    far.start()
    print(f"judging: {judging():.0f} µs per observation")
    keeping()
    cpu, checks, latest, late, failed = map(float, in_a_process(our_watch, port, seconds))  # type: ignore[arg-type]
    ours = cpu / checks
    print(
        f"{SERVICES:,} services and {CHAINS * NODES_EACH} nodes every {EVERY_SECONDS:.0f} s, one node hangs: "
        f"{checks:,.0f} checks, {ours * 1e6:.0f} µs of processor each, {cpu / seconds:.0%} of a core"
    )
    print(
        f"latest start {max(latest, 0.0):.2f} s after it was due, {late:.0f} over 1 s; {failed:.0f} looks saw trouble"
    )
    grown, outcomes = in_a_process(hostile_watch, port)
    print(f"{SERVICES:,} servers that each send 200 MB without end: {grown:.0f} MiB more memory; seen: {outcomes}")
    theirs = exporter_cpu(port, min(seconds, 12.0))
    far.terminate()
    far.join()
    if theirs is None:
        print(f"{EXPORTER} is not installed: nothing to compare with")
        return
    print(f"{EXPORTER}: {theirs * 1e6:.0f} µs of processor per probe of a service")
    print(f"ratio {theirs / ours:.2f}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 22.0)
