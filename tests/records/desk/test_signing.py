"""Notices are signed in the deed that makes them, with the key of that time."""

import json
from dataclasses import replace

import pytest

from records import signing as keys
from records.desk import signing as deeds
from records.desk.incidents import open_incident, publish_incident
from records.desk.maintenance import announce
from records.errors import Conflict, Invalid
from records.signing import is_signed_by
from records.store import signing
from tests.cast import ANA, HOUR, NOW, a_window, acme, an_incident, the_notice

PAGE = "https://status.acme.example"


def signed(store, subject_id):
    found = signing.signature_of(store, the_notice(store, subject_id))
    assert found is not None
    return found


def is_ours(store, found):
    known = signing.key(store, found.signature.key_id)
    return known is not None and is_signed_by(known.raw, found.document.encode(), found.signature)


def test_a_notice_is_signed_with_title_texts_time_and_page(store):
    incident = open_incident(
        acme(store, page_url=PAGE),
        an_incident(body={"en": "They wait.", "fr": "Ils attendent."}, what_to_do={"en": "Nothing."}),
        ANA,
        NOW,
    )
    found = signed(store, incident.id)
    said = json.loads(found.document)
    assert is_ours(store, found)
    assert said == {
        "format": "forewarn.notice.1",
        "code": the_notice(store, incident.id).verify_code,
        "kind": "incident_opened",
        "ref": "INC-1",
        "made_at": "2026-11-22T13:00:00.000Z",
        "page": f"{PAGE}/incidents/{incident.id}",
        "title": {"en": "Bitcoin withdrawals are delayed"},
        "text_sha256": {"en": keys.sha256("They wait.\n\nNothing."), "fr": keys.sha256("Ils attendent.")},
        "scheduled_for": None,
        "scheduled_until": None,
    }


def test_a_planned_event_is_signed_with_its_window(store):
    event = announce(acme(store), a_window(), ANA, NOW)
    said = json.loads(signed(store, event.id).document)
    assert (said["scheduled_for"], said["scheduled_until"]) == ("2026-11-26T13:00:00.000Z", "2026-11-26T15:00:00.000Z")


def test_a_deed_that_fails_leaves_neither_notice_nor_signature(store):
    desk = acme(store)
    draft = open_incident(desk, an_incident(publish=False), ANA, NOW)

    def fail_late():
        with desk.deed():
            publish_incident(desk, draft.id, ANA, NOW)
            assert is_ours(store, signed(store, draft.id))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_late()
    assert store.rows("SELECT notice_id FROM notice_signatures") == []


def test_after_a_rotation_older_signatures_still_hold_and_the_old_secret_is_gone(store):
    desk = acme(store)
    first = open_incident(desk, an_incident(), ANA, NOW)
    before = deeds.signer(desk, NOW)
    assert before is not None
    after = deeds.rotate(desk, ANA, NOW + HOUR)
    second = open_incident(desk, an_incident(statuses={}), ANA, NOW + 2 * HOUR)
    assert is_ours(store, signed(store, first.id))
    assert is_ours(store, signed(store, second.id))
    assert signed(store, first.id).signature.key_id == before.id
    assert signed(store, second.id).signature.key_id == after.id
    assert [row["key_id"] for row in store.rows("SELECT key_id FROM signing_secrets")] == [after.id]
    newest, oldest = signing.keys(store)
    assert (oldest.valid_to, newest.valid_from, newest.valid_to) == (NOW + HOUR, NOW + HOUR, None)


def test_the_old_key_vouches_for_the_new_one(store):
    desk = acme(store)
    deeds.signer(desk, NOW)
    after = deeds.rotate(desk, ANA, NOW + HOUR)
    newest, oldest = signing.keys(store)
    assert newest.handover is not None
    vouched = keys.canonical(keys.key_document(after, NOW + HOUR)).encode()
    assert is_signed_by(oldest.raw, vouched, newest.handover)
    assert oldest.handover is None


def test_a_key_of_the_settings_signs_and_its_secret_stays_out_of_the_store(store):
    given = keys.new_key()
    desk = acme(store, signing_key=given)
    deeds.take_key(desk, given, NOW)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    assert signed(store, incident.id).signature.key_id == given.id
    assert store.rows("SELECT secret FROM signing_secrets") == []
    with pytest.raises(Conflict, match="The settings hold the key"):
        deeds.rotate(desk, ANA, NOW)


def test_a_key_that_was_retired_does_not_come_back(store):
    given = keys.new_key()
    old = acme(store, signing_key=given)
    deeds.take_key(old, given, NOW)
    new = replace(old, signing_key=keys.new_key())
    assert new.signing_key is not None
    deeds.take_key(new, new.signing_key, NOW + HOUR)
    with pytest.raises(Invalid, match=r"signing\.key.*retired at 2026-11-22 14:00 UTC"):
        deeds.take_key(old, given, NOW + 2 * HOUR)
    # A process that still runs with the old settings tells customers all the same.
    incident = open_incident(old, an_incident(), ANA, NOW + 2 * HOUR)
    assert signing.signature_of(store, the_notice(store, incident.id)) is None


def test_secrets_show_in_no_desk(store):
    desk = acme(store, signing_key=keys.new_key())
    assert desk.signing_key is not None
    assert desk.signing_key.secret not in repr(desk)
