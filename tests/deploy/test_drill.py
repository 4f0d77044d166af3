"""The drill: everything of ours is killed, and the page goes on telling what it last knew, and how old that is."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from playwright.async_api import Browser, expect

from tests.nodes import free_port, wait_for
from tests.webservers import nginx

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def engine() -> str:
    """What happens after a kill does not depend on the engine."""
    return "sqlite"


@contextmanager
def whole_house(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """All parts in one process, as the unit for systemd starts them."""
    command = [sys.executable, "-m", "server", "serve", "--config", str(folder / "forewarn.yaml"), "--port", str(port)]
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def settings(folder: Path, store_url: str) -> None:
    written = {
        "page": {"name": "Acme Wallet", "url": "https://status.acme.example", "languages": ["en", "fr"]},
        "store": {"url": store_url},
        "components": [{"id": "website", "name": "Website"}],
        "publish": [{"to": str(folder / "page")}],
    }
    (folder / "forewarn.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")


def summary(server_url: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{server_url}/api/v2/summary.json", timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
        return found


async def test_after_a_kill_the_page_answers_from_files_and_tells_its_age(tmp_path, store_url, chromium: Browser):
    settings(tmp_path, store_url)
    own = tmp_path / "nginx"
    own.mkdir()
    with whole_house(tmp_path, free_port()) as house, nginx(tmp_path / "page", own) as server:
        wait_for(lambda: server.get("/").status == 200, "the first page")
        opened = [sys.executable, "-m", "server", "incident", "open", "--config", str(tmp_path / "forewarn.yaml")]
        words = ["--name", "Website is slow", "--body", "We look.", "--component", "website=degraded_performance"]
        subprocess.run([*opened, *words], cwd=_ROOT, check=True, capture_output=True, timeout=60)
        wait_for(lambda: "Website is slow" in server.get("/").text, "the page with the incident")
        house.send_signal(signal.SIGKILL)
        house.wait()
        path = re.findall(r'href="(?:/en)?(/incidents/[0-9a-z]{12})"', server.get("/en/").text)[0]
        for each in ("/", "/fr/", path, "/history", "/api/v2/summary.json", "/history.atom", "/manifest.sig.json"):
            assert server.get(each).status == 200, each
        assert summary(server.url)["incidents"]
        assert server.get("/verify/7Q4KM-W9RTA").status == 503
        await tells_its_age(chromium, server.url)


async def tells_its_age(chromium: Browser, url: str) -> None:
    """A reader opens the page at once, and looks at it again twelve minutes later."""
    page = await chromium.new_page(locale="en-GB")
    await page.clock.install()
    await page.goto(f"{url}/en/")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("#stale")).to_be_empty()
    await page.clock.fast_forward("12:00")
    await expect(page.locator("#stale")).to_contain_text("This page is out of date.")
    await expect(page.locator("#stale")).to_contain_text(re.compile(r"last confirmed 1[23] min"))
    # Whoever comes only now is told as well, and whoever allows no script reads the time of the page.
    await page.reload()
    await expect(page.locator("#stale")).to_contain_text("This page is out of date.")
    await page.close()
    plain = await chromium.new_page(java_script_enabled=False)
    await plain.goto(f"{url}/en/")
    await expect(plain.locator("footer")).to_contain_text("As of")
    await plain.close()
