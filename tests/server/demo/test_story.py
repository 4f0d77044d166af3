"""The newcomer's minute, through the real process: green, break Ethereum, everybody hears, heal, resolved."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.async_playwright import Axe

from server.demo.people import FIRST_CUSTOMER, PASSWORD
from tests.nodes import free_port

ROOT = Path(__file__).parents[3]
PAGES = ("/demo", "/demo/mailbox", "/demo/mailbox/1", "/demo/social", "/demo/app")


class Running:
    """A demo that runs, asked from outside."""

    def __init__(self, process: subprocess.Popen[str], port: int, temporary: Path) -> None:
        self.process, self.temporary = process, temporary
        self.address = f"http://127.0.0.1:{port}"
        self.client = httpx2.Client(base_url=self.address, timeout=10)

    def text(self, path: str) -> str:
        return self.client.get(path).text

    def summary(self) -> dict[str, Any]:
        document: dict[str, Any] = self.client.get("/api/v2/summary.json").json()
        return document

    def press(self, path: str, **form: str) -> None:
        assert self.client.post(path, data=form).status_code == 303

    def until(self, what: str, seconds: float, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while not self._holds(condition):
            assert self.process.poll() is None, "the demo ended by itself"
            assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
            time.sleep(0.25)

    @staticmethod
    def _holds(condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except httpx2.TransportError:
            return False

    def statuses(self) -> dict[str, str]:
        return {row["name"]: row["status"] for row in self.summary()["components"] if not row["group"]}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    temporary, port = tmp_path_factory.mktemp("demo"), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "demo", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        text=True,
    )
    running = Running(process, port, temporary)
    try:
        running.until("the start", 60, lambda: running.client.get("/demo").status_code == 200)
        yield running
    finally:
        running.client.close()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_newcomer_sees_the_whole_story_in_two_minutes(demo):
    begun = time.monotonic()
    demo.until("green", 30, lambda: set(demo.statuses().values()) == {"operational"})
    demo.until("the green page", 10, lambda: "All systems operational" in demo.text("/en/"))
    assert demo.summary()["incidents"] == []

    demo.press("/demo/networks/ethereum", deed="halt")
    demo.until("the incident", 20, lambda: len(demo.summary()["incidents"]) == 1)
    (incident,) = demo.summary()["incidents"]
    assert "Ethereum" in incident["name"]
    assert {row["status"] for row in incident["components"]} == {"major_outage"}
    broken = {name for name, status in demo.statuses().items() if status != "operational"}
    assert broken == {"Ethereum deposits", "Ethereum withdrawals"}
    assert incident["name"] in demo.text(f"/incidents/{incident['id']}")
    demo.until("the page", 10, lambda: "All systems operational" not in demo.text("/en/"))

    demo.until("the mail", 30, lambda: mails_to(demo, "1001@") == 1)
    demo.until("the post", 30, lambda: "Ethereum" in demo.text("/demo/social"))
    demo.until("the plate", 30, lambda: "Ethereum" in demo.text("/demo/app?customer=c-1001"))
    assert incident["name"] in record_of(demo, FIRST_CUSTOMER)
    # Some hear in French, some in Romanian, and who holds nothing there hears nothing.
    demo.until("all the mail", 60, lambda: received(demo) > 700)
    assert "Retraits" in all_subjects(demo) or "retraits" in all_subjects(demo)

    demo.press("/demo/networks/ethereum", deed="heal")
    demo.until("the recovery", 60, lambda: demo.summary()["incidents"] == [])
    assert set(demo.statuses().values()) == {"operational"}
    (last, *_) = demo.client.get("/api/v2/incidents.json").json()["incidents"]
    assert (last["id"], last["status"]) == (incident["id"], "resolved")
    # Opened, recovering, over; the second may have been overtaken by the third.
    demo.until("the last mail", 60, lambda: mails_to(demo, "1001@") >= 2)
    assert time.monotonic() - begun < 120


def record_of(demo: Running, customer: str) -> str:
    """What support sees in the console."""
    with httpx2.Client(base_url=demo.address, timeout=10, headers={"origin": demo.address}) as browser:
        login = {"name": "support", "password": PASSWORD}
        assert browser.post("/console/sign-in", data=login).status_code == 303
        reason = {"reason": "asks about a deposit"}
        record = browser.get(f"/console/customers/{customer}", params=reason, follow_redirects=True)
    assert record.status_code == 200
    return record.text


def mails_to(demo: Running, address: str) -> int:
    return demo.text(f"/demo/mailbox?to={address}").count('<td><a href="/demo/mailbox/')


def received(demo: Running) -> int:
    found = re.search(r"([\d,]+) mails came in", demo.text("/demo/mailbox"))
    assert found
    return int(found[1].replace(",", ""))


def all_subjects(demo: Running) -> str:
    return "".join(demo.text(f"/demo/mailbox?page={page}") for page in range(1, 8))


def test_a_mail_shows_its_words_and_links_to_the_page(demo):
    demo.until("a mail", 60, lambda: received(demo) > 0)
    html = demo.text("/demo/mailbox/1/html")
    assert demo.address in html
    assert "<script" not in html


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nobody_is_left_out(demo, chromium, scheme):
    demo.until("a mail", 60, lambda: received(demo) > 0)
    for path in PAGES:
        page = await chromium.new_page(color_scheme=scheme, viewport={"width": 900, "height": 900})
        errors: list[str] = []
        page.on("console", lambda message, errors=errors: errors.append(message.text))
        await page.goto(demo.address + path)
        found = await Axe().run(page)
        assert found.response["violations"] == [], path
        assert errors == [], path
        await page.close()


async def test_the_page_follows_by_itself_without_touching_the_buttons(demo, chromium):
    page = await chromium.new_page()
    await page.goto(demo.address + "/demo")
    button = await page.query_selector("#network-litecoin button")
    demo.press("/demo/networks/litecoin/nodes/ltc-2", fault="freeze")
    await page.wait_for_selector("#live-ltc-2:has-text('hangs')", timeout=10_000)
    assert button is not None
    assert await button.is_visible()
    demo.press("/demo/networks/litecoin", deed="heal")
    await page.wait_for_selector("#live-ltc-2:has-text('answers')", timeout=10_000)


def test_it_ends_cleanly_and_leaves_nothing_behind(demo):
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(timeout=20) == 0
    assert list(demo.temporary.iterdir()) == []
