"""The operators' first view, a filled board: 200 components, 50 open drafts, 100,000 customers.

    python bench/console.py [customers]

Server time is from a request to its whole answer over one kept connection, without a browser. The reference beside it
is the same bytes from the same server, made by nobody; both take turns. The last line is `ratio N.NN`: reference over
ours.
"""

import asyncio
import http.client
import json
import multiprocessing
import socket
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from page import fill
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.maintenance import MaintenanceEntry, announce
from records.people import COMMAND_LINE, MONITOR, Role
from records.store import people
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.times import now_utc
from server.auth import COOKIE
from server.config import Settings
from server.config.load import parse_settings
from server.console.pages import FIRST_PAGES
from server.console.routes import ROUTES
from server.context import Context
from server.wiring import desk_on
from templates.environment import prepare

COMPONENTS = 200
DRAFTS = 50
OPEN = 5
WINDOWS = 5
ROUNDS = 40
LANGUAGES = ("en", "fr", "ro")
#: What is asked for, and which of it is the first view.
VIEWS = {
    "first view": "/console",
    "the board anew": "/console/board",
    "declare": "/console/incidents/new",
    "announce": "/console/maintenances/new",
    "monitors": "/console/monitors",
}


def settings_of(folder: str) -> Settings:
    written = {
        "page": {"name": "Acme Wallet", "url": "https://status.acme.example", "languages": list(LANGUAGES)},
        "store": {"url": f"sqlite:///{folder}/bench.db"},
        "smtp": {"host": "localhost", "security": "none", "from": "status@status.acme.example"},
    }
    return parse_settings(json.dumps(written).encode(), {}, Path(folder))


def fill_customers(store: Store, customers: int) -> None:
    """Each on one of a hundred networks, half of them with a card, a tenth with something pending; all with mail."""
    store.run(
        """
        INSERT INTO customers (id, external_id, language, region, created_at, updated_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :customers)
        SELECT i, 'c-' || i, CASE i % 3 WHEN 0 THEN 'en' WHEN 1 THEN 'fr' ELSE 'ro' END,
            CASE i % 5 WHEN 0 THEN 'US-NY' ELSE 'RO' END, 0, 0 FROM n
        """,
        customers=customers,
    )
    for tag, which in {
        "'network:chain-' || (id % 100)": "1 = 1",
        "'holds:ETH'": "id % 2 = 0",
        "'region:US-NY'": "id % 5 = 0",
        "'pending:chain-' || (id % 100)": "id % 10 = 0",
        "'product:card'": "id % 3 = 0",
    }.items():
        store.run(f"INSERT INTO customer_tags (tag, customer_id) SELECT {tag}, id FROM customers WHERE {which}")
    store.run(
        """
        INSERT INTO contacts (customer_id, channel, address, wanted)
        SELECT id, 'email', external_id || '@example.org', 1 FROM customers
        """
    )


def words(text: str) -> dict[str, str]:
    return {language: f"{text} ({language})" for language in LANGUAGES}


def fill_desk(context: Context, now: datetime) -> None:
    """Drafts of monitors, incidents that the public sees, and windows that come."""
    for index in range(DRAFTS + OPEN):
        chain = f"chain-{index}"
        entry = IncidentEntry(
            name=words(f"Withdrawals on {chain} are delayed"),
            body=words("Withdrawals wait longer than usual. We look into it and say here what we find."),
            still_works=words("Deposits and trading"),
            statuses={f"{chain}-withdrawals": Status.DEGRADED},
            publish=index >= DRAFTS,
            channels=("email", "inapp"),
        )
        open_incident(context.desk, entry, MONITOR, now - timedelta(minutes=index), monitor=f"chain:{chain}")
    for index in range(WINDOWS):
        start = now + timedelta(days=5 + index)
        entry = MaintenanceEntry(
            name=words("App update"), body=words("We update the app."), scheduled_for=start,
            scheduled_until=start + timedelta(hours=1), component_ids=(f"chain-{90 + index}-deposits",), channels=(),
        )  # fmt: skip
        announce(context.desk, entry, COMMAND_LINE, now)


def serve(listener: socket.socket, folder: str, bodies: dict[str, bytes]) -> None:
    settings = settings_of(folder)
    store = open_store(settings.store.url.get_secret_value())
    context = Context(desk=desk_on(store, settings), settings=settings)
    # As `serve` does.
    prepare(FIRST_PAGES, "en")

    async def bare(request: Request) -> Response:
        return HTMLResponse(bodies[request.query_params["of"]])

    app = Starlette(routes=[Route("/bare", bare), *ROUTES])
    app.state.context = context
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", loop="uvloop", http="httptools")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


class Operator:
    """One signed-in browser that only counts."""

    def __init__(self, port: int, session: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"cookie": f"{COOKIE}={session}"}

    def get(self, address: str) -> tuple[bytes, float]:
        """The answer, and how many milliseconds it took."""
        begun = time.perf_counter()
        self._line.request("GET", address, headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        assert answer.status == 200, (address, answer.status)
        return body, (time.perf_counter() - begun) * 1000


def started(folder: str, bodies: dict[str, bytes]) -> tuple[int, multiprocessing.Process]:
    listener = socket.create_server(("127.0.0.1", 0))
    worker = multiprocessing.Process(target=serve, args=(listener, folder, bodies), daemon=True)
    worker.start()
    return listener.getsockname()[1], worker


def measure(folder: str, session: str) -> None:
    port, worker = started(folder, {"start": b""})
    operator = Operator(port, session)
    # The process is up once it answers anything.
    operator.get("/bare?of=start")
    bodies, coldest = {}, 0.0
    for name, address in VIEWS.items():
        bodies[name], took = operator.get(address)
        coldest = coldest or took
    print(f"the first view of all, after the start: {coldest:.0f} ms")
    worker.terminate()
    port, worker = started(folder, bodies)
    operator = Operator(port, session)
    ratio = 0.0
    for name, address in VIEWS.items():
        operator.get(address)
        pairs = []
        for _ in range(ROUNDS):
            bare = operator.get(f"/bare?of={name.replace(' ', '%20')}")[1]
            pairs.append((bare, operator.get(address)[1]))
        ours = [pair[1] for pair in pairs]
        kilobytes = len(bodies[name]) / 1024
        print(
            f"{name:15s} {kilobytes:5.0f} kB   median {statistics.median(ours):6.1f} ms"
            f"   longest {max(ours):6.1f} ms   the bytes alone {statistics.median(pair[0] for pair in pairs):.1f} ms"
        )
        ratio = ratio or statistics.median(bare / took for bare, took in pairs)
    worker.terminate()
    print(f"ratio {ratio:.3f}")


def main(customers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(folder)
        store = open_store(settings.store.url.get_secret_value())
        migrate(store)
        now = now_utc()
        fill(store, now, count=COMPONENTS)
        fill_customers(store, customers)
        context = Context(desk=desk_on(store, settings), settings=settings)
        fill_desk(context, now)
        people.add_user(store, "ana", Role.OPS, "", now)
        user = people.user(store, "ana")
        assert user is not None
        session = people.open_session(store, user.id, now)
        store.close()
        print(f"{COMPONENTS} components, {DRAFTS} drafts, {OPEN} open, {WINDOWS} planned, {customers:,} customers")
        measure(str(Path(folder)), session)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
