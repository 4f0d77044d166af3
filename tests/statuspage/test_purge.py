"""A CDN is told of news, and not of heartbeats."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest

from statuspage.purge import Purge
from statuspage.site import Site
from tests.statuspage import world

SITE = Site(generated_at=world.NOW, version="0123456789ab", files={}, languages=("en",), sources={})


class Cdn(HTTPServer):
    """Notes what it is told; answers with `status`."""

    status = 204
    told: list[dict[str, Any]]


class _Handler(BaseHTTPRequestHandler):
    server: Cdn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cdn() -> Iterator[Cdn]:
    server = Cdn(("127.0.0.1", 0), _Handler)
    server.told = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_news_is_told_once_and_a_heartbeat_is_no_news(cdn):
    purge = Purge(f"http://127.0.0.1:{cdn.server_port}/purge")
    purge(SITE)
    purge(replace(SITE, generated_at=world.NOW + timedelta(minutes=1)))
    assert cdn.told == [
        {
            "release": "20261122T140220000000Z-0123456789ab",
            "version": "0123456789ab",
            "generated_at": "2026-11-22T14:02:20.000Z",
        }
    ]
    purge(replace(SITE, version="ffffffffffff"))
    assert len(cdn.told) == 2


def test_a_refusal_is_an_error_and_is_tried_again(cdn):
    purge = Purge(f"http://127.0.0.1:{cdn.server_port}/purge")
    cdn.status = 500
    with pytest.raises(HTTPError) as refused:
        purge(SITE)
    refused.value.close()
    cdn.status = 200
    purge(SITE)
    assert len(cdn.told) == 2
