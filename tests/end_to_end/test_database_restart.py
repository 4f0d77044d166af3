"""The database goes away under everything that works with it, and comes back: what was asked for is done, and once."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from records.store import ledger, meta
from records.store.engine import open_store
from tests.end_to_end.world import Forewarn, forewarn
from tests.nodes import wait_for
from tests.postgres import OwnPostgres, own_postgres

_CUSTOMERS = 150
_DEEDS = 12


class Client:
    """A program of the wallet's that declares incidents, and asks again under the same key until it has an answer."""

    def __init__(self, house: Forewarn, token: str) -> None:
        self._house, self._token = house, token
        self.answers: list[dict[str, Any]] = []
        self.refused = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Client":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(timeout=150)

    def _run(self) -> None:
        for number in range(_DEEDS):
            body = {
                "name": f"Withdrawals are late {number}",
                "impact": "minor",
                "status": "investigating",
                "body": "Withdrawals take longer than usual.",
                "components": [{"id": "website", "status": "degraded_performance"}],
                "audience": "everyone",
                "channels": ["email"],
                "publish": True,
            }
            self.answers.append(self._asked(f"deed-{number}", body))
            time.sleep(0.1)

    def _asked(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        while True:
            request = urllib.request.Request(
                f"{self._house.url}/api/v1/incidents", data=json.dumps(body).encode(), headers=headers, method="POST"
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return dict(json.loads(answer.read()))
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
            self.refused += 1
            time.sleep(0.2)


def trouble(database: OwnPostgres) -> None:
    """A crash, a start, and connections cut again and again."""
    for _ in range(3):
        database.hang_up()
        time.sleep(0.3)
    for away_seconds in (1.0, 3.0):
        database.crash()
        time.sleep(away_seconds)
        database.start()
        time.sleep(1.0)
        database.hang_up()


def alive(url: str) -> set[str]:
    """The parts of the house that have said that they work."""
    store = open_store(url)
    try:
        return set(meta.pulses(store))
    finally:
        store.close()


def test_a_database_that_crashes_and_returns_loses_no_deed_and_no_mail(tmp_path: Path):
    components = [{"id": "website", "name": "Website"}]
    with (
        own_postgres() as database,
        forewarn(tmp_path, database.url, components=components) as (house, mail, _social),
    ):
        people = [f"c-{number},c{number}@example.org,en,,," for number in range(_CUSTOMERS)]
        (tmp_path / "people.csv").write_text(
            "\n".join(["external_id,email,language,time_zone,region,tags", *people]), encoding="utf-8"
        )
        house.start("web")
        house.run("customers", "import", str(tmp_path / "people.csv"))
        token = house.run("token", "create", "--role", "admin").strip()
        for part in ("notifier", "clock"):
            house.start(part)
        # One that finds no database when it starts ends and says so: whoever started it starts it again.
        house.until(lambda: alive(database.url) >= {"notifier", "clock"}, "all processes at work", seconds=90)
        with Client(house, token) as client:
            wait_for(lambda: len(client.answers) >= 2, "the first deeds", seconds=60)
            trouble(database)
        assert len(client.answers) == _DEEDS
        assert len({each["id"] for each in client.answers}) == _DEEDS
        house.until(lambda: len(house.unresolved()) == _DEEDS, "every deed on the page", seconds=60)
        # What was claimed when the answer could not be given any more falls due when its lease ends.
        house.until(house.all_settled, "every delivery settled", seconds=150)
        statuses = house.stop()
        store = open_store(database.url)
        faults = ledger.verify(store).faults
        store.close()
    assert set(statuses.values()) == {0}, "every process lived through it"
    assert faults == ()
    copies = Counter((each.recipient, each.parsed["Message-ID"]) for each in mail.mails)
    assert len(copies) == _CUSTOMERS * _DEEDS
    assert sum(copies.values()) == len(copies), "nobody heard the same twice"
