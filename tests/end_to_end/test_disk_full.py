"""The disk is full in mid-run: somebody is told so, nothing is lost, and all goes on when there is room again."""

import json
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from records.store import ledger
from records.store.engine import open_store
from tests.end_to_end.disks import LimitedFiles, small_disk
from tests.end_to_end.world import Forewarn, forewarn

_CUSTOMERS = 200


@pytest.fixture(params=["small disk", "limited files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "limited files":
        (tmp_path / "disk").mkdir()
        yield LimitedFiles(tmp_path / "disk")
        return
    with small_disk(tmp_path / "disk") as small:
        yield small


def declare(house: Forewarn, token: str, name: str) -> int:
    """The status code of the answer."""
    body = {
        "name": name,
        "impact": "minor",
        "status": "investigating",
        "body": "Withdrawals take longer than usual.",
        "components": [{"id": "website", "status": "degraded_performance"}],
        "audience": "everyone",
        "channels": ["email"],
        "publish": True,
    }
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{house.url}/api/v1/incidents", data=json.dumps(body).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def is_ready(house: Forewarn) -> bool:
    try:
        house.get("/readyz")
    except urllib.error.HTTPError:
        return False
    return True


def test_a_full_disk_raises_an_alarm_loses_nothing_and_all_goes_on_afterwards(tmp_path: Path, disk: Any):
    store_url = f"sqlite:///{disk.folder}/forewarn.db"
    site = disk.folder / "site"
    with forewarn(
        tmp_path,
        store_url,
        components=[{"id": "website", "name": "Website"}],
        publish=[{"to": str(site)}],
    ) as (house, mail, _social):
        people = [f"c-{number},c{number}@example.org,en,,," for number in range(_CUSTOMERS)]
        (tmp_path / "people.csv").write_text(
            "\n".join(["external_id,email,language,time_zone,region,tags", *people]), encoding="utf-8"
        )
        settings = house.config.read_text().replace("smtp:\n", "smtp:\n  rate_per_second: 40\n")
        house.config.write_text(settings)
        house.start()
        house.run("customers", "import", str(tmp_path / "people.csv"))
        token = house.run("token", "create", "--role", "admin").strip()
        house.until(lambda: is_ready(house), "all parts")

        assert declare(house, token, "Before") == 201
        house.until(lambda: len(mail.mails) > 20, "the first mails")
        disk.fill(house.number())
        house.until(lambda: "results wait for the store" in house.log(), "results that wait")
        assert declare(house, token, "Meanwhile") == 503
        assert "database or disk is full" in house.log() or "disk I/O error" in house.log()
        house.until(lambda: not is_ready(house), "an alarm for whoever watches us", seconds=90)
        assert house.get("/healthz"), "the page is still served"
        held_at = len(mail.mails)
        assert held_at < _CUSTOMERS

        disk.free(house.number())
        house.until(lambda: declare(house, token, "Afterwards") == 201, "a deed that is done again")
        house.until(lambda: is_ready(house), "all parts, again", seconds=90)
        house.until(house.all_settled, "every delivery settled", seconds=120)
        house.until(lambda: "Afterwards" in (site / "current" / "index.html").read_text(), "the page on that disk")
        assert set(house.stop().values()) == {0}
        store = open_store(store_url)
        faults = ledger.verify(store).faults
        store.close()
    assert faults == ()
    copies = Counter((each.recipient, each.parsed["Subject"]) for each in mail.mails)
    assert len(copies) == 2 * _CUSTOMERS
    assert set(copies.values()) == {1}, "what had left was kept until it could be written down"
