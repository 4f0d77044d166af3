import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from records.customers import CustomerEntry
from records.store import customers
from records.store.engine import open_store

NOW = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 23, tzinfo=UTC)
ANA = CustomerEntry(
    external_id="ana",
    email="ana@example.org",
    language="fr",
    time_zone="Europe/Paris",
    region="FR",
    tags=("holds:ETH",),
)


def put(store, *entries, now=NOW) -> int:
    return customers.put_all(store, entries, default_language="en", now=now)


def email_of(store, ref):
    contact = customers.contact(store, customers.customer(store, ref).id, "email")
    assert contact is not None
    return contact


def test_a_bundle_is_added_whole(store):
    many = [CustomerEntry(external_id=f"c-{number}", tags=("holds:BTC",)) for number in range(700)]
    # So many at once that numbers made within one millisecond meet: none is lost.
    assert put(store, *many) == 700
    assert customers.count(store) == 700
    assert put(store, *many, now=LATER) == 0


def test_nothing_at_all_changes_nothing(store):
    assert put(store) == 0


def test_tags_follow_from_region_and_language_and_are_matched_exactly(store):
    put(store, ANA)
    assert customers.customer(store, "ana").tags == ("holds:ETH", "language:fr", "region:FR")
    assert put(store, CustomerEntry(external_id="ana", email="ana@example.org", tags=("pending:ethereum",))) == 1
    changed = customers.customer(store, "ana")
    assert changed.tags == ("language:en", "pending:ethereum")
    assert (changed.language, changed.region, changed.time_zone) == ("en", None, None)


def test_only_what_differs_is_touched(store):
    put(store, ANA, CustomerEntry(external_id="bob"))
    assert put(store, ANA, CustomerEntry(external_id="bob", tags=("holds:BTC",)), now=LATER) == 1
    assert customers.customer(store, "ana").updated_at == NOW
    assert customers.customer(store, "bob").updated_at == LATER


def test_of_several_with_one_reference_the_last_counts(store):
    assert (
        put(store, CustomerEntry(external_id="bob", language="en"), CustomerEntry(external_id="bob", language="fr"))
        == 1
    )
    assert customers.customer(store, "bob").language == "fr"


def test_an_address_that_is_not_given_stays_and_a_new_one_lifts_a_block(store):
    put(store, ANA)
    customers.block_contact(store, customers.customer(store, "ana").id, "email", "bounced")
    put(store, CustomerEntry(external_id="ana"))
    assert (email_of(store, "ana").address, email_of(store, "ana").blocked) == ("ana@example.org", "bounced")
    put(store, CustomerEntry(external_id="ana", email="new@example.org"))
    assert (email_of(store, "ana").address, email_of(store, "ana").blocked) == ("new@example.org", None)


def test_a_declined_channel_stays_declined_until_it_is_wanted_again(store):
    put(store, CustomerEntry(external_id="ana", email="a@example.org", channels={"email": False, "inapp": False}))
    put(store, CustomerEntry(external_id="ana", email="b@example.org"))
    assert not email_of(store, "ana").wanted
    assert put(store, CustomerEntry(external_id="ana", channels={"inapp": True})) == 1
    assert put(store, CustomerEntry(external_id="ana", channels={"inapp": True})) == 0
    contact = customers.contact(store, customers.customer(store, "ana").id, "inapp")
    assert contact is not None
    assert contact.wanted


def test_one_by_one_does_the_same_as_a_bundle(store):
    assert customers.put(store, ANA, default_language="en", now=NOW)
    assert not customers.put(store, ANA, default_language="en", now=LATER)


def test_an_error_leaves_nothing_of_the_bundle(store):
    # No address at all: found out only when the customers and their tags are written already.
    unfit = CustomerEntry(external_id="bob", email=object())  # type: ignore[arg-type]  # no database keeps it
    with pytest.raises(Exception, match="type"):
        put(store, CustomerEntry(external_id="ana"), unfit)
    assert customers.count(store) == 0


def test_two_imports_of_the_same_customers_at_once_end_with_each_once(store_url):
    many = [CustomerEntry(external_id=f"c-{number}", email=f"c{number}@example.org") for number in range(300)]
    ready, changed = threading.Barrier(2), list[int]()

    def take_in() -> None:
        store = open_store(store_url)
        ready.wait()
        changed.append(put(store, *many))
        store.close()

    threads = [threading.Thread(target=take_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = open_store(store_url)
    assert customers.count(store) == 300
    assert len(store.rows("SELECT customer_id FROM contacts")) == 300
    assert sum(changed) >= 300
    store.close()


def test_quiet_hours_that_a_customer_chose_stay_until_they_choose_again(store):
    put(store, replace(ANA, quiet_hours="23:00-08:00"))
    assert put(store, ANA, now=LATER) == 0
    assert customers.customer(store, "ana").quiet_hours == "23:00-08:00"
    assert put(store, replace(ANA, quiet_hours="none"), now=LATER) == 1
    assert customers.customer(store, "ana").quiet_hours == "none"
    assert put(store, replace(ANA, quiet_hours="usual"), now=LATER) == 1
    assert customers.customer(store, "ana").quiet_hours is None
