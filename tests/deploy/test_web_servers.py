"""The examples in deploy/, run by the real programs: what they are copied for must hold."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from records.store.engine import Store, open_store
from records.store.migrations import migrate
from statuspage.answers import CONTENT_SECURITY_POLICY
from statuspage.publish import publish_to_directory
from statuspage.publisher import Publisher
from statuspage.site import Site, file
from tests.statuspage import world
from tests.webservers import WebServer, caddy, nginx

_SERVERS = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    store: Store = open_store(f"sqlite:///{tmp_path_factory.mktemp('books')}/books.db")
    migrate(store)
    world.mockup(store)
    made = Publisher(store, world.PAGE, clock=lambda: world.NOW).rebuild()
    store.close()
    return made


@pytest.fixture
def folder(tmp_path: Path, site: Site) -> Path:
    """Where the page is published."""
    publish_to_directory(site, tmp_path / "page")
    return tmp_path / "page"


@pytest.fixture(params=list(_SERVERS))
def server(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[WebServer]:
    """Each in turn, and nothing behind it."""
    own = tmp_path / "server"
    own.mkdir()
    with _SERVERS[request.param](folder, own) as running:
        yield running


class _Process(BaseHTTPRequestHandler):
    """Stands in for Forewarn: says what it was asked for."""

    def do_GET(self) -> None:
        status = 404 if self.path.startswith("/no") else 503 if self.path == "/readyz" else 200
        self.send_response(status)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(f"the process, asked for {self.path}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def behind(server: WebServer) -> Iterator[None]:
    """Something stands behind the web server."""
    process = ThreadingHTTPServer(("127.0.0.1", server.upstream_port), _Process)
    thread = threading.Thread(target=process.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield
    process.shutdown()
    thread.join()
    process.server_close()


def test_every_address_is_answered_with_the_bytes_that_were_published(server, site):
    wrong = [path for path in sorted(site.files) if server.get(path).body != site.files[path].body]
    assert wrong == []


@pytest.mark.parametrize("encoding", ["br", "gzip", "zstd"])
def test_compressed_forms_are_the_published_ones(server, site, encoding, request):
    is_nginx = "nginx" in request.node.name
    answer = server.get("/uptime", Accept_Encoding=encoding)
    assert answer.body == site.files["/uptime"].body
    # nginx knows no zstd; it answers in plain.
    assert answer.headers.get("content-encoding") == (None if is_nginx and encoding == "zstd" else encoding)
    assert "Accept-Encoding" in answer.headers["vary"]


def test_what_the_reader_has_already_is_not_sent_again(server):
    for path in ("/", "/api/v2/summary.json", "/history.atom"):
        for encoding in ("identity", "gzip"):
            first = server.get(path, Accept_Encoding=encoding)
            again = server.get(path, Accept_Encoding=encoding, If_None_Match=first.headers["etag"])
            assert (again.status, again.body) == (304, b"")
            assert again.headers["cache-control"] == first.headers["cache-control"]
            assert server.get(path, Accept_Encoding=encoding, If_None_Match='"other"').status == 200


def test_how_long_things_may_be_kept(server, site):
    style = next(path for path in site.files if path.endswith(".css"))
    assert server.get(style).headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/", "/history", "/api/v2/summary.json", "/maintenance.ics"):
        kept = "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"
        assert server.get(path).headers["cache-control"] == kept


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("AR", "ar"), ("ja,en;q=0.5", "en"), ("xx", "en"), ("", "en")],
)
def test_addresses_without_a_language_are_answered_in_the_readers(server, accepted, language):
    for path in ("/", "/history", "/history?from=feed"):
        answer = server.get(path, Accept_Language=accepted)
        assert f'<html lang="{language}"' in answer.text
        assert "Accept-Language" in answer.headers["vary"]


def test_an_address_with_a_language_is_answered_in_that(server):
    for path in ("/ro/", "/ro", "/ro/history"):
        assert '<html lang="ro"' in server.get(path, Accept_Language="fr").text


def test_types_are_those_of_our_own_process(server, site):
    one_of_each = {each.content_type: path for path, each in site.files.items()}
    for path in one_of_each.values():
        answer = server.get(path)
        # The old name of the same, which nginx still uses.
        found = answer.headers["content-type"].replace("application/javascript", "text/javascript")
        assert found.split(";")[0] == site.files[path].content_type.split(";")[0], path
        assert "charset" not in answer.headers["content-type"] or "utf-8" in answer.headers["content-type"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_carry_what_keeps_them_safe(server):
    headers = server.get("/").headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY.decode()
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()"
    assert headers["strict-transport-security"].startswith("max-age=")


def test_everybodys_scripts_may_read_what_is_for_programs(server, site):
    shared = {path for path in site.files if server.get(path).headers.get("access-control-allow-origin") == "*"}
    assert shared == {path for path, each in site.files.items() if each.is_shared}


def test_a_new_release_is_seen_by_the_next_request(server, site, folder):
    seen = []
    for number in range(1, 6):
        body = f"<p>{number}</p>".encode() * 400
        changed = {**site.files, "/": file(body, "text/html"), "/en/": file(body, "text/html")}
        later = site.generated_at + timedelta(seconds=number)
        publish_to_directory(replace(site, files=changed, generated_at=later), folder)
        for encoding in ("identity", "gzip"):
            found = re.match(r"<p>(\d)</p>", server.get("/", Accept_Encoding=encoding).text)
            seen.append(int(found[1]) if found else 0)
    assert seen == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_two_releases_of_one_second_are_told_apart(server, site, folder):
    tags = []
    for number in range(5):
        body = f"<p>{number}</p>".encode() * 400
        changed = {**site.files, "/history": file(body, "text/html"), "/en/history": file(body, "text/html")}
        later = site.generated_at + timedelta(milliseconds=number + 1)
        publish_to_directory(replace(site, files=changed, generated_at=later), folder)
        tags.append(server.get("/en/history").headers["etag"])
    assert len(set(tags)) == len(tags)


@pytest.mark.usefixtures("behind")
def test_what_is_no_file_the_process_answers(server):
    assert server.get("/verify/7Q4KM-W9RTA").text == "the process, asked for /verify/7Q4KM-W9RTA"
    assert server.get("/verify/7Q4KM-W9RTA.json").text == "the process, asked for /verify/7Q4KM-W9RTA.json"
    assert server.get("/subscribe?to=btc", Accept_Language="fr").text == "the process, asked for /subscribe?to=btc"
    missing = server.get("/nothing")
    assert (missing.status, missing.text) == (404, "the process, asked for /nothing")
    unwell = server.get("/readyz")
    assert (unwell.status, unwell.text) == (503, "the process, asked for /readyz")
    assert server.get("/verify").headers["cache-control"] == "no-store"


def test_while_the_process_is_off_the_page_stands_and_the_rest_says_so(server):
    assert server.get("/").status == 200
    away = server.get("/verify/7Q4KM-W9RTA", Accept_Language="en")
    assert away.status == 503
    assert "This part does not answer right now." in away.text
    assert away.headers["cache-control"] == "no-store"
    assert away.headers["content-security-policy"] == CONTENT_SECURITY_POLICY.decode()


def test_no_answer_is_torn_while_releases_come_one_after_the_other(server, site, folder):
    stop, torn, answers = threading.Event(), list[str](), 0

    def read():
        nonlocal answers
        while not stop.is_set():
            for encoding in ("identity", "gzip"):
                answer = server.get("/en/", Accept_Encoding=encoding)
                answers += 1
                if answer.status != 200 or len(set(re.findall(r"<p>(\d+)</p>", answer.text))) != 1:
                    torn.append(f"{answer.status} {answer.text[:200]}")

    def publish(number):
        body = f"<p>{number}</p>".encode() * 2_000
        changed = {**site.files, "/en/": file(body, "text/html")}
        publish_to_directory(replace(site, files=changed, generated_at=site.generated_at + timedelta(number)), folder)

    publish(1)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    number = 1
    while number < 40 or answers < 300:
        number += 1
        publish(number)
    stop.set()
    for reader in readers:
        reader.join()
    assert torn == []
