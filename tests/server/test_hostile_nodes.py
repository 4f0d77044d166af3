"""Nothing that a node says, and nothing of where it is, comes further than the look: only its configured name does."""

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from monitors.client import Client
from monitors.watch import Watch
from records.people import Role
from records.store import incidents, looks, monitors, notices
from records.store.engine import Store
from records.store.tokens import create_token
from records.times import now_utc
from server.app import build_app
from server.bridge import Bridge
from server.config.monitors import monitors_of, recovery_times
from server.context import Context
from server.wiring import apply_configuration
from statuspage.publisher import Publisher
from tests.monitors.fakes.evm import FakeEvm
from tests.monitors.fault_server import FaultServer, response
from tests.server.house import BASIC, context_on
from tests.statuspage import world

MARK = "zqx7f3"
#: What a node would like to see on our page.
BILE = f'<script src="//{MARK}.example/x.js"></script> {MARK} at 10.66.0.7'
SLOW_SECONDS = 30.0
AT_ONCE = {"worse_after": 1, "worse_for": "0s", "better_after": 1, "recovery": "0s"}
KEY = {"username": f"user-{MARK}", "password": f"pass-{MARK}"}


def bodies() -> list[bytes]:
    """One kind of spite for each node of the chain."""
    error = f'{{"jsonrpc": "2.0", "id": 1, "error": {{"code": -32000, "message": "{MARK} at 10.66.0.7"}}}}'
    return [
        response(error.encode(), status="500 Internal Server Error"),
        response(BILE.encode(), status=f"503 {MARK}", headers={"Content-Type": "text/html", "Retry-After": MARK}),
        response(b"", status="302 Found", headers={"Location": f"http://{MARK}.example/", f"X-{MARK}": MARK}),
        f"HTTP/1.1 {MARK}\r\n\r\n".encode(),
        response(error.encode(), headers={"Content-Encoding": MARK}),
    ]


def house(store: Store, faults: FaultServer, liar: FakeEvm) -> Context:
    nodes: list[dict[str, object]] = []
    for number, body in enumerate(bodies()):
        faults.script[f"{MARK}-{number}"] = [body]
        url = faults.url(f"{MARK}-{number}") + f"?apikey={MARK}"
        nodes.append({"name": f"eth-{number}", "url": url, "auth": dict(KEY)})
    nodes.append({"name": "eth-9", "url": f"http://{MARK}.invalid/"})
    faults.script[MARK] = [response(BILE.encode(), status="500 Oops")]
    chain = {"chain": "ethereum", "every": "1s", "hysteresis": dict(AT_ONCE), "nodes": nodes}
    good = {
        "chain": "polygon",
        "every": "1s",
        "hysteresis": dict(AT_ONCE),
        "nodes": [{"name": "pol-1", "url": liar.url}],
    }
    website = {
        "id": "website",
        "kind": "http",
        "target": faults.url(MARK),
        "component": "website",
        "every": "1s",
        "hysteresis": dict(AT_ONCE),
    }
    components = [{**each, "auto_publish": True} for each in BASIC["components"]]
    context = context_on(store, chains=[chain, good], monitors=[website], components=components)
    apply_configuration(context)
    return context


async def watch_until_published(context: Context) -> None:
    """Watches with the real loop until both troubles are told to the public."""
    bridge, stop = Bridge(context, recovery_times(context.settings)), asyncio.Event()
    store, end = context.desk.store, time.monotonic() + SLOW_SECONDS
    async with Client() as client:
        watch = Watch(
            monitors=monitors_of(context.settings),
            client=client,
            load_state=bridge.load_state,
            on_round=bridge.on_round,
        )
        running = asyncio.create_task(watch.run(stop))
        while len(incidents.open_incidents(store)) < 2 or monitors.monitor(store, "chain:polygon").verdict is None:
            assert time.monotonic() < end, "both troubles should be public by now"
            await asyncio.sleep(0.1)
        stop.set()
        await running


def kept(store: Store) -> Iterator[tuple[str, str]]:
    """Every row of every table."""
    on_postgres = "FOR UPDATE" in store.words["for_update"]
    source = "pg_tables WHERE schemaname = current_schema()" if on_postgres else "sqlite_master WHERE type = 'table'"
    for table in store.rows(f"SELECT {'tablename' if on_postgres else 'name'} AS name FROM {source}"):
        for row in store.rows(f"SELECT * FROM {table['name']}"):
            yield table["name"], repr(dict(row))


def shown(context: Context) -> Iterator[tuple[str, str]]:
    """Everything that the page, its files, the API and the metrics say."""
    store = context.desk.store
    site = Publisher(store, world.PAGE, clock=now_utc).rebuild()
    for path, file in site.files.items():
        yield path, file.body.decode("utf-8", "replace")
    token = create_token(store, "ops", Role.OPS, context.now())
    with TestClient(build_app(context, lambda: site), headers={"Authorization": f"Bearer {token}"}) as client:
        described = client.get("/api/openapi.json").json()["paths"]
        asked = [path for path, deeds in described.items() if "get" in deeds and "{" not in path]
        asked += [f"/api/v1/incidents/{each.ref}" for each in incidents.open_incidents(store)]
        for path in ["/metrics", *asked]:
            answer = client.get(path)
            assert answer.status_code < 500
            yield f"{path} {answer.status_code}", answer.text


@pytest.mark.filterwarnings("ignore")
async def test_nothing_of_a_hostile_node_gets_through(store: Store, faults_server: FaultServer, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    async with FakeEvm(chain_id=137) as liar:
        liar.version, liar.syncing = f"Bor/{BILE}", {MARK: BILE, "currentBlock": "0x1", "highestBlock": "0x1"}
        context = house(store, faults_server, liar)
        with capture_logs() as logs:
            await watch_until_published(context)
    assert looks.since(store, "chain:polygon", context.now() - timedelta(minutes=1))
    said = {each.id: each.verdict for each in monitors.all_monitors(store)}
    assert said == {"chain:ethereum": "our_side", "chain:polygon": "operational", "website": "service_down"}
    assert notices.notices(store), "customers are told something"

    surfaces = [
        *shown(context),
        *kept(store),
        ("log", repr(logs)),
        ("log", caplog.text),
        ("out", repr(capfd.readouterr())),
    ]
    assert len(surfaces) > 50
    assert {"/api/v1/monitors 200", "/networks.json", "/api/v2/summary.json"} <= {place for place, _ in surfaces}
    assert any("eth-1" in text for place, text in surfaces if place == "/metrics 200"), (
        "the configured name is all there is"
    )
    leaks = {place: text for place, text in surfaces if MARK in text or "10.66.0.7" in text or "127.0.0.1:" in text}
    assert leaks == {}


@pytest.fixture
async def faults_server():
    async with FaultServer() as server:
        yield server
