"""What others announce, on the operators' board."""

from dataclasses import replace
from datetime import timedelta

from records.findings import Finding, FindingKind, Sighting
from records.store import findings, monitors
from tests.server.console.conftest import NOW

FINDING = Finding(
    id="one", source="rpc-status", chain="bitcoin", component=None, kind=FindingKind.UPSTREAM_INCIDENT,
    title="Errors <script>", url="https://status.example/1", since=NOW - timedelta(hours=1), content_hash="h",
)  # fmt: skip
RELEASE = replace(FINDING, id="two", kind=FindingKind.CLIENT_RELEASE, title="v2.0.0", url="", required=True, chain=None)


def test_the_board_says_what_others_announce_and_nothing_when_they_do_not(context, vi):
    assert "Others say" not in vi.get("/console").text
    store = context.desk.store
    monitors.put_monitor(store, "rpc-status", kind="statuspage", chain=None, component_id=None, every_ms=60_000)
    findings.keep(store, "rpc-status", Sighting(findings=(FINDING, RELEASE), is_whole=True), NOW)
    page = vi.get("/console").text
    assert "Others say" in page
    assert '<a href="https://status.example/1" rel="noreferrer">Errors &lt;script&gt;</a>' in page
    assert "release, must not be skipped" in page
    findings.keep(store, "rpc-status", Sighting(findings=(), is_whole=True), NOW)
    assert "Others say" not in vi.get("/console").text
