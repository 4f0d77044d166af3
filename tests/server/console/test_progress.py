"""How far a notice has come, while one looks at its page."""

from dataclasses import replace

from playwright.async_api import expect

from records.desk.approvals import run_waits
from records.desk.incidents import IncidentEntry, open_incident
from records.digest import DigestRule
from records.people import CLOCK
from records.store import notices
from tests.cast import MINUTE
from tests.notifier.cast import a_notice, queue
from tests.server.console.conftest import NOW
from tests.server.telling import carry, fan_out

RULE = DigestRule(enough=1, name={"en": "Several services have trouble"})


def test_a_digest_is_shown_as_what_it_is_and_what_it_carries_leads_to_it(store, context, ana):
    desk = replace(context.desk, digest=RULE)
    for number in range(3):
        entry = IncidentEntry(name={"en": f"Trouble {number}"}, body={"en": "It is slow."}, statuses={})
        open_incident(desk, replace(entry, audience="everyone"), CLOCK, NOW)
    run_waits(desk, CLOCK, NOW + MINUTE)
    fan_out(store, NOW + MINUTE)
    (digest,) = [each for each in notices.notices(store) if each.is_digest]
    page = ana.get(f"/console/notices/{digest.id}").text
    assert "several incidents at once" in page
    assert "Trouble 2" in page or "Several services" in page
    carried = next(each for each in notices.notices(store) if each.facts["name"] == {"en": "Trouble 2"})
    assert (
        f'href="/console/notices/{digest.id}">one notice with others' in ana.get(f"/console/notices/{carried.id}").text
    )
    assert ana.get("/console").status_code == 200


async def test_the_page_of_a_notice_counts_on_by_itself(store, address, chromium):
    queue(store, a_notice(created_at=NOW), NOW)
    fan_out(store, NOW)
    tab = await chromium.new_page()
    await tab.goto(f"{address}/console/notices/notice000001")
    await tab.fill("input[name=name]", "ana")
    await tab.fill("input[name=password]", "four words make sense")
    await tab.press("input[name=password]", "Enter")
    await expect(tab.locator("[data-progress] b").first).to_have_text("0")
    total = carry(store, "email", NOW)
    await expect(tab.locator("[data-progress] b").first).to_have_text(str(total))
