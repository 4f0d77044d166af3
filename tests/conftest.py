"""What every test may ask for: a migrated store on either engine, and a browser. In CI nothing is skipped."""

import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.async_api import Browser, async_playwright, expect

from records.store.engine import Store, open_store
from records.store.migrations import migrate
from tests.postgres import Databases, postgres_server

# A busy machine is slow; a page that is wrong stays wrong.
expect.set_options(timeout=20_000)

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

_ROOT = Path(__file__).parent.parent
# Programs that `make test` fetched for us alone come after those of the machine.
os.environ["PATH"] = os.pathsep.join(
    [os.environ["PATH"], *map(str, _ROOT.glob(".tools/node_modules/@foundry-rs/anvil-*/bin"))]
)


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[Databases]:
    """One PostgreSQL for the whole run; each test that asks gets its own database there."""
    with postgres_server() as url:
        databases = Databases(url)
        yield databases
        databases.close()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Which engine this run of the test is about; asking for `store` or `store_url` runs a test on both."""
    return str(request.param)


@pytest.fixture
def store_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of its own, for tests that start the real processes."""
    if engine == "postgres":
        databases: Databases = request.getfixturevalue("postgres_databases")
        with databases.migrated() as url:
            yield url
        return
    url = f"sqlite:///{tmp_path}/forewarn.db"
    store = open_store(url)
    migrate(store)
    store.close()
    yield url


@pytest.fixture
def empty_store_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, for the tests of migrations."""
    if engine == "postgres":
        databases: Databases = request.getfixturevalue("postgres_databases")
        with databases.empty() as url:
            yield url
        return
    yield f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An opened, migrated, empty store, on each engine in turn."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser of the test's own. It takes half a second to start: one story per test, not one click."""
    program = os.environ.get("FOREWARN_TEST_CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        await browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test has failed: there everything that tests need can be had."""
    report = yield
    return report if hasattr(report, "wasxfail") else _refused_in_ci(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself."""
    return _refused_in_ci((yield))


def _refused_in_ci(report: Report) -> Report:
    if report.skipped and os.environ.get("CI"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing is skipped in CI. {reason}"
    return report
