"""Deeds that another site's page asks for are refused; the console stays out of caches and frames."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from server import csrf


async def answer(request: Request) -> Response:
    return PlainTextResponse(f"done {request.method}")


@pytest.fixture
def client():
    every = ["GET", "POST", "DELETE"]
    routes = [Route(path, answer, methods=every) for path in ("/console", "/console/x", "/consoles", "/subscribe")]
    return TestClient(Starlette(routes=routes, middleware=csrf.MIDDLEWARE))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://testserver"},
        {"origin": "https://testserver"},
    ],
)
def test_our_own_pages_may_do_things(client, headers):
    assert client.post("/console/x", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
        {"sec-fetch-site": "nonsense"},
        {"origin": "http://evil.example"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "null"},
        {"origin": "testserver"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_requests_from_elsewhere_may_not(client, headers, method):
    refused = client.request(method, "/console/x", headers=headers)
    assert refused.status_code == 403
    assert "another site" in refused.text
    assert client.request(method, "/console", headers=headers).status_code == 403


def test_looking_is_always_allowed(client):
    assert client.get("/console/x", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_a_session_is_guarded_outside_the_console_too(client):
    for cookie in ("forewarn_session=secret", "__Host-forewarn_session=secret"):
        headers = {"cookie": cookie, "origin": "http://evil.example"}
        assert client.post("/subscribe", headers=headers).status_code == 403
        assert client.post("/subscribe", headers={**headers, "authorization": "Bearer x"}).status_code == 200
        assert client.post("/subscribe", headers={**headers, "origin": "http://testserver"}).status_code == 200


def test_whoever_has_no_session_is_not_asked_where_they_come_from(client):
    assert client.post("/subscribe", headers={"origin": "http://evil.example"}).status_code == 200


def test_the_console_is_kept_out_of_caches_and_frames_even_when_it_refuses(client):
    for response in (client.get("/console"), client.get("/console/x"), client.post("/console/x")):
        assert response.headers["cache-control"] == "no-store"
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"


def test_other_pages_keep_their_own_headers(client):
    for path in ("/subscribe", "/consoles"):
        assert "cache-control" not in client.get(path).headers
