"""Posts are kept with the ledger row that says they stand."""

from datetime import timedelta

import pytest

from records.notices import NoticeKind, Outcome
from records.posts import Post
from records.store import ledger, outbox, posts
from records.store.outbox import Attempt, Mark
from tests.notifier.cast import NOW, a_notice, queue

CHANNEL = "social:main"
LEASE = timedelta(seconds=60)


def stand(store, notice, post, at=NOW):
    [claimed] = outbox.claim(store, CHANNEL, at, lease=LEASE)
    mark = Mark(
        delivery=claimed,
        outcome=Outcome.ACCEPTED,
        reason=post.url,
        language="en",
        attempt=Attempt(phase="posted"),
        post=post,
    )
    return outbox.mark(store, [mark], at)


def opened(store, **changes):
    return queue(store, a_notice(channels=(CHANNEL,), **changes), NOW)


def test_a_post_is_kept_with_its_ledger_row(store):
    notice = opened(store)
    post = Post(id="42", url="https://social.example/@acme/42", reference={"cid": "baf"}, text="Späte Auszahlungen.")
    assert stand(store, notice, post) == 1
    [kept] = posts.of_notice(store, notice.id)
    assert (kept.channel, kept.version, kept.post, kept.at) == (CHANNEL, 1, post, NOW)
    [entry] = ledger.of_notice(store, notice.id)
    assert entry.reason == post.url


def test_whoever_lost_the_lease_leaves_no_post(store):
    notice = opened(store)
    [lost] = outbox.claim(store, CHANNEL, NOW, lease=LEASE)
    stand(store, notice, Post(id="1", text="first"), NOW + 2 * LEASE)
    late = Mark(delivery=lost, outcome=Outcome.ACCEPTED, post=Post(id="2", text="second"))
    assert outbox.mark(store, [late], NOW + 3 * LEASE) == 0
    assert [kept.post.id for kept in posts.of_notice(store, notice.id)] == ["1"]


def test_the_opening_is_the_first_post_about_the_same_thing_that_can_be_answered(store):
    first = opened(store)
    stand(store, first, Post(id="", text="nobody says what it is called"))
    second = opened(store, id="notice000002", kind=NoticeKind.INCIDENT_UPDATED, verify_code="2")
    stand(store, second, Post(id="2", text="b"), NOW + LEASE)
    third = opened(store, id="notice000003", kind=NoticeKind.INCIDENT_UPDATED, verify_code="3")
    stand(store, third, Post(id="3", text="c"), NOW + 2 * LEASE)
    assert posts.opening(store, CHANNEL, first.subject_id) == Post(id="2", text="b")
    assert posts.opening(store, CHANNEL, "another") is None
    assert posts.opening(store, "social:other", first.subject_id) is None


def test_the_database_refuses_to_change_a_post(store):
    notice = opened(store)
    stand(store, notice, Post(id="1", text="a"))
    for statement in ("UPDATE posts SET words = 'b'", "DELETE FROM posts"):
        with pytest.raises(Exception, match="append-only"):
            store.run(statement)
