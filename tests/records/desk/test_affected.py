"""What customers' reports do on the desk: a finding, a new page where it is to be told, and never a state."""

import threading
from datetime import timedelta

import pytest

from records.affected import Level, bucket_of
from records.desk import affected
from records.desk.affected import Watchfulness
from records.errors import NotFound
from records.findings import FindingKind, Severity
from records.store import affected as counts
from records.store import components, findings, meta
from records.store.engine import Store, open_store
from records.store.people import audit_entries
from tests.cast import ANA, MINUTE, NOW, acme

SHOWN = Watchfulness(minimum=5, is_shown=True)


def tap(store: Store, times: int, at=NOW, component: str = "btc-withdrawals") -> None:
    for _ in range(times):
        counts.add(store, component, at)


def level(store: Store) -> Level | None:
    return next((each.level for each in counts.standings(store)), None)


def test_two_loud_buckets_raise_a_finding_and_three_quiet_ones_end_it(store):
    desk = acme(store)
    tap(store, 6)
    assert [each.level for each in affected.judge(desk, SHOWN, NOW)] == [Level.POSSIBLE]
    [found] = findings.open_findings(store, NOW)
    assert (found.kind, found.component, found.severity) == (
        FindingKind.CUSTOMER_REPORTS, "btc-withdrawals", Severity.NONE,
    )  # fmt: skip
    later = NOW + 5 * MINUTE
    tap(store, 5, later)
    assert [each.level for each in affected.judge(desk, SHOWN, later)] == [Level.LIKELY]
    [found] = findings.open_findings(store, later)
    assert (found.title, found.severity) == (
        "Bitcoin withdrawals: customers say that they are affected (likely)", Severity.MINOR,
    )  # fmt: skip
    assert counts.rising(store, later, ["btc-withdrawals", "website"]) == {"btc-withdrawals"}
    assert affected.judge(desk, SHOWN, later + 5 * MINUTE) == []
    over = later + 15 * MINUTE
    assert [each.level for each in affected.judge(desk, SHOWN, over)] == [Level.NONE]
    assert findings.open_findings(store, over) == []
    assert not counts.rising(store, over, ["btc-withdrawals"])


def test_however_many_tap_no_state_changes(store):
    desk = acme(store)
    before = [(each.id, each.status) for each in components.all_components(store)]
    tap(store, 300)
    tap(store, 300, NOW + 5 * MINUTE)
    affected.judge(desk, SHOWN, NOW + 5 * MINUTE)
    assert level(store) is Level.LIKELY
    assert [(each.id, each.status) for each in components.all_components(store)] == before


def test_the_page_is_drawn_anew_only_where_it_says_so_and_only_when_the_level_changes(store):
    desk = acme(store)
    tap(store, 6)
    revision = meta.page_revision(store)
    affected.judge(desk, Watchfulness(minimum=5), NOW)
    assert meta.page_revision(store) == revision
    later = NOW + 5 * MINUTE
    tap(store, 6, later)
    affected.judge(desk, SHOWN, later)
    assert meta.page_revision(store) == revision + 1
    tap(store, 1, later)
    affected.judge(desk, SHOWN, later)
    assert meta.page_revision(store) == revision + 1


def test_what_is_usual_at_that_hour_is_no_news(store):
    desk = acme(store)
    counts.counting_since(store, NOW - timedelta(weeks=12))
    for week in range(1, 9):
        for minute in range(0, 60, 5):
            then = (NOW - timedelta(weeks=week)).replace(minute=minute)
            store.run(
                "INSERT INTO affected_counts (component_id, chain, bucket, taps) VALUES ('btc-withdrawals', '', :b, 4)",
                b=bucket_of(then),
            )
    tap(store, 11)
    assert affected.judge(desk, SHOWN, NOW) == []
    tap(store, 1)
    assert [each.level for each in affected.judge(desk, SHOWN, NOW)] == [Level.POSSIBLE]
    [standing] = counts.standings(store)
    assert (standing.usual, standing.has_little_history) == (4.0, False)
    assert counts.forget(store, NOW + timedelta(weeks=20)) == 97


def test_who_is_muted_is_counted_and_not_heard_until_it_ends(store):
    desk = acme(store)
    tap(store, 9)
    affected.judge(desk, SHOWN, NOW)
    affected.mute(desk, "btc-withdrawals", timedelta(hours=4), ANA, NOW)
    assert findings.open_findings(store, NOW) == []
    later = NOW + 5 * MINUTE
    tap(store, 9, later)
    affected.judge(desk, SHOWN, later)
    assert level(store) is Level.LIKELY
    assert not counts.rising(store, later, ["btc-withdrawals"])
    affected.mute(desk, "btc-withdrawals", timedelta(), ANA, later)
    assert counts.rising(store, later, ["btc-withdrawals"])
    assert len(findings.open_findings(store, later)) == 1
    assert [each.deed for each in audit_entries(store)][:2] == ["reports.mute"] * 2
    with pytest.raises(NotFound):
        affected.mute(desk, "nothing", timedelta(hours=1), ANA, NOW)


def test_a_network_that_was_named_is_told_apart_and_counted_once(store):
    desk = acme(store)
    tap(store, 4, component="website")
    for _ in range(9):
        counts.add(store, "website", NOW, "bitcoin")
    assert counts.chains_of(store, "website", NOW) == {"bitcoin": 9}
    assert counts.last_hour(store, NOW) == {"website": 4}
    assert affected.judge(desk, SHOWN, NOW) == []


def test_what_was_taken_off_the_page_is_not_judged(store):
    desk = acme(store)
    tap(store, 50, component="long-gone")
    assert affected.judge(desk, SHOWN, NOW) == []


def test_several_processes_count_into_one_number(store, store_url):
    acme(store)

    def process() -> None:
        own = open_store(store_url)
        tap(own, 25)
        own.close()

    threads = [threading.Thread(target=process) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert counts.newest(store, NOW) == {"btc-withdrawals": [100, 0, 0]}
