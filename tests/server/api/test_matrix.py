"""The printed matrix, held against every address of the API: one test for each cell of role and operation."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.people import MAY, Right, Role
from records.store.engine import open_store
from records.store.migrations import migrate
from records.store.tokens import create_token
from server import problems
from server.api import routes as api_routes
from server.api.table import OPERATIONS
from tests.server.house import context_on


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role, TestClient]]:
    """A program of each role, at one house: nothing that they ask for is there."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('matrix')}/forewarn.db")
    migrate(store)
    context = context_on(store)
    app = Starlette(routes=api_routes.ROUTES, exception_handlers=problems.HANDLERS, middleware=problems.MIDDLEWARE)
    app.state.context = context
    tokens = {role: create_token(store, role.value, role, context.now()) for role in Role}
    yield {role: TestClient(app, headers={"Authorization": f"Bearer {token}"}) for role, token in tokens.items()}
    store.close()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_each_cell_of_role_and_address_is_as_the_matrix_says(clients, role, operation):
    path = "/api/v1" + operation.path
    for name in ("{id}", "{external_id:path}", "{update_id}", "{ticket_id}"):
        path = path.replace(name, "none")
    answer = clients[role].request(operation.method, path)
    if operation.right in MAY[role]:
        assert answer.status_code in (200, 201, 400, 404, 409, 415, 422), answer.text
    else:
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:forewarn:problem:not-allowed")


def test_every_right_but_that_to_see_addresses_has_an_address_that_asks_for_it():
    assert set(Right) - {operation.right for operation in OPERATIONS} == {Right.READ_CONTACTS}
