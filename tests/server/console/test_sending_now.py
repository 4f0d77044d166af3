"""Held words let go at once, in the console: asked twice, and never past somebody's yes."""

import pytest

from records.store import fanout, notices
from tests.server.console.conftest import NOW
from tests.server.console.test_approvals import ADDRESS, the_notice
from tests.server.console.test_incidents import WORDS
from tests.server.telling import carry, fan_out


@pytest.fixture
def held(ana, context, clock):
    """An update that waits for company."""
    ana.post("/console/incidents", data={**WORDS, "do": "publish"})
    notice = the_notice(context)
    ana.post(ADDRESS.format(notice.id, "send-now"))
    fan_out(context.desk.store, NOW)
    carry(context.desk.store, "email", NOW)
    words = {
        "name.en": "Late",
        "body.en": "Found.",
        "stage": "identified",
        "state.btc-withdrawals": "degraded_performance",
    }
    ana.post(f"/console/incidents/{notice.subject_id}/updates", data=words)
    return the_notice(context)


def test_the_board_and_its_page_offer_to_send_it_behind_a_second_press(ana, context, held):
    for address in ("/console", f"/console/notices/{held.id}"):
        text = ana.get(address).text
        assert "waits a few minutes" in text
        assert "<summary>Send now</summary>" in text
        assert "Send to 1 customer now" in text
        assert "Newer words said before it leaves would take its place." in text
    done = ana.post(ADDRESS.format(held.id, "send-now"))
    assert "It leaves now. Customers are being told." in done.text
    assert "Send now" not in done.text
    assert [each.id for each in fanout.unfinished_fanouts(context.desk.store)] == [held.id]
    # The button of a page that is still open elsewhere changes nothing.
    again = ana.post(ADDRESS.format(held.id, "send-now"))
    assert again.status_code == 200
    assert [each.id for each in fanout.unfinished_fanouts(context.desk.store)] == [held.id]


def test_whoever_only_reads_is_offered_nothing_and_refused(vi, held):
    assert "Send now" not in vi.get(f"/console/notices/{held.id}").text
    assert vi.post(ADDRESS.format(held.id, "send-now")).status_code == 403


def test_one_that_was_put_away_leads_to_the_newer_words(ana, context, held):
    words = {
        "name.en": "Late",
        "body.en": "Mended soon.",
        "stage": "monitoring",
        "state.btc-withdrawals": "degraded_performance",
    }
    ana.post(f"/console/incidents/{held.subject_id}/updates", data=words)
    newer = notices.notices(context.desk.store)[0]
    text = ana.get(f"/console/notices/{held.id}").text
    assert "newer words took its place" in text
    assert f'<a href="/console/notices/{newer.id}">The newer words</a>' in text
    refused = ana.post(ADDRESS.format(held.id, "send-now"))
    assert (refused.status_code, "nobody hears it" in refused.text) == (409, True)


def test_what_can_be_taken_back_for_seconds_has_no_button_for_haste(ana, context):
    page = ana.post("/console/incidents", data={**WORDS, "do": "publish"})
    assert "can still be taken back" in page.text
    assert "Send now" not in page.text
