"""Customers over the API: records, what they were told, imports."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from records.store import customers

ANA = {"email": "ana@example.org", "language": "fr", "region": "RO", "tags": ["holds:ETH", "network:ethereum"]}


def test_a_record_is_made_and_made_to_match(admin):
    made = admin.put("/api/v1/customers/c-1", json=ANA)
    assert made.status_code == 200
    assert made.json()["tags"] == ["holds:ETH", "language:fr", "network:ethereum", "region:RO"]
    changed = admin.put("/api/v1/customers/c-1", json={"tags": ["holds:BTC"], "channels": {"email": False}}).json()
    assert changed["id"] == made.json()["id"]
    assert changed["tags"] == ["holds:BTC", "language:en"]
    assert changed["contacts"] == [{"channel": "email", "address": "ana@example.org", "wanted": False, "blocked": None}]


def test_a_reference_may_have_any_sign_that_is_no_space(admin):
    for ref in ("a/b", "ü", "a:b@c", "c-1/ledger/x"):
        path = "/api/v1/customers/" + ref.replace("/", "%2F")
        assert admin.put(path, json={}).json()["external_id"] == ref
        assert admin.get(path, params={"reason": "a test"}).json()["external_id"] == ref


def test_all_faults_of_a_record_are_told_at_once(admin):
    answer = admin.put(
        "/api/v1/customers/c-1",
        json={
            "email": "ana@example.org\r\nBcc: all@example.org",
            "language": "french",
            "time_zone": "Mars/Olympus",
            "region": "R O",
            "tags": ["holds:ETH", "holds ETH", "x:*"],
            "channels": {"email": "no", "pigeon": True},
        },
    )
    assert answer.status_code == 422
    assert sorted(each["pointer"] for each in answer.json()["errors"]) == [
        "/channels/email",
        "/channels/pigeon",
        "/email",
        "/language",
        "/region",
        "/tags/1",
        "/tags/2",
        "/time_zone",
    ]
    assert admin.put("/api/v1/customers/with%20space", json={}).status_code == 422


def test_a_look_needs_a_reason_and_is_audited(admin):
    admin.put("/api/v1/customers/c-1", json=ANA)
    refused = admin.get("/api/v1/customers/c-1")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/query/reason"]
    admin.get("/api/v1/customers/c-1", params={"reason": "ticket 4711"})
    admin.get("/api/v1/customers/c-1/ledger", params={"reason": "ticket 4712"})
    looks = admin.get("/api/v1/audit", params={"subject": "customer:c-1"}).json()["items"]
    assert [(each["deed"], each["detail"], each["actor"]) for each in looks[:2]] == [
        ("customer.look", {"reason": "ticket 4712"}, "token:admin"),
        ("customer.look", {"reason": "ticket 4711"}, "token:admin"),
    ]
    assert admin.get("/api/v1/customers/c-9", params={"reason": "ticket 4711"}).status_code == 404


def lines(*rows):
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()


def upload(client, body, **headers):
    return client.post(
        "/api/v1/customers:import", content=body, headers={"Content-Type": "application/x-ndjson"} | headers
    )


def test_an_import_keeps_good_lines_and_reports_the_others(admin, store):
    body = lines(
        {"external_id": "c-1", **ANA},
        "",
        {"external_id": "c-2", "email": "no address"},
        "{not json",
        {"external_id": "c-3", "tags": ["holds:BTC"], "colour": "red"},
        ["c-4"],
        {"tags": []},
        {"external_id": "c-5"},
        '{"external_id": "c-6", "region": "half \\ud800"}',
        '{"external_id": "' + "x" * 300_000 + '"}',
        {"external_id": "c-7"},
    )
    report = upload(admin, body).json()
    assert {name: report[name] for name in ("rows", "changed", "unchanged", "rejected_rows")} == {
        "rows": 10, "changed": 3, "unchanged": 0, "rejected_rows": 7,
    }  # fmt: skip
    assert [(each["line"], each["external_id"], each["errors"][0]["pointer"]) for each in report["rejected"]] == [
        (3, "c-2", "/email"),
        (4, None, ""),
        (5, "c-3", "/colour"),
        (6, None, ""),
        (7, None, "/external_id"),
        (9, None, "/region"),
        (10, None, ""),
    ]
    assert customers.count(store) == 3
    assert upload(admin, body).json() | {"rejected": []} == {
        "rows": 10, "changed": 0, "unchanged": 3, "rejected_rows": 7, "rejected": [],
    }  # fmt: skip


def test_an_import_of_several_bundles_is_whole(admin, store):
    report = upload(admin, lines(*({"external_id": f"c-{number}"} for number in range(1_201)))).json()
    assert (report["rows"], report["changed"]) == (1_201, 1_201)
    assert customers.count(store) == 1_201


def test_a_repeated_import_gets_its_first_report_again(admin):
    body = lines({"external_id": "c-1"})
    first = upload(admin, body, **{"Idempotency-Key": "k1"}).json()
    assert upload(admin, body, **{"Idempotency-Key": "k1"}).json() == first
    assert upload(admin, body + b"\n{}", **{"Idempotency-Key": "k1"}).status_code == 409


@pytest.mark.parametrize("body", [b"", b"\n\n", b"   "])
def test_an_empty_import_changes_nothing(admin, body):
    assert upload(admin, body).json()["rows"] == 0


def test_an_import_of_another_type_is_not_read(admin):
    answer = admin.post("/api/v1/customers:import", content=b"a,b", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 415


def test_an_import_that_is_too_large_changes_nothing(admin, store, monkeypatch):
    monkeypatch.setattr("server.api.imports.MAX_IMPORT_BYTES", 2_000)
    answer = upload(admin, lines(*({"external_id": f"c-{number}"} for number in range(200))))
    assert answer.status_code == 413
    assert customers.count(store) == 0


def test_the_same_new_customer_put_by_many_at_once_is_one(admin, store):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: admin.put("/api/v1/customers/c-1", json=ANA), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert customers.count(store) == 1
