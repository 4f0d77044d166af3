"""Whatever a program sends, the API answers as its own document says: schemathesis against the served house."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from records.people import Role
from records.store.engine import open_store
from records.store.migrations import migrate
from records.store.tokens import create_token
from server import problems
from server.api import routes as api_routes
from server.context import Context
from server.wiring import apply_configuration
from tests.server.house import context_on
from tests.statuspage.serving import served

_FETCHED = Path(__file__).parents[3] / ".tools/fuzz/bin/st"
#: What an answer must never be, and that it is one of those the document names, in the shape it gives.
_CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,ignored_auth"
)
#: Many lines in one body have no JSON to be made up; tests/server/api/test_customers.py throws lines at it.
_LINES = r"customers:import$"


@pytest.fixture
def st() -> str:
    """The program; skips without it, and fails in CI, where nothing may be skipped."""
    found = str(_FETCHED) if _FETCHED.is_file() else shutil.which("st")
    if found is None:
        message = "schemathesis is not installed; make test fetches it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Context]:
    store = open_store(f"sqlite:///{tmp_path}/forewarn.db")
    migrate(store)
    context = context_on(store)
    apply_configuration(context)
    yield context
    store.close()


async def _fuzz(st: str, context: Context, role: Role, folder: Path, *, examples: int) -> str:
    """What schemathesis found wrong, in its own words; empty when it found nothing."""
    app = Starlette(routes=api_routes.ROUTES, exception_handlers=problems.HANDLERS, middleware=problems.MIDDLEWARE)
    app.state.context = context
    token = create_token(context.desk.store, role.value, role, context.now())
    async with served(app) as url:
        process = await asyncio.create_subprocess_exec(
            st, "run", f"{url}/api/openapi.json", "--header", f"Authorization: Bearer {token}", "--checks", _CHECKS,
            "--exclude-path-regex", _LINES, "--max-examples", str(examples), "--seed", "7", "--no-color",
            "--request-timeout", "30", "--generation-database", "none", "--suppress-health-check", "all",
            cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
    text = said.decode()
    tested = re.search(r"(\d+) generated", text)
    assert tested, text
    assert int(tested[1]) > 500, "it did not get to the operations"
    return "" if process.returncode == 0 else text


async def test_nothing_an_admins_program_sends_breaks_the_api_or_its_promises(st, context, tmp_path):
    assert await _fuzz(st, context, Role.ADMIN, tmp_path, examples=12) == ""


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_nothing_a_program_of_any_role_sends_does(st, embedded, tmp_path, role):
    assert await _fuzz(st, embedded, role, tmp_path, examples=4) == ""
