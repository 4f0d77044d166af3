"""The page in an object store: in memory for what is the same everywhere, on a real S3 server for the rest."""

import gzip
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from statuspage.bucket import Bucket, BucketFailed, in_memory, object_name, s3
from statuspage.publish import PublishRefused, release_name
from statuspage.site import Site, file
from tests.buckets import S3, s3_server
from tests.statuspage import world

PAGES = ("/", "/fr/", "/history", "/incidents/3k2x9q81m0aa")
DATA = ("/api/v2/summary.json", "/history.atom")
STYLE = "/static/page.0123456789ab.css"


def site(number: int, **more: bytes) -> Site:
    """A site all of whose files carry the same number."""
    body = f"<p>{number}</p>".encode() * 300
    made = {path: file(body, "text/html; charset=utf-8", is_by_language=True) for path in PAGES}
    made |= {path: file(body, "application/json", is_shared=True) for path in DATA}
    made |= {f"/{name}": file(content, "text/plain") for name, content in more.items()}
    made[STYLE] = file(b"p{}" * 600, "text/css; charset=utf-8", is_immutable=True)
    return Site(
        generated_at=world.NOW + timedelta(seconds=number),
        version=f"{number:012x}",
        files=made,
        languages=("en", "fr"),
        sources={},
    )


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Any:
    """An empty store, of each kind in turn."""
    if request.param == "memory":
        return in_memory()
    running: S3 = request.getfixturevalue("server")
    running.empty()
    place = f"s3://{running.bucket}/status"
    return s3(place, region="eu-central-1", endpoint=running.endpoint, key=("id", "secret"))


class Watched:
    """A store that notes the names that are written, and lets a test step in before each."""

    def __init__(self, store: Any, before: Any = None) -> None:
        self._store = store
        self._before = before
        self._turns = threading.Lock()
        self.written: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, name: str, *rest: Any, **more: Any) -> Any:
        with self._turns:
            self.written.append(name)
            if self._before:
                self._before(name)
        return self._store.put(name, *rest, **more)


def read(store: Any, path: str) -> bytes:
    return bytes(store.get(object_name(path)).bytes())


def names(store: Any) -> set[str]:
    return {each["path"] for page in store.list() for each in page}


def test_every_address_is_an_object_of_that_name(store):
    Bucket(store).publish(site(1))
    assert names(store) == {
        "index.html", "fr/index.html", "history", "incidents/3k2x9q81m0aa", "api/v2/summary.json", "history.atom",
        STYLE[1:], "latest.json",
    }  # fmt: skip
    assert json.loads(read(store, "/latest.json"))["release"] == release_name(site(1))


def test_objects_carry_type_and_caching(store):
    Bucket(store).publish(site(1))
    page, style, latest = (store.get(name).attributes for name in ("history", STYLE[1:], "latest.json"))
    assert page == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400",
    }
    assert style["Cache-Control"] == "public, max-age=31536000, immutable"
    assert latest["Cache-Control"] == "no-store"


def test_objects_are_gzipped_where_that_is_asked_for(store):
    Bucket(store, compressed=True).publish(site(1, small=b"ok"))
    assert store.get("history").attributes["Content-Encoding"] == "gzip"
    assert gzip.decompress(read(store, "/history")) == site(1).files["/history"].body
    assert "Content-Encoding" not in store.get("small").attributes


def test_assets_come_first_and_pages_last(store):
    watched: Any = Watched(store)
    Bucket(watched).publish(site(1))
    order = [name for name in watched.written if name != "latest.json"]
    kinds = ["style" if "static" in name else "data" if "json" in name or "atom" in name else "page" for name in order]
    assert kinds == ["style", *["data"] * len(DATA), *["page"] * len(PAGES)]


def test_what_has_not_changed_is_not_sent_again(store):
    watched: Any = Watched(store)
    bucket = Bucket(watched)
    bucket.publish(site(1, one=b"one", two=b"two"))
    watched.written.clear()
    bucket.publish(replace(site(1, one=b"one", two=b"new"), generated_at=site(2).generated_at))
    assert watched.written == ["latest.json", "two"]


def test_what_somebody_else_wrote_over_is_written_again(store):
    bucket = Bucket(store)
    bucket.publish(site(1))
    store.put("history", b"defaced")
    bucket.publish(replace(site(1), generated_at=site(2).generated_at))
    assert read(store, "/history") == site(1).files["/history"].body


def test_an_older_release_changes_nothing(store):
    Bucket(store).publish(site(2))
    watched: Any = Watched(store)
    Bucket(watched).publish(site(1))
    assert watched.written == []
    assert b"<p>2</p>" in read(store, "/")


def test_a_publisher_that_was_overtaken_while_it_wrote_stops(store, monkeypatch):
    monkeypatch.setattr("statuspage.bucket._STEP", 1)
    overtaken: list[str] = []

    def newer_comes(name):
        if name == DATA[0][1:] and not overtaken:
            overtaken.append(name)
            Bucket(store).publish(site(9))

    older: Any = Watched(store, newer_comes)
    Bucket(older).publish(site(1))
    assert overtaken
    pages = [path for path in PAGES if b"<p>9</p>" in read(store, path)]
    assert pages == list(PAGES)
    assert json.loads(read(store, "/latest.json"))["release"] == release_name(site(9))


def test_of_two_that_begin_together_the_newer_wins(store):
    buckets = {number: Bucket(store) for number in range(1, 7)}
    together = threading.Barrier(len(buckets))

    def publish(number):
        together.wait()
        buckets[number].publish(site(number))

    threads = [threading.Thread(target=publish, args=(number,)) for number in buckets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # What an overtaken one had in flight is put right by the next heartbeat.
    buckets[6].publish(replace(site(6), generated_at=site(7).generated_at))
    assert {read(store, path) for path in PAGES} == {site(6).files["/"].body}


def test_what_is_gone_from_the_page_goes_after_three_releases_and_style_stays(store):
    store.put("somebody-elses.txt", b"keep")
    bucket = Bucket(store)
    bucket.publish(site(1, going=b"x"))
    for number in (2, 3):
        bucket.publish(replace(site(number), files={**site(number).files, "/static/new.css": file(b"", "text/css")}))
        assert "going" in names(store)
    bucket.publish(site(4))
    assert "going" not in names(store)
    assert {"somebody-elses.txt", "static/new.css", STYLE[1:]} <= names(store)


def test_after_a_restart_it_goes_on_where_it_stopped(store):
    Bucket(store).publish(site(1))
    Bucket(store).publish(site(2))
    assert b"<p>2</p>" in read(store, "/history")


def test_a_bucket_that_is_not_ours_is_left_alone(store):
    store.put("latest.json", b"[1]")
    with pytest.raises(PublishRefused, match=r"latest\.json"):
        Bucket(store).publish(site(1))
    assert names(store) == {"latest.json"}


def test_a_server_that_is_away_is_an_error_in_time():
    away = s3("s3://page", region="eu-central-1", endpoint="http://127.0.0.1:9", key=("id", "secret"))
    with pytest.raises(BucketFailed, match=r"did not answer as it should: .*127\.0\.0\.1:9") as failed:
        Bucket(away).publish(site(1))
    assert len(str(failed.value)) < 200


def test_a_bucket_that_is_not_there_is_told_in_words(server):
    none = s3("s3://none", region="eu-central-1", endpoint=server.endpoint, key=("id", "secret"))
    with pytest.raises(BucketFailed, match="There is no such bucket"):
        Bucket(none).publish(site(1))


def test_a_key_shows_in_no_repr():
    assert "hunter22" not in repr(s3("s3://page/a", region=None, endpoint=None, key=("id", "hunter22")))
    assert isinstance(in_memory(), MemoryStore)


def test_a_publisher_that_is_killed_is_followed_by_one_that_makes_it_whole(server):
    server.empty()
    script = (
        "import sys, os; from statuspage import bucket; from tests.statuspage import test_bucket as these\n"
        "bucket._STEP = 2\n"
        "store = these.s3('s3://page', region='eu-central-1', endpoint=sys.argv[1], key=('id', 'secret'))\n"
        "bucket.Bucket(store).publish(these.site(1))\n"
        "def die(name):\n"
        "    if name == 'fr/index.html': os.kill(os.getpid(), 9)\n"
        "bucket.Bucket(these.Watched(store, die)).publish(these.site(2))\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script, server.endpoint], cwd=root, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    store = s3("s3://page", region="eu-central-1", endpoint=server.endpoint, key=("id", "secret"))
    # Each object is whole, though not all are of one release; each says which, and the next publisher mends it.
    assert {read(store, path) for path in PAGES} <= {site(1).files["/"].body, site(2).files["/"].body}
    Bucket(store).publish(site(3))
    assert {read(store, path) for path in PAGES} == {site(3).files["/"].body}
