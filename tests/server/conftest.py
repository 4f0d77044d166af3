"""A house with its doors for programs, and a client for each role."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.people import Role
from records.store.engine import Store
from records.store.tokens import create_token
from server import health, inapp, problems, verify
from server.api import routes as api_routes
from server.context import Context
from server.hooks import routes as hooks
from server.wiring import apply_configuration
from tests.server.house import context_on

NOW = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
#: For signing tokens of customers.
INAPP_KEY = "k" * 64


class Clock:
    """The house's clock, moved by the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: int) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(store: Store, clock: Clock) -> Context:
    made = context_on(
        store,
        now=clock,
        access={"inapp": {"key": INAPP_KEY}},
        social=[{"name": "mastodon", "url": "mastodons://token@social.example"}],
    )
    apply_configuration(made)
    return made


@pytest.fixture
def app(context: Context) -> Starlette:
    made = Starlette(
        routes=[*api_routes.ROUTES, *inapp.ROUTES, *hooks.ROUTES, *health.ROUTES, *verify.ROUTES],
        exception_handlers=problems.HANDLERS,
        middleware=problems.MIDDLEWARE,
    )
    made.state.context = context
    return made


@pytest.fixture
def anybody(app: Starlette) -> Iterator[TestClient]:
    """Somebody without a token."""
    with TestClient(app) as client:
        yield client


As = Callable[[Role], TestClient]


@pytest.fixture
def client_as(app: Starlette, context: Context) -> Iterator[As]:
    """A client with a token of the role."""
    opened: list[TestClient] = []

    def make(role: Role) -> TestClient:
        token = create_token(context.desk.store, role.value, role, context.now())
        client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
        client.__enter__()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def ops(client_as: As) -> TestClient:
    """The operator's programs."""
    return client_as(Role.OPS)


@pytest.fixture
def admin(client_as: As) -> TestClient:
    """Whoever may do everything."""
    return client_as(Role.ADMIN)
