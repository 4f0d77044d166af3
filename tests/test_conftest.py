from pathlib import Path

import pytest
from playwright.async_api import Browser

from records.store.engine import Store, open_store

pytest_plugins = ["pytester"]


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_migrated_store_of_its_own(store: Store, turn: int):
    assert store.row("SELECT count(*) AS n FROM components") == {"n": 0}
    statement = "INSERT INTO audit_probe (turn) VALUES (:turn)"
    store.script("CREATE TABLE audit_probe (turn INTEGER)")
    assert store.run(statement, turn=turn) == 1


def test_a_store_for_other_processes_is_the_same_by_its_address(store: Store, store_url: str):
    store.script("CREATE TABLE audit_probe (turn INTEGER)")
    other = open_store(store_url)
    assert other.rows("SELECT turn FROM audit_probe") == []
    other.close()


def test_an_empty_store_has_no_components(empty_store_url: str):
    store = open_store(empty_store_url)
    with pytest.raises(Exception, match="components"):
        store.rows("SELECT 1 FROM components")
    store.close()


async def test_the_browser_shows_a_page(chromium: Browser, tmp_path: Path):
    (tmp_path / "page.html").write_text("<title>All systems operational</title>")
    page = await chromium.new_page()
    await page.goto(f"file://{tmp_path}/page.html")
    assert await page.title() == "All systems operational"


@pytest.fixture
def skipping(pytester: pytest.Pytester) -> pytest.Pytester:
    """A small run with our own hooks in which one test and one file skip themselves."""
    hooks = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
    pytester.makeconftest(hooks)
    pytester.makepyfile(
        test_one="import pytest\n\ndef test_it():\n    pytest.skip('no node')\n",
        test_file="import pytest\n\npytest.skip('no browser', allow_module_level=True)\n",
        test_known="import pytest\n\n@pytest.mark.xfail\ndef test_it():\n    assert False\n",
    )
    return pytester


def test_a_skip_fails_in_ci(skipping: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CI", "true")
    result = skipping.runpytest_inprocess(
        "-p", "no:cacheprovider", "-p", "no:asyncio", "--continue-on-collection-errors"
    )
    result.assert_outcomes(failed=1, errors=1, xfailed=1)
    result.stdout.fnmatch_lines(["*Nothing is skipped in CI.*no node*"])


def test_a_skip_is_a_skip_elsewhere(skipping: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CI", raising=False)
    result = skipping.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio")
    result.assert_outcomes(skipped=2, xfailed=1)
