"""Who follows the page: counted, found by a whole address, never listed by one."""

from records.desk import subscribers as deeds
from records.people import VISITOR
from records.store import people, subscribers
from records.subscribers import SubscriberState
from tests.followers import follow
from tests.server.console.conftest import NOW


def test_they_are_counted_and_listed_without_addresses(sam, context):
    assert "Nobody so far." in sam.get("/console/subscribers").text
    follow(context.desk, "gwen@mail.example", "website", now=NOW)
    gone = follow(context.desk, "gone@mail.example", now=NOW)
    deeds.unsubscribe(context.desk, gone.id, VISITOR, NOW)
    page = sam.get("/console/subscribers").text
    assert "<b>E-mail</b>: 1 confirmed, 1 unsubscribed" in page
    assert "App and website" in page
    assert "mail.example" not in page
    assert str(gone.id) not in page


def test_one_is_found_by_the_whole_address_and_the_search_is_kept(sam, context):
    kept = follow(context.desk, "gwen@mail.example", now=NOW)
    follow(context.desk, "hugo@mail.example", now=NOW)
    page = sam.get("/console/subscribers", params={"q": "Gwen@mail.example"}).text
    assert str(kept.id) in page
    assert page.count("everything") == 1
    assert "Nobody follows the page under this address." in sam.get("/console/subscribers", params={"q": "gwen"}).text
    entry = people.audit_entries(context.desk.store, subject="subscribers", limit=1)[0]
    assert (entry.actor, entry.deed, entry.detail) == ("user:sam", "subscriber.search", {"found": 0})


def test_whoever_may_change_records_removes_and_lifts(ana, context):
    kept = follow(context.desk, "gwen@mail.example", now=NOW)
    deeds.quarantine(context.desk, kept.id, "bounced", VISITOR, NOW)
    assert "quarantined (bounced)" in ana.get("/console/subscribers").text
    assert "It goes on" in ana.post(f"/console/subscribers/{kept.id}/lift").text
    assert subscribers.subscriber(context.desk.store, kept.id).state is SubscriberState.CONFIRMED
    assert "Removed. The address is erased." in ana.post(f"/console/subscribers/{kept.id}/remove").text
    assert subscribers.contact(context.desk.store, kept.id) is None
    assert ana.post("/console/subscribers/x/remove").status_code == 404


def test_others_only_look_or_not_even_that(sam, vi, context):
    kept = follow(context.desk, "gwen@mail.example", now=NOW)
    assert f'aria-label="Remove {kept.id}"' not in sam.get("/console/subscribers").text
    assert sam.post(f"/console/subscribers/{kept.id}/remove").status_code == 403
    assert vi.get("/console/subscribers").status_code == 403
    assert subscribers.subscriber(context.desk.store, kept.id).state is SubscriberState.CONFIRMED
