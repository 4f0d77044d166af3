"""From "publish" to the page and to the first mail: a whole Forewarn in one process, as `serve` runs it.

    python bench/declare.py [customers] [rounds]

Each round declares an incident over the API and watches: when the answer came, when the public page shows it, when the
mail server has taken the first mail. There is no reference but the promise: page within 1 s, first mail within 2 s. The
last line is `ratio N.NN`: one second over the median time to the page.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from tests.end_to_end.world import Forewarn, SocialSink
from tests.mail import MailServer

COMPONENTS = [
    {"id": f"chain-{number}-{way}", "name": f"Chain {number} {way}", "group": f"Chain {number}"}
    for number in range(100)
    for way in ("deposits", "withdrawals")
]
LANGUAGES = ["en", "fr", "ro"]
_LOOK_SECONDS = 0.01


class Seen(threading.Thread):
    """Looks until the page shows something."""

    def __init__(self, house: Forewarn, words: str) -> None:
        super().__init__(daemon=True)
        self._house, self._words = house, words
        self.at = 0.0

    def run(self) -> None:
        while not self.at:
            if self._words in self._house.get("/"):
                self.at = time.perf_counter()
            time.sleep(_LOOK_SECONDS)


def declare(house: Forewarn, token: str, name: str) -> None:
    body = {
        "name": dict.fromkeys(LANGUAGES, name),
        "impact": "major",
        "status": "investigating",
        "body": dict.fromkeys(LANGUAGES, "Withdrawals wait longer than usual."),
        "components": [{"id": "chain-1-withdrawals", "status": "partial_outage"}],
        "audience": "everyone",
        "publish": True,
    }
    request = urllib.request.Request(
        f"{house.url}/api/v1/incidents",
        data=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def one_round(house: Forewarn, token: str, mail: MailServer, number: int) -> tuple[float, float, float]:
    name = f"Withdrawals are delayed, case {number}"
    seen, before = Seen(house, name), len(mail.mails)
    seen.start()
    begun = time.perf_counter()
    declare(house, token, name)
    answered = time.perf_counter() - begun
    while len(mail.mails) == before:
        time.sleep(_LOOK_SECONDS)
    mailed = time.perf_counter() - begun
    seen.join()
    return answered, seen.at - begun, mailed


def main(customers: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder, MailServer() as mail, SocialSink() as social:
        house = Forewarn(
            Path(folder), f"sqlite:///{folder}/bench.db", mail, social, components=COMPONENTS,
            page={"name": "Acme Wallet", "url": "https://status.acme.example", "languages": LANGUAGES,
                  "official_domains": ["acme.example"]},
        )  # fmt: skip
        rows = "".join(f"c-{number},c-{number}@example.org,en,,,\n" for number in range(customers))
        (Path(folder) / "customers.csv").write_text(f"external_id,email,language,time_zone,region,tags\n{rows}")
        house.run("customers", "import", str(Path(folder) / "customers.csv"))
        house.start()
        try:
            token = house.run("token", "create", "--role", "ops").strip()
            times = []
            for number in range(rounds):
                times.append(one_round(house, token, mail, number))
                # Whoever is still being mailed would stand before the next round's first.
                while len(mail.mails) < customers * (number + 1):
                    time.sleep(_LOOK_SECONDS)
        finally:
            house.stop()
    print(f"{len(COMPONENTS)} components, {len(LANGUAGES)} languages, {customers:,} customers, {rounds} rounds")
    for what, place, limit in (("answered", 0, 1.0), ("on the page", 1, 1.0), ("first mail taken", 2, 2.0)):
        took = [each[place] for each in times]
        print(f"{what:17s} median {statistics.median(took):.2f} s   longest {max(took):.2f} s   promised {limit:.0f} s")
    print(f"ratio {1 / statistics.median(each[1] for each in times):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, int(sys.argv[2]) if len(sys.argv) > 2 else 7)
