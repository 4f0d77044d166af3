"""Whether we live, and whether we do our work."""

from datetime import timedelta

from records.store import meta
from statuspage.hands import TargetState
from tests.server.conftest import NOW


def take_away(store, engine, tmp_path):
    """The database is gone, as after a failed disk or a stopped server."""
    store.close()
    if engine == "sqlite":
        for file in tmp_path.glob("forewarn.db*"):
            file.unlink()
        (tmp_path / "forewarn.db").mkdir()


def test_without_a_database_it_lives_but_is_not_ready(anybody, ops, store, engine, tmp_path):
    take_away(store, engine, tmp_path)
    assert anybody.get("/healthz").status_code == 200
    answer = anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["store"]["reason"] == "the database does not answer"
    assert "forewarn_store_up 0.0" in anybody.get("/metrics").text
    refused = ops.get("/api/v1/incidents")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    for text in (answer.text, refused.text):
        assert str(tmp_path) not in text


def test_a_process_that_answers_lives(anybody):
    assert anybody.get("/healthz").json() == {"status": "ok"}


def test_parts_that_never_started_here_are_not_asked_for(anybody):
    answer = anybody.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert set(answer.json()["checks"]) == {"store"}


def test_parts_that_were_heard_from_lately_are_ready(anybody, store):
    for part in ("monitors", "notifier", "clock"):
        meta.beat(store, part, "one", NOW - timedelta(seconds=5))
    answer = anybody.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["notifier"] == {
        "ok": True, "reason": "", "at": "2026-11-22T13:04:55.000Z", "age_seconds": 5.0,
    }  # fmt: skip


def test_a_part_that_fell_silent_makes_it_not_ready_and_says_so(anybody, store):
    meta.beat(store, "monitors", "one", NOW)
    meta.beat(store, "notifier", "one", NOW - timedelta(minutes=5))
    answer = anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["monitors"]["ok"] is True
    assert answer.json()["checks"]["notifier"]["reason"] == "notifier has not been heard from for 300 s"


def test_the_newest_sign_of_life_of_several_counts(anybody, store):
    meta.beat(store, "notifier", "dead", NOW - timedelta(minutes=5))
    meta.beat(store, "notifier", "alive", NOW)
    assert anybody.get("/readyz").status_code == 200


def test_a_place_the_page_cannot_be_written_to_is_told_without_its_name_and_does_not_count(app, anybody, clock):
    app.state.targets = lambda: [
        TargetState(name="/srv/www", published=clock() - timedelta(minutes=1), failures=0, error=""),
        TargetState(name="s3://secret-bucket/page", published=None, failures=3, error="AccessDenied at 10.0.0.7"),
    ]
    answer = anybody.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["publish"] == {
        "ok": False,
        "reason": "the page cannot be written to 1 of 2 places",
        "at": "2026-11-22T13:04:00.000Z",
        "age_seconds": 60.0,
    }
    assert "secret" not in answer.text
    metrics = anybody.get("/metrics").text
    assert 'forewarn_publish_failures{target="s3://secret-bucket/page"} 3.0' in metrics
    assert 'forewarn_publish_age_seconds{target="/srv/www"} 60.0' in metrics
    assert 'forewarn_publish_age_seconds{target="s3' not in metrics
