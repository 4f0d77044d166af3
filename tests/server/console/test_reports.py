"""What customers say of themselves, on the operators' board, and how it is muted."""

from records.affected import Level
from records.components import Component
from records.desk import affected
from records.desk.affected import Watchfulness
from records.store import affected as counts
from records.store import components, findings
from server.context import Context
from tests.server.console.conftest import NOW


def tapped(context: Context) -> Component:
    """A service of which eight customers say that they are affected."""
    service = next(each for each in components.all_components(context.desk.store) if not each.is_group)
    for _ in range(8):
        counts.add(context.desk.store, service.id, NOW)
    affected.judge(context.desk, Watchfulness(minimum=5), NOW)
    return service


def test_the_board_says_what_is_more_than_usual_and_from_how_little_it_is_known(context, vi):
    assert "Customers report" not in vi.get("/console").text
    tapped(context)
    page = vi.get("/console").text
    assert "Customers report" in page
    assert "possibly more than usual" in page
    assert "8 in five minutes, usually 0.0 (known for 0 hours only)" in page
    # Once is enough: it is a finding for programs, and has a place of its own here.
    assert "Others say" not in page
    assert "/console/reports/mute" not in page


def test_an_operator_mutes_it_and_hears_of_it_again(context, ana):
    service = tapped(context)
    muted = ana.post("/console/reports/mute", data={"component": service.id, "hours": "4"})
    assert "Muted. Nobody hears of those reports meanwhile" in muted.text
    assert "muted until" in muted.text
    assert findings.open_findings(context.desk.store, NOW) == []
    again = ana.post("/console/reports/mute", data={"component": service.id, "hours": "0"})
    assert "muted until" not in again.text
    assert len(findings.open_findings(context.desk.store, NOW)) == 1


def test_who_may_only_read_mutes_nothing_and_nothing_can_be_muted_for_good(context, vi, ana):
    service = tapped(context)
    assert vi.post("/console/reports/mute", data={"component": service.id, "hours": "4"}).status_code == 403
    ana.post("/console/reports/mute", data={"component": service.id, "hours": "9000"})
    [standing] = counts.standings(context.desk.store)
    assert standing.level is Level.POSSIBLE
    assert standing.muted_until is not None
    assert (standing.muted_until - NOW).total_seconds() == 24 * 3_600
    assert ana.post("/console/reports/mute", data={"component": "nothing", "hours": "4"}).status_code == 404
