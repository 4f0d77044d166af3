"""Incidents over the API."""

import pytest

from records.store import components

DELAYED = {
    "name": "Ethereum withdrawals are delayed",
    "body": "Withdrawals are queued and will be sent. Your funds are safe.",
    "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
    "channels": ["email"],
}


def test_an_incident_is_returned_whole_with_its_id(ops):
    answer = ops.post("/api/v1/incidents", json=DELAYED)
    assert answer.status_code == 201
    incident = answer.json()
    assert incident["ref"] == "INC-1"
    assert incident["name"] == {"en": "Ethereum withdrawals are delayed"}
    assert incident["impact"] == "major"
    assert incident["audience"] == "network:ethereum or holds:ETH"
    assert incident["next_update_at"] == "2026-11-22T13:20:00.000Z"
    assert incident["opened_by"] == "token:ops"
    assert [update["body"] for update in incident["updates"]] == [{"en": DELAYED["body"]}]
    for name in (incident["id"], "INC-1"):
        assert ops.get(f"/api/v1/incidents/{name}").json() == incident


def test_it_changes_what_the_public_sees_and_queues_a_notice(ops, store):
    incident = ops.post("/api/v1/incidents", json=DELAYED).json()
    assert components.component(store, "eth-withdrawals").status.value == "partial_outage"
    [notice] = ops.get("/api/v1/notices", params={"subject": "INC-1"}).json()["items"]
    assert notice["subject_id"] == incident["id"]
    assert notice["channels"] == ["email"]


def test_no_channels_tell_nobody_but_the_page(ops):
    incident = ops.post("/api/v1/incidents", json=DELAYED | {"channels": []}).json()
    assert incident["published_at"] is not None
    assert ops.get("/api/v1/notices").json()["items"] == []


def test_words_may_be_given_per_language_and_components_by_their_public_id(ops, store):
    public_id = components.component(store, "website").public_id
    words = {"en": "The website is slow", "fr": "Le site est lent"}
    incident = ops.post(
        "/api/v1/incidents",
        json={"name": words, "body": words, "components": [{"id": public_id, "status": "degraded_performance"}]},
    ).json()
    assert incident["name"] == words
    assert incident["components"] == [{"id": "website", "status": "degraded_performance"}]


def test_a_draft_is_published_or_discarded(ops):
    first = ops.post("/api/v1/incidents", json=DELAYED | {"publish": False}).json()
    second = ops.post("/api/v1/incidents", json=DELAYED | {"publish": False}).json()
    assert first["draft"] is True
    assert [each["id"] for each in ops.get("/api/v1/incidents?state=draft").json()["items"]] == [
        second["id"],
        first["id"],
    ]
    assert ops.post(f"/api/v1/incidents/{first['id']}/publish").json()["open"] is True
    again = ops.post(f"/api/v1/incidents/{first['id']}/publish")
    assert (again.status_code, again.json()["type"]) == (409, "urn:forewarn:problem:conflict")
    discarded = ops.post(f"/api/v1/incidents/{second['id']}/discard", json={"reason": "a test"}).json()
    assert discarded["discarded_at"] is not None


def test_an_update_moves_it_on_until_it_is_resolved(ops, clock):
    incident = ops.post("/api/v1/incidents", json=DELAYED).json()
    path = f"/api/v1/incidents/{incident['id']}/updates"
    clock.forward(minutes=5)
    found = ops.post(path, json={"status": "identified", "body": "A node fell behind."})
    assert (found.status_code, found.json()["status"]) == (201, "identified")
    clock.forward(minutes=5)
    # Without a status it stays where it is.
    assert ops.post(path, json={"body": "Still at it."}).json()["status"] == "identified"
    clock.forward(minutes=5)
    resolved = ops.post(path, json={"status": "resolved", "body": "All withdrawals are sent."}).json()
    assert resolved["resolved_at"] == "2026-11-22T13:20:00.000Z"
    assert [each["status"] for each in resolved["updates"]] == ["resolved", "identified", "identified", "investigating"]
    refused = ops.post(path, json={"status": "identified", "body": "Hm."})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:forewarn:problem:move-refused")


def test_an_edit_from_an_older_version_is_refused(ops):
    incident = ops.post("/api/v1/incidents", json=DELAYED).json()
    path = f"/api/v1/incidents/{incident['id']}/updates"
    assert ops.post(path, json={"body": "One.", "version": incident["version"]}).status_code == 201
    late = ops.post(path, json={"body": "Two.", "version": incident["version"]})
    assert (late.status_code, late.json()["type"]) == (409, "urn:forewarn:problem:edited-meanwhile")


def test_what_is_not_there_is_not_found(ops):
    for path in ("/api/v1/incidents/INC-9", "/api/v1/incidents/nothing", "/api/v1/incidents/%00", "/api/v1/nothing"):
        answer = ops.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_cursor_walks_every_incident_once_while_new_ones_come(ops, limit):
    made = [ops.post("/api/v1/incidents", json=DELAYED | {"channels": []}).json()["id"] for _ in range(5)]
    walked, cursor = [], None
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = ops.get("/api/v1/incidents", params=query).json()
        walked += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        ops.post("/api/v1/incidents", json=DELAYED | {"channels": []})
    assert walked == made[::-1]


def test_words_that_were_wrong_are_put_right_and_both_stay(ops):
    incident = ops.post("/api/v1/incidents", json=DELAYED).json()
    wrong = incident["updates"][0]["id"]
    path = f"/api/v1/incidents/INC-1/updates/{wrong}/correct"
    answer = ops.post(path, json={"body": "Only large withdrawals wait.", "version": incident["version"]})
    assert answer.status_code == 201
    newest, oldest = answer.json()["updates"]
    assert (newest["corrects"], newest["body"]) == (wrong, {"en": "Only large withdrawals wait."})
    assert (oldest["id"], oldest["corrects"]) == (wrong, None)
    assert ops.post(path, json={"body": "Once more."}).status_code == 409
    assert ops.post("/api/v1/incidents/INC-1/updates/nothing/correct", json={"body": "x"}).status_code == 404
    kinds = [each["kind"] for each in ops.get("/api/v1/notices?subject=INC-1").json()["items"]]
    assert kinds == ["incident_corrected", "incident_opened"]


def test_the_same_trouble_goes_on_as_one(ops):
    first = ops.post("/api/v1/incidents", json=DELAYED).json()
    second = ops.post("/api/v1/incidents", json=DELAYED | {"name": "The same"}).json()
    merged = ops.post("/api/v1/incidents/INC-2/merge", json={"into": "INC-1", "version": second["version"]}).json()
    assert merged["id"] == first["id"]
    gone = ops.get("/api/v1/incidents/INC-2").json()
    assert (gone["merged_into"], gone["status"]) == (first["id"], "resolved")
    assert gone["updates"][0]["body"]["en"].startswith("This goes on as INC-1")
    assert ops.post("/api/v1/incidents/INC-2/merge", json={"into": "INC-1"}).status_code == 409
    assert ops.post("/api/v1/incidents/INC-1/merge", json={"into": "INC-9"}).status_code == 404


def test_part_of_an_incident_goes_on_by_itself(ops):
    both = [{"id": each, "status": "degraded_performance"} for each in ("eth-withdrawals", "website")]
    ops.post("/api/v1/incidents", json=DELAYED | {"components": both})
    body = {"name": "The site is slow", "body": "It answers slowly.", "components": both[1:]}
    answer = ops.post("/api/v1/incidents/INC-1/split", json=body)
    assert answer.status_code == 201
    assert (answer.json()["ref"], answer.json()["components"]) == ("INC-2", both[1:])
    assert ops.get("/api/v1/incidents/INC-1").json()["components"] == both[:1]
    assert ops.post("/api/v1/incidents/INC-1/split", json=body).json()["errors"][0]["pointer"] == "/components"


def test_when_it_really_began_is_corrected_with_a_reason(ops):
    made = ops.post("/api/v1/incidents", json=DELAYED | {"started_at": "2026-11-22T12:30:00Z"}).json()
    path = "/api/v1/incidents/INC-1/times"
    earlier = {"started_at": "2026-11-22T11:45:00Z", "reason": "the first ticket"}
    corrected = ops.post(path, json=earlier)
    assert corrected.status_code == 200
    assert (corrected.json()["id"], corrected.json()["started_at"]) == (made["id"], "2026-11-22T11:45:00.000Z")
    for wrong, pointer in (
        ({"reason": "why"}, ""),
        (earlier | {"reason": " "}, "/reason"),
        ({"started_at": "2026-11-22T11:45:00Z"}, "/reason"),
        (earlier | {"started_at": "2099-01-01T00:00:00Z"}, "/started_at"),
    ):
        refused = ops.post(path, json=wrong)
        assert refused.status_code == 422
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
    not_over = ops.post(path, json={"resolved_at": "2026-11-22T12:45:00Z", "reason": "why"})
    assert not_over.status_code == 409
