"""The address around one simulated node, and somebody who asks."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette

from records.components import Cause
from records.store import monitors
from records.store.engine import Store
from records.verdicts import Verdict, VerdictKind
from server import csrf, health, problems
from server.api import routes as api_routes
from server.context import Context
from server.transactions.desk import TransactionDesk
from server.transactions.routes import routes
from server.wiring import apply_configuration
from tests.monitors.fakes.evm import FakeEvm
from tests.server.conftest import NOW, Clock
from tests.server.house import BASIC, context_on

HASH = "0x" + "ab" * 32


@pytest.fixture
async def node() -> AsyncIterator[FakeEvm]:
    """Knows no transaction until told otherwise."""
    async with FakeEvm() as made:
        made.changed = {"eth_getTransactionByHash": None, "eth_getTransactionReceipt": None}
        yield made


def is_in_block(node: FakeEvm, height: int) -> None:
    receipt = {"blockNumber": hex(height), "blockHash": f"0x{height + 1:064x}", "status": "0x1"}
    node.changed |= {"eth_getTransactionByHash": {"hash": HASH}, "eth_getTransactionReceipt": receipt}


@pytest.fixture
def context(store: Store, clock: Clock, node: FakeEvm) -> Context:
    chain = BASIC["chains"][0] | {"nodes": [{"name": "eth-1", "url": node.url}], "confirmations": 12}
    made = context_on(store, now=clock, chains=[chain])
    apply_configuration(made)
    watch(store)
    return made


def watch(store: Store, kind: VerdictKind = VerdictKind.OPERATIONAL, *, ago: timedelta = timedelta(0)) -> None:
    """The monitor's last round."""
    verdict = Verdict(
        monitor="chain:ethereum", kind=kind, since=NOW, at=NOW - ago, chain="ethereum", component=None, statuses={},
        corroborated=True, cause=Cause.OPERATIONAL, reasoning="", facts={"usual_seconds": 12, "height": 20_000_000},
    )  # fmt: skip
    monitors.keep_round(store, "chain:ethereum", verdict, "{}", seen_at=NOW - ago)


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[TransactionDesk]:
    made = TransactionDesk(context)
    yield made
    await made.close()


@pytest.fixture
def app(context: Context, desk: TransactionDesk) -> Starlette:
    made = Starlette(
        routes=[*routes(context, desk), *health.ROUTES, *api_routes.ROUTES],
        exception_handlers=problems.HANDLERS,
        middleware=[*problems.MIDDLEWARE, *csrf.MIDDLEWARE],
    )
    made.state.context = context
    made.state.transactions = desk
    return made


Visit = Callable[..., httpx2.AsyncClient]


@pytest.fixture
async def visitor(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that speaks English."""
    transport = httpx2.ASGITransport(app=app)
    headers = {"accept": "text/html", "accept-language": "en"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://status.example", headers=headers) as client:
        yield client


@pytest.fixture
async def program(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """A script that wants JSON."""
    transport = httpx2.ASGITransport(app=app)
    headers = {"accept": "application/json"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://status.example", headers=headers) as client:
        yield client
