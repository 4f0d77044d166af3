"""The draft of a review."""

import pytest
from markdown_it import MarkdownIt

from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.rewording import correct_words
from records.errors import NotFound
from records.incidents import Stage
from server.reports.review import review
from tests.cast import ANA, HOUR, MINUTE, NOW, acme, an_incident, deliver, fan_out


@pytest.fixture
def desk(store):
    return acme(store)


def _over(store, desk, **changes):
    incident = open_incident(desk, an_incident(started_at=NOW - HOUR, **changes), ANA, NOW, detected_at=NOW - MINUTE)
    fan_out(store)
    deliver(store)
    later = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "We know the cause."})
    incident = update_incident(desk, incident.id, later, ANA, NOW + 27 * MINUTE)
    correct_words(desk, incident.id, incident.updates[0].id, {"en": "Only large ones."}, ANA, NOW + 28 * MINUTE)
    over = UpdateEntry(stage=Stage.RESOLVED, body={"en": "Over."}, override_reason="seen by hand")
    return update_incident(desk, incident.id, over, ANA, NOW + 2 * HOUR)


def test_everything_on_record_stands_in_it_in_order(store, desk):
    _over(store, desk)
    text = review(store, "INC-1", "en", NOW + 3 * HOUR)
    assert text.startswith("# INC-1: Bitcoin withdrawals are delayed\n")
    for said in (
        "| From its start to the first public word | 60 minutes |",
        "| In all | 3 hours |",
        "| 12 minutes late |",
        "investigating".capitalize() + ", said by user:ana, corrected later",
        "Correction, said by user:ana",
        "> Only large ones.",
        "to 4 customers by email, inapp, social:acme: 4 sent, 0 failed",
        "Opened by user:ana",
    ):
        assert said in text
    order = [text.index(word) for word in ("Began", "Detected by", "Withdrawals you request", "We know", "> Over.")]
    assert order == sorted(order)
    assert "None" not in text


def test_it_is_whole_markdown_and_operators_words_stay_words(store, desk):
    _over(
        store, desk, name={"en": "a | b <script>alert(1)</script> **c** [x](javascript:1)"}, body={"en": "# Not a head"}
    )
    html = MarkdownIt("commonmark").enable("table").render(review(store, "INC-1", "en", NOW + 3 * HOUR))
    assert "<script>" not in html
    assert "javascript:1" in html
    assert 'href="javascript' not in html
    assert html.count("<h1>") == 1
    assert html.count("<table>") == 3
    assert "# Not a head" in html


def test_a_draft_has_a_review_too_and_what_is_not_there_is_not_found(store, desk):
    open_incident(desk, an_incident(publish=False), ANA, NOW)
    assert "Nothing was promised." in review(store, "INC-1", "en", NOW)
    with pytest.raises(NotFound):
        review(store, "INC-9", "en", NOW)
