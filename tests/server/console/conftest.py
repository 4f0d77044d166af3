"""One company at its desk: Ana runs incidents, Sam answers tickets, Vi only reads; a few customers who differ."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.tickets import record_ticket
from records.people import COMMAND_LINE, Role
from records.store import people
from records.store.engine import Store
from records.tickets import TicketChannel, TicketEntry, TicketKind
from server import csrf
from server.auth import hash_password
from server.config import load_settings
from server.console.routes import ROUTES
from server.context import Context
from server.wiring import apply_configuration, desk_on

#: A Sunday, 15:05 in Bucharest.
NOW = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
PASSWORD = "four words make sense"
_HASHED = hash_password(PASSWORD)
_SETTINGS = """
page:
  name: Acme Wallet
  url: https://status.acme.example
  time_zone: Europe/Bucharest
  languages: [en, fr]
smtp: {host: localhost, security: none, from: Acme Wallet <status@status.acme.example>}
chains:
  - chain: bitcoin
    nodes: [{name: btc-1, url: "http://127.0.0.1:8332", role: own}]
components:
  - {id: btc-withdrawals, name: {en: Bitcoin withdrawals, fr: Retraits Bitcoin}, group: Bitcoin, chain: bitcoin,
     asset: BTC, direction: withdrawals}
  - {id: btc-deposits, name: Bitcoin deposits, group: Bitcoin, chain: bitcoin, asset: BTC, direction: deposits}
  - {id: website, name: App and website}
  - {id: cards, name: "Cards <& payments>"}
"""


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(store: Store, clock: Clock, tmp_path: Path) -> Context:
    path = tmp_path / "forewarn.yaml"
    path.write_text(_SETTINGS)
    settings = load_settings(path, {})
    made = Context(desk=desk_on(store, settings), settings=settings, now=clock)
    apply_configuration(made)
    for name, role in (("ana", Role.OPS), ("sam", Role.SUPPORT), ("vi", Role.VIEWER), ("ada", Role.ADMIN)):
        people.add_user(store, name, role, _HASHED, NOW)
    put_customers(made.desk, customers(), COMMAND_LINE, NOW - timedelta(days=1))
    return made


def customers() -> list[CustomerEntry]:
    return [
        CustomerEntry(external_id="c-btc", email="btc@example.org", language="fr", region="RO", tags=("holds:BTC",)),
        CustomerEntry(external_id="c-eth", email="eth@example.org", language="en", tags=("holds:ETH",)),
        CustomerEntry(external_id="c-none", language="en"),
    ]


@pytest.fixture
def app(context: Context) -> Starlette:
    made = Starlette(routes=ROUTES, middleware=csrf.MIDDLEWARE)
    made.state.context = context
    return made


SignIn = Callable[[str], TestClient]


@pytest.fixture
def sign_in(app: Starlette, context: Context) -> SignIn:
    """A browser of somebody who is signed in, without the work of hashing a password each time."""

    def client_of(name: str) -> TestClient:
        client = TestClient(app, headers={"origin": "http://testserver"}, follow_redirects=True)
        user = people.user(context.desk.store, name)
        assert user is not None
        client.cookies.set("forewarn_session", people.open_session(context.desk.store, user.id, context.now()))
        return client

    return client_of


@pytest.fixture
def ana(sign_in: SignIn) -> TestClient:
    return sign_in("ana")


@pytest.fixture
def sam(sign_in: SignIn) -> TestClient:
    return sign_in("sam")


@pytest.fixture
def vi(sign_in: SignIn) -> TestClient:
    return sign_in("vi")


TICKET = TicketEntry(
    external_id="88121",
    system="freshdesk",
    requester="c-btc",
    channel=TicketChannel.EMAIL,
    kind=TicketKind.REQUEST,
    topic="withdrawal",
    subject="My BTC is stuck since lunch",
    text="I sent bitcoin at noon.",
    created_at=NOW - timedelta(minutes=6),
    resolved_at=None,
)


@pytest.fixture
def tickets(context: Context) -> list[str]:
    """Ids of three tickets: two about bitcoin, one about something else, from nobody we know."""
    entries = [
        TICKET,
        replace(TICKET, external_id="88124", subject="withdrawal pending 2h??", created_at=NOW - timedelta(minutes=4)),
        replace(TICKET, external_id="88130", subject="New card", text="", topic="card", requester="x@example.org"),
    ]
    return [record_ticket(context.desk, entry, COMMAND_LINE, NOW).id for entry in entries]


@pytest.fixture
def address(app: Starlette) -> Iterator[str]:
    """The console on a real server, for the browser."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)
