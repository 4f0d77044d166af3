"""Notices over the API: counts, deliveries, words, and stopping one."""

import hashlib

from records.notices import Outcome
from records.times import iso
from tests.followers import follow
from tests.server.telling import carry, fan_out

INCIDENT = {
    "name": "Ethereum withdrawals are delayed",
    "body": "Withdrawals are queued.",
    "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
    "channels": ["email", "inapp"],
}


def house_of_three(admin):
    """Two hold ETH, one of them without an address; one does not."""
    admin.put("/api/v1/customers/c-1", json={"email": "ana@example.org", "language": "fr", "tags": ["holds:ETH"]})
    admin.put("/api/v1/customers/c-2", json={"tags": ["holds:ETH"]})
    admin.put("/api/v1/customers/c-3", json={"email": "dan@example.org", "tags": ["holds:BTC"]})
    admin.post("/api/v1/incidents", json=INCIDENT)
    return admin.get("/api/v1/notices").json()["items"][0]["id"]


def test_counts_tell_how_far_it_has_come(admin, store, clock):
    notice_id = house_of_three(admin)
    fan_out(store, clock())
    found = admin.get(f"/api/v1/notices/{notice_id}").json()
    queued, rule = found["counts"], found["audience_rule"]
    assert "holds:ETH" in rule
    assert queued == {
        "id": notice_id, "audience": 2, "queued": 2, "sent": 0, "failed": 0, "suppressed": 0, "complete": False,
        "channels": {
            "email": {"queued": 1, "sent": 0, "failed": 0, "suppressed": 1},
            "inapp": {"queued": 2, "sent": 0, "failed": 0, "suppressed": 0},
        },
    }  # fmt: skip
    assert found["frozen"] == {"at": iso(clock()), "rule_sha256": hashlib.sha256(rule.encode()).hexdigest()}
    carry(store, "email", clock(), Outcome.FAILED)
    carry(store, "inapp", clock())
    notice = admin.get(f"/api/v1/notices/{notice_id}").json()
    assert notice["state"] == "done"
    assert (notice["counts"]["sent"], notice["counts"]["complete"]) == (2, True)
    assert notice["counts"]["channels"]["email"] == {"queued": 0, "sent": 0, "failed": 1, "suppressed": 1}


def test_its_words_are_shown_as_they_went_out(admin, store, clock):
    notice_id = house_of_three(admin)
    fan_out(store, clock())
    carry(store, "inapp", clock())
    texts = admin.get(f"/api/v1/notices/{notice_id}?language=fr").json()["texts"]
    assert texts["fr"]["subject"]["content"] == "subject in fr: incident_opened"
    assert admin.get(f"/api/v1/notices/{notice_id}?language=de").json()["texts"] == {}
    assert admin.get(f"/api/v1/notices/{notice_id}").json()["texts"] == {}


def test_deliveries_are_walked_to_the_end_queued_ones_among_them(admin, store, clock):
    notice_id = house_of_three(admin)
    fan_out(store, clock())
    carry(store, "inapp", clock())
    walked, cursor = [], None
    while True:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = admin.get(f"/api/v1/notices/{notice_id}/deliveries", params=query).json()
        walked += [(each["external_id"], each["channel"], each["outcome"], each["reason"]) for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(walked) == [
        ("c-1", "email", "queued", ""),
        ("c-1", "inapp", "accepted", ""),
        ("c-2", "email", "suppressed", "no_address"),
        ("c-2", "inapp", "accepted", ""),
    ]
    assert "ana@example.org" not in admin.get(f"/api/v1/notices/{notice_id}/deliveries").text
    looks = admin.get("/api/v1/audit", params={"subject": notice_id}).json()["items"]
    assert looks[0]["deed"] == "notice.deliveries"


def test_what_a_customer_was_told_is_walked_to_the_end(admin, store, clock):
    house_of_three(admin)
    fan_out(store, clock())
    carry(store, "email", clock())
    carry(store, "inapp", clock())
    clock.forward(minutes=5)
    admin.post("/api/v1/incidents/INC-1/updates", json={"status": "resolved", "body": "All is sent."})
    fan_out(store, clock())
    carry(store, "email", clock())
    carry(store, "inapp", clock())
    walked, cursor = [], None
    while True:
        query = {"reason": "a test", "limit": 3} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/api/v1/customers/c-1/ledger", params=query).json()
        walked += [(each["at"][11:16], each["channel"], each["outcome"], each["language"]) for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert walked == [
        ("13:10", "inapp", "accepted", "fr"),
        ("13:10", "email", "accepted", "fr"),
        ("13:05", "inapp", "accepted", "fr"),
        ("13:05", "email", "accepted", "fr"),
    ]


def test_a_notice_is_stopped_while_it_is_not_sent(admin, store, clock):
    notice_id = house_of_three(admin)
    fan_out(store, clock())
    stopped = admin.post(f"/api/v1/notices/{notice_id}/cancel").json()
    assert stopped["state"] == "cancelled"
    assert stopped["counts"]["suppressed"] == 2
    assert carry(store, "inapp", clock()) == 0
    # Said twice, it stays so.
    assert admin.post(f"/api/v1/notices/{notice_id}/cancel").json()["state"] == "cancelled"


def test_a_notice_that_is_done_cannot_be_stopped(admin, store, clock):
    notice_id = house_of_three(admin)
    fan_out(store, clock())
    carry(store, "email", clock())
    carry(store, "inapp", clock())
    assert admin.post(f"/api/v1/notices/{notice_id}/cancel").status_code == 409


def test_a_notice_that_waits_for_nobody_cannot_be_approved(admin):
    answer = admin.post(f"/api/v1/notices/{house_of_three(admin)}/approve")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:forewarn:problem:conflict")


def test_notices_are_found_by_state_and_subject(admin, store, clock):
    notice_id = house_of_three(admin)
    for query, found in (("state=fanning_out", 1), ("state=done", 0), ("subject=INC-1", 1), ("subject=MNT-1", 0)):
        assert len(admin.get(f"/api/v1/notices?{query}").json()["items"]) == found
    assert admin.get("/api/v1/notices").json()["items"][0]["id"] == notice_id


def test_an_audience_is_counted_before_anything_is_said(admin):
    house_of_three(admin)
    preview = admin.post(
        "/api/v1/audience:preview", json={"audience": "affected", "components": ["eth-withdrawals"]}
    ).json()
    assert preview == {
        "rule": "network:ethereum or holds:ETH",
        "count": 2,
        "channels": {"email": 1, "inapp": 2, "social:mastodon": None},
    }
    everyone = admin.post("/api/v1/audience:preview", json={"audience": "everyone", "channels": ["email"]}).json()
    assert everyone == {"rule": "everyone", "count": 3, "channels": {"email": 2}}
    assert admin.post("/api/v1/audience:preview", json={"audience": "holds:"}).status_code == 422


def test_those_who_follow_the_page_stand_behind_the_customers(admin, context, store, clock):
    for number in range(3):
        follow(context.desk, f"s{number}@mail.example", now=clock())
    notice_id = house_of_three(admin)
    fan_out(store, clock())
    carry(store, "subscriber:email", clock())
    walked, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = admin.get(f"/api/v1/notices/{notice_id}/deliveries", params=query).json()
        walked += [(each["external_id"], each["subscriber_id"], each["channel"]) for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [channel for _, _, channel in walked] == ["email", "inapp"] * 2 + ["subscriber:email"] * 3
    numbers = [number for _, number, channel in walked if channel == "subscriber:email"]
    assert len(set(numbers)) == 3
    assert all(number and number.isdigit() for number in numbers)
    assert [ref for ref, _, channel in walked if channel == "subscriber:email"] == [None] * 3
