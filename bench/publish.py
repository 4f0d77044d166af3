"""The published page behind the real nginx (deploy/nginx.conf) against the same bytes placed by hand, and how soon a
change is in a directory and in a bucket.

    python bench/publish.py [seconds per round]

Servers and load run in processes of their own; rounds take turns, so that a busy machine slows both alike.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from page import PAGE, fill, load

from records.components import Status
from records.store import components, meta
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.times import now_utc
from statuspage.bucket import Bucket, in_memory, s3
from statuspage.hands import Target
from statuspage.page import Page
from statuspage.publish import Directory, publish_to_directory
from statuspage.publisher import Publisher
from statuspage.site import Site
from templates.language import available
from tests.buckets import s3_server
from tests.nodes import free_port
from tests.webservers import nginx, nginx_running

ROUNDS = 5
PUBLISHES = 15
#: The same modules, the same encodings, one file in a folder.
BY_HAND = "server {{ listen 127.0.0.1:{port}; root {root}; gzip_static on; brotli_static on; }}"


def serving(site: Site, folder: Path, seconds: float) -> None:
    """Both take turns; the ratio of each pair is what counts."""
    publish_to_directory(site, folder / "page")
    (folder / "hand").mkdir()
    page = site.files["/"]
    for ending, body in {"": page.body, ".br": page.encoded["br"], ".gz": page.encoded["gzip"]}.items():
        (folder / "hand" / f"index.html{ending}").write_bytes(body)
    for name in ("one", "two"):
        (folder / name).mkdir()
    port = free_port()
    plain = nginx_running(BY_HAND.format(port=port, root=folder / "hand"), port, folder / "one")
    with plain, nginx(folder / "page", folder / "two") as ours:
        rates = []
        for _ in range(ROUNDS):
            by_hand = asyncio.run(load(port, seconds))
            rates.append((by_hand, asyncio.run(load(ours.port, seconds))))
    ratio = statistics.median(page_rate / by_hand for by_hand, page_rate in rates)
    print(f"placed by hand  {statistics.median(rate[0] for rate in rates):>8,.0f} requests/s")
    print(f"published       {statistics.median(rate[1] for rate in rates):>8,.0f} requests/s   ratio {ratio:.2f}")


def publishing(store: Store, page: Page, name: str, target: Target) -> None:
    """From a change to everything in place, over and over."""
    publisher, took = Publisher(store, page), []
    target(publisher.rebuild())
    for number in range(PUBLISHES):
        with store.tx():
            status = (Status.DEGRADED, Status.OPERATIONAL)[number % 2]
            components.set_status(store, "chain-3-deposits", status, now_utc() + timedelta(milliseconds=number))
            meta.touch_page(store)
        begun = time.perf_counter()
        target(publisher.rebuild())
        took.append((time.perf_counter() - begun) * 1_000)
    held = f"{len(publisher.site.files)} files in {len(page.languages)} languages"
    print(f"change to {held}, {name}: median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms")


def main(seconds: float) -> None:
    """Serving with forty components in English; publishing with those, and with 200 in every language."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = open_store(f"sqlite:///{place}/bench.db")
        migrate(store)
        fill(store, now_utc())
        serving(Publisher(store, PAGE).rebuild(), place, seconds)
        with s3_server() as server:
            bucket = s3(f"s3://{server.bucket}", region="eu-central-1", endpoint=server.endpoint, key=("id", "secret"))
            publishing(store, PAGE, "a bucket of moto's S3 server", Bucket(bucket).publish)
        store.close()
        large = open_store(f"sqlite:///{place}/large.db")
        migrate(large)
        fill(large, now_utc(), count=200)
        page = replace(PAGE, languages=available())
        publishing(large, page, "a directory", Directory(place / "out").publish)
        publishing(large, page, "a bucket in memory", Bucket(in_memory()).publish)
        large.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
