"""Bodies of every bad sort: each fault with its place, all at once, and nothing done."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.store import lists

GOOD = {
    "name": "Trouble",
    "body": "Words.",
    "components": [{"id": "website", "status": "major_outage"}],
    "channels": [],
}


def pointers(answer):
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert all(set(each) == {"pointer", "message", "hint"} for each in problem["errors"])
    return sorted(each["pointer"] for each in problem["errors"])


def test_every_fault_is_told_at_once(ops, store):
    answer = ops.post(
        "/api/v1/incidents",
        json={
            "name": {"en": "two\nlines", "xx-": "?"},
            "body": "  ",
            "impact": "awful",
            "status": "postmortem",
            "components": [
                {"id": "website", "status": "broken"},
                {"id": "nothing", "status": "operational"},
                "website",
            ],
            "audience": "holds:ETH and",
            "channels": ["email", "pigeon"],
            "publish": "yes",
            "next_update_at": "2026-11-22T12:00:00Z",
            "started_at": "2026-11-22T14:00:00Z",
            "colour": "red",
        },
    )
    assert pointers(answer) == [
        "/audience",
        "/body",
        "/channels/1",
        "/colour",
        "/components/0/status",
        "/components/1/id",
        "/components/2",
        "/impact",
        "/name/en",
        "/name/xx-",
        "/next_update_at",
        "/publish",
        "/started_at",
        "/status",
    ]
    assert lists.incidents_before(store, lists.FIRST, limit=1) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": {}}, "/name"),
        ({"name": None}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": "x" * 201}, "/name/en"),
        ({"name": "half \ud800"}, "/name"),
        ({"body": "nul \u0000"}, "/body"),
        ({"body": "bell \u0007"}, "/body/en"),
        ({"components": None}, "/components"),
        ({"components": [{"id": "website"}]}, "/components/0/status"),
        ({"components": [{"id": "website", "status": "operational"}] * 2}, "/components"),
        ({"components": [{"id": 10**30, "status": "operational"}]}, "/components/0/id"),
        ({"audience": "holds"}, "/audience"),
        ({"audience": "(" * 50}, "/audience"),
        ({"channels": "email"}, "/channels"),
        ({"channels": ["social:nobody"]}, "/channels/0"),
        ({"next_update_at": "2026-11-22T15:00:00"}, "/next_update_at"),
        ({"next_update_at": "tomorrow"}, "/next_update_at"),
        ({"next_update_at": 1795354800}, "/next_update_at"),
        ({"next_update_at": "2026-02-30T15:00:00Z"}, "/next_update_at"),
        ({"next_update_at": "9999-12-31T23:59:59-12:00"}, "/next_update_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "/started_at"),
        ({"next_update_at": "2026-11-22T23:59:60Z"}, "/next_update_at"),
    ],
)
def test_one_fault_is_told_with_its_place(ops, change, pointer):
    body = json.dumps(GOOD | change)
    answer = ops.post("/api/v1/incidents", content=body, headers={"Content-Type": "application/json"})
    assert pointers(answer) == [pointer]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": ' + b"9" * 5_000 + b"}",
        b'{"name": "a", "name": "b"}',
        b"\xff\xfe{}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
)
def test_what_is_not_json_is_malformed(ops, body):
    answer = ops.post("/api/v1/incidents", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:forewarn:problem:malformed")


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b'"text"', b"1e999"])
def test_json_that_is_no_object_is_refused(ops, body):
    assert pointers(ops.post("/api/v1/incidents", content=body, headers={"Content-Type": "application/json"})) == [""]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
def test_another_content_type_is_not_read(ops, headers):
    answer = ops.post("/api/v1/incidents", content=json.dumps(GOOD).encode(), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:forewarn:problem:content-type")


def test_a_body_over_a_mebibyte_is_too_large_whether_it_says_so_or_not(ops):
    def pieces():
        for _ in range(20):
            yield b" " * 100_000

    headers = {"Content-Type": "application/json"}
    for content in (b" " * 1_100_000, pieces()):
        answer = ops.post("/api/v1/incidents", content=content, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:forewarn:problem:too-large")


def test_queries_are_checked_as_well(ops):
    answer = ops.get("/api/v1/incidents?limit=0&state=gone&cursor=%21&colour=red")
    assert pointers(answer) == ["/query/colour", "/query/limit", "/query/state"]
    assert pointers(ops.get("/api/v1/incidents?cursor=%21")) == ["/query/cursor"]
    assert pointers(ops.get("/api/v1/incidents?limit=1&limit=2")) == ["/query/limit"]
    assert pointers(ops.get("/api/v1/notices?subject=%00")) == ["/query"]


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["website", "eth-deposits", "operational", "major_outage", "en", "fr", "everyone", "email",
                       "2026-12-01T00:00:00Z", "investigating", "critical"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["id", "status", "en", "fr", "", "~/"]) | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
KEYS = ["name", "body", "impact", "status", "components", "audience", "channels", "publish", "next_update_at",
        "cause", "started_at", "still_works", "funds", "what_to_do", "other"]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.dictionaries(st.sampled_from(KEYS), SCRAPS, max_size=5))
def test_no_body_is_ever_our_fault(ops, change):
    content = json.dumps(GOOD | change)
    answer = ops.post("/api/v1/incidents", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (201, 400, 422)
    if answer.status_code == 201:
        assert ops.get(f"/api/v1/incidents/{answer.json()['id']}").json() == answer.json()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_no_bytes_are_ever_our_fault(ops, body):
    answer = ops.post("/api/v1/incidents", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


WINDOW = {"name": "N", "body": "B", "scheduled_for": "2026-11-29T02:00:00Z", "scheduled_until": "2026-11-29T03:00:00Z",
          "channels": []}  # fmt: skip
DEEDS = [
    ("POST", "/api/v1/maintenances", WINDOW),
    ("PUT", "/api/v1/customers/c-1", {"tags": ["holds:ETH"], "email": "ana@example.org"}),
    ("POST", "/api/v1/tickets", {"external_id": "1", "system": "s", "requester": "c-1", "subject": "?",
                                 "created_at": "2026-11-22T12:00:00Z"}),
    ("POST", "/api/v1/audience:preview", {"audience": "everyone"}),
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deed=st.sampled_from(DEEDS), data=st.data())
def test_no_other_body_is_ever_our_fault_either(ops, deed, data):
    method, path, good = deed
    change = data.draw(
        st.dictionaries(st.sampled_from([*good, "time_zone", "region", "reminders"]), SCRAPS, max_size=3)
    )
    body = json.dumps(good | change)
    answer = ops.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 201, 400, 422), answer.text


NAMES = ["limit", "cursor", "state", "status", "subject", "words", "topic", "incident", "customer", "since", "until",
         "unlinked", "language", "reason"]  # fmt: skip
LISTS = [
    "incidents",
    "maintenances",
    "notices",
    "tickets",
    "customers/c-1",
    "customers/c-1/ledger",
    "notices/x/deliveries",
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(LISTS),
    query=st.dictionaries(
        st.sampled_from(NAMES),
        st.text(max_size=12)
        | st.sampled_from(["5", "open", "2026-12-01T00:00:00Z", "WzFd", "W251bGxd", "WyIiXQ", "WzEsImEiLDEsImEiXQ"]),
        max_size=4,
    ),
)
def test_no_query_is_ever_our_fault(ops, name, query):
    encodable = {key: value for key, value in query.items() if value.isprintable()}
    assert ops.get(f"/api/v1/{name}", params=encodable).status_code in (200, 404, 422)


PARTS = st.integers() | st.text(max_size=3) | st.none() | st.floats()
PLACES = st.lists(PARTS, max_size=5) | st.tuples(st.integers() | st.text(max_size=2), *[st.text(max_size=2)] * 3)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=PLACES | st.tuples(st.integers(), st.text(max_size=2)) | st.tuples(st.text(max_size=2)))
def test_no_cursor_is_ever_our_fault(admin, place):
    admin.put("/api/v1/customers/c-1", json={})
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    for path in ("incidents", "notices", "audit", "tickets", "customers/c-1/ledger"):
        query = {"cursor": cursor} | ({"reason": "a test"} if "ledger" in path else {})
        assert admin.get(f"/api/v1/{path}", params=query).status_code in (200, 422)
