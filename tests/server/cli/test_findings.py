"""What others announce, as `forewarn check --once` tells it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FEED = (Path(__file__).parents[2] / "monitors/samples/feeds/github_releases.atom").read_bytes()


class _Serves(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(FEED.replace(b"2026-11-20T14:20:14Z", b"2126-11-20T14:20:14Z"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the standard library
        """Says nothing."""


@pytest.fixture
def source() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Serves) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/releases.atom"
        server.shutdown()
        thread.join()


def test_check_once_tells_what_others_announce(bare, source):
    feed = {"id": "geth", "kind": "feed", "target": source, "chain": "ethereum", "content": "releases"}
    bare.write_settings(monitors=[feed])
    said = bare.says("check", "--once")
    (line,) = [line for line in said.splitlines() if "Mandatory update (v1.17.1)" in line]
    assert "client release, required" in line
    assert "ethereum" in line
    [monitor] = bare.json("check", "--once")["monitors"]
    [finding] = monitor["findings"]
    assert (finding["kind"], finding["required"], finding["source"]) == ("client_release", True, "geth")
