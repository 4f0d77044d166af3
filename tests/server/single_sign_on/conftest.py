"""A desk whose people come in by a real identity provider."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.people import Role
from records.store import people
from records.store.engine import Store
from records.times import now_utc
from server import csrf, problems
from server.auth import hash_password
from server.console.routes import ROUTES
from server.context import Context
from tests.oidc import SECRET, Idp, Visitor, provider
from tests.server.conftest import Clock
from tests.server.house import context_on

HERE = "http://testserver"
BACK = f"{HERE}/console/sign-in/return"
PASSWORD = "four words make sense"
_HASHED = hash_password(PASSWORD)
ROLES = {"wallet-oncall": "ops", "wallet-support": "support", "everybody": "viewer"}


@pytest.fixture(scope="module")
def idp() -> Iterator[Idp]:
    """The provider; Ana is on call there."""
    with provider([BACK], signed_out=[f"{HERE}/console/sign-in"]) as running:
        yield running


@pytest.fixture(autouse=True)
def ana_is_on_call(idp: Idp) -> None:
    idp.put("ana", groups=["wallet-oncall", "everybody"], email="ana@acme.example")


@pytest.fixture
def clock() -> Clock:
    """Near the provider's, which nobody moves."""
    made = Clock()
    made.now = now_utc()
    return made


@pytest.fixture
def oidc_changes() -> dict[str, Any]:
    """What a test's settings say otherwise of single sign-on; a test names its own by parametrizing this."""
    return {}


@pytest.fixture
def access_changes() -> dict[str, Any]:
    """The same for all of `access`."""
    return {}


@pytest.fixture
def access(idp: Idp, oidc_changes: dict[str, Any], access_changes: dict[str, Any]) -> dict[str, Any]:
    # The test's clock stands still while the provider's goes on, on a busy machine for longer than a minute.
    oidc = {"issuer": idp.issuer, "client_id": "forewarn", "client_secret": SECRET, "clock_skew": "5m"} | oidc_changes
    wanted = {"oidc": {name: value for name, value in oidc.items() if value is not None}, "roles": ROLES}
    return {name: value for name, value in (wanted | access_changes).items() if value is not None}


@pytest.fixture
def context(store: Store, clock: Clock, access: dict[str, Any]) -> Context:
    made = context_on(store, now=clock, access=access)
    people.add_user(store, "ada", Role.ADMIN, _HASHED, clock.now)
    return made


@pytest.fixture
def app(context: Context) -> Starlette:
    made = Starlette(routes=ROUTES, exception_handlers=problems.HANDLERS, middleware=csrf.MIDDLEWARE)
    made.state.context = context
    return made


@pytest.fixture
def browser(app: Starlette) -> TestClient:
    """Somebody's browser at the desk."""
    return TestClient(app, headers={"origin": HERE}, follow_redirects=False)


ComeIn = Callable[..., Any]


@pytest.fixture
def come_in(browser: TestClient) -> ComeIn:
    """Through the whole sign-in; returns the desk's answer to the way back."""

    def go(visitor: Visitor | str = "ana", *, wanted: str = "/console", client: TestClient = browser) -> Any:
        person = Visitor(visitor) if isinstance(visitor, str) else visitor
        begun = client.get("/console/sign-in/start", params={"next": wanted})
        assert begun.status_code == 303, begun.text
        return client.get(person.go(begun.headers["location"]))

    return go
