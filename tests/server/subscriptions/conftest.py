"""The pages of subscriptions, and somebody without an account who opens them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.store import letters, subscribers
from records.subscribers import Purpose, Subscriber, SubscriberKind, token
from server import csrf, problems
from server.context import Context
from server.pace import Pace
from server.subscriptions import routes as module
from server.subscriptions.routes import routes
from tests.server.conftest import Clock

GWEN = "gwen@mail.example"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test asks as somebody new, and waits for no even pace."""
    monkeypatch.setattr(module, "_ASKING", Pace(burst=5, every_seconds=60.0))
    monkeypatch.setattr(module, "_GUESSING", Pace(burst=20, every_seconds=30.0))
    monkeypatch.setattr(module, "_STEADY_SECONDS", 0.0)


def pages(context: Context) -> Starlette:
    """An app of these pages alone."""
    made = Starlette(
        routes=routes(context),
        exception_handlers=problems.HANDLERS,
        middleware=[*problems.MIDDLEWARE, *csrf.MIDDLEWARE],
    )
    made.state.context = context
    return made


@pytest.fixture
def visitor(context: Context) -> Iterator[TestClient]:
    with TestClient(pages(context), headers={"accept-language": "en"}) as client:
        yield client


@pytest.fixture
def letters_due(context: Context, clock: Clock) -> Callable[[], list[tuple[str, str]]]:
    """Takes the letters that are due: to whom, and which."""

    def take() -> list[tuple[str, str]]:
        found = letters.claim(context.desk.store, clock(), lease=timedelta(minutes=1))
        return [(one.address, one.kind.value) for one in found]

    return take


def gwen(context: Context, address: str = GWEN) -> Subscriber:
    """Who has this address."""
    found = subscribers.by_address(context.desk.store, SubscriberKind.EMAIL, address)
    assert found is not None
    return found


def link(context: Context, who: Subscriber, purpose: Purpose = Purpose.MANAGE) -> str:
    """The address in this subscriber's mail."""
    place = "subscriptions" if purpose is Purpose.MANAGE else "unsubscribe"
    return f"/{place}/{token(subscribers.key(context.desk.store), purpose, who.id)}"
