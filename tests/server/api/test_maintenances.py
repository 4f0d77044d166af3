"""Planned events over the API."""

import pytest

WINDOW = {
    "name": "New database",
    "body": "The website is away. The app works.",
    "kind": "maintenance",
    "scheduled_for": "2026-11-29T02:00:00+02:00",
    "scheduled_until": "2026-11-29T04:00:00+02:00",
    "time_zone": "Europe/Bucharest",
    "components": ["website"],
    "reminders": ["PT24H", "1h", "P1D"],
    "auto_start": True,
    "auto_complete": False,
}


def test_a_window_is_returned_whole_with_its_times_in_utc(ops):
    answer = ops.post("/api/v1/maintenances", json=WINDOW)
    assert answer.status_code == 201
    event = answer.json()
    assert (event["ref"], event["status"]) == ("MNT-1", "scheduled")
    assert event["scheduled_for"] == "2026-11-29T00:00:00.000Z"
    assert event["reminders"] == ["PT24H", "PT1H"]
    assert event["components"] == ["website"]
    assert event["channels"] == ["email", "inapp", "social:mastodon"]
    assert ops.get("/api/v1/maintenances/MNT-1").json() == event
    assert ops.get("/api/v1/maintenances?status=scheduled").json() == {"items": [event], "next_cursor": None}
    assert ops.get("/api/v1/maintenances?status=completed").json()["items"] == []


def test_an_upgrade_at_a_block_affects_all_on_its_chain_and_says_when_the_chain_gets_there(ops):
    upgrade = WINDOW | {"kind": "upgrade", "components": [], "at_block": {"chain": "ethereum", "height": 21_000_000}}
    event = ops.post("/api/v1/maintenances", json=upgrade).json()
    # No monitor has seen the chain yet, so its time stays as it was given.
    assert event["at_block"] == {"chain": "ethereum", "height": 21_000_000, "eta": None, "estimated_at": None}
    assert event["scheduled_for"] == "2026-11-29T00:00:00.000Z"
    assert event["components"] == ["eth-deposits", "eth-withdrawals"]
    assert ops.get("/api/v1/maintenances/MNT-1").json() == event


def test_a_window_is_extended_and_called_off(ops):
    event = ops.post("/api/v1/maintenances", json=WINDOW).json()
    path = f"/api/v1/maintenances/{event['id']}"
    longer = ops.post(f"{path}/extend", json={"scheduled_until": "2026-11-29T05:00:00Z", "body": "It takes longer."})
    assert longer.json()["scheduled_until"] == "2026-11-29T05:00:00.000Z"
    assert ops.post(f"{path}/complete").json()["type"] == "urn:forewarn:problem:move-refused"
    assert ops.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert ops.post(f"{path}/cancel").status_code == 409
    kinds = [notice["kind"] for notice in ops.get(f"/api/v1/notices?subject={event['ref']}").json()["items"]]
    assert kinds == ["maintenance_cancelled", "maintenance_extended", "maintenance_announced"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"recurrence": "FREQ=WEEKLY;BYDAY=MO"}, "/recurrence"),
        ({"recurrence": "every week"}, "/recurrence"),
        ({"at_block": {"chain": "ethereum", "height": 21_000_000}}, "/at_block"),
        ({"kind": "upgrade", "at_block": {"chain": "doge", "height": 21_000_000}}, "/at_block/chain"),
        ({"kind": "upgrade", "at_block": {"chain": "ethereum", "height": 0}}, "/at_block/height"),
        ({"kind": "upgrade", "at_block": {"chain": "ethereum", "height": "21000000"}}, "/at_block/height"),
        ({"kind": "upgrade", "at_block": 21_000_000}, "/at_block"),
        ({"scheduled_for": "2026-11-29T02:00:00"}, "/scheduled_for"),
        ({"scheduled_until": "2026-11-29T01:00:00+02:00"}, ""),
        ({"scheduled_until": "2027-11-29T01:00:00Z"}, "/scheduled_until"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"components": ["nothing"]}, "/components/0"),
        ({"reminders": ["PT"]}, "/reminders/0"),
        ({"reminders": ["P9999D"]}, "/reminders/0"),
        ({"reminders": [3600]}, "/reminders/0"),
        ({"reminders": ["-1h"]}, "/reminders/0"),
        ({"kind": "party"}, "/kind"),
        ({"auto_start": 1}, "/auto_start"),
    ],
)
def test_a_fault_is_told_with_its_place(ops, change, pointer):
    answer = ops.post("/api/v1/maintenances", json=WINDOW | change)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_a_window_that_comes_again_says_so_until_it_is_told_to_stop(ops):
    event = ops.post("/api/v1/maintenances", json=WINDOW | {"recurrence": "rrule:freq=weekly;byday=su"}).json()
    assert (event["recurrence"], event["series_id"]) == ("FREQ=WEEKLY;BYDAY=SU", event["id"])
    path = f"/api/v1/maintenances/{event['id']}"
    assert ops.post(f"{path}/stop-repeating").json()["recurrence"] is None
    assert ops.post(f"{path}/stop-repeating").status_code == 409
    assert ops.get(path).json()["status"] == "scheduled"


def test_what_has_not_begun_can_be_moved(ops):
    event = ops.post("/api/v1/maintenances", json=WINDOW).json()
    times = {"scheduled_for": "2026-11-30T02:00:00Z", "scheduled_until": "2026-11-30T04:00:00Z"}
    moved = ops.post(f"/api/v1/maintenances/{event['id']}/reschedule", json=times).json()
    assert (moved["scheduled_for"], moved["scheduled_until"]) == (
        "2026-11-30T02:00:00.000Z",
        "2026-11-30T04:00:00.000Z",
    )
    kinds = [notice["kind"] for notice in ops.get(f"/api/v1/notices?subject={event['ref']}").json()["items"]]
    assert kinds == ["maintenance_rescheduled", "maintenance_announced"]


def test_a_cursor_walks_every_window_once(ops):
    made = [ops.post("/api/v1/maintenances", json=WINDOW | {"channels": []}).json()["ref"] for _ in range(3)]
    first = ops.get("/api/v1/maintenances?limit=2").json()
    rest = ops.get("/api/v1/maintenances", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [each["ref"] for each in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next_cursor"] is None
