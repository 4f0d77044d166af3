"""What jobs and Alertmanagers say by themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from records.reports import Alert, Report, ReportedState
from records.store import reports

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REPORT = Report(at=NOW, state=ReportedState.DEGRADED, message="12 wait", value=12.0)


def alert(fingerprint: str, at: datetime = NOW, **labels: str) -> Alert:
    return Alert(fingerprint=fingerprint, labels=labels, since=NOW, told_at=at)


def test_a_report_is_kept_whole_and_the_newest_counts(store):
    reports.put_reporters(store, {"sweep": "hash-1"})
    assert reports.last_report(store, "sweep") is None
    assert reports.keep_report(store, "hash-1", REPORT)
    assert reports.last_report(store, "sweep") == REPORT
    newer = Report(at=NOW + MINUTE, state=ReportedState.UP)
    assert reports.keep_report(store, "hash-1", newer)
    reports.keep_report(store, "hash-1", REPORT)
    assert reports.last_report(store, "sweep") == newer


def test_nobody_reports_with_a_token_that_is_not_known(store):
    assert not reports.keep_report(store, "hash-1", REPORT)


def test_a_new_token_starts_anew_and_the_same_one_does_not(store):
    reports.put_reporters(store, {"sweep": "hash-1"})
    reports.keep_report(store, "hash-1", REPORT)
    reports.put_reporters(store, {"sweep": "hash-1"})
    assert reports.last_report(store, "sweep") == REPORT
    reports.put_reporters(store, {"sweep": "hash-2"})
    assert reports.last_report(store, "sweep") is None
    assert not reports.keep_report(store, "hash-1", REPORT)


def test_a_token_that_the_settings_name_no_more_counts_no_more(store):
    reports.put_reporters(store, {"sweep": "hash-1", "sign": "hash-2"})
    reports.keep_report(store, "hash-2", REPORT)
    reports.put_reporters(store, {"sign": "hash-2"})
    assert not reports.keep_report(store, "hash-1", REPORT)
    assert reports.last_report(store, "sign") == REPORT


def test_two_jobs_may_change_tokens_with_each_other(store):
    reports.put_reporters(store, {"sweep": "hash-1", "sign": "hash-2"})
    reports.keep_report(store, "hash-1", REPORT)
    reports.put_reporters(store, {"sweep": "hash-2", "sign": "hash-1"})
    assert reports.last_report(store, "sweep") is None
    assert reports.keep_report(store, "hash-1", REPORT)
    assert reports.last_report(store, "sign") == REPORT


def test_alerts_are_kept_until_they_are_resolved(store):
    reports.put_listeners(store, {"payments": "hash-1", "nodes": "hash-1"})
    assert reports.alerts_for(store, "payments") is None
    one, two = alert("a", service="payments"), alert("b", service="nodes")
    assert reports.keep_alerts(store, "hash-1", firing=[one, two], resolved=[], at=NOW)
    for monitor in ("payments", "nodes"):
        told = reports.alerts_for(store, monitor)
        assert told is not None
        assert (told.told_at, told.firing) == (NOW, (one, two))
    reports.keep_alerts(store, "hash-1", firing=[], resolved=["a", "never-fired"], at=NOW + MINUTE)
    told = reports.alerts_for(store, "nodes")
    assert told is not None
    assert (told.told_at, told.firing) == (NOW + MINUTE, (two,))


def test_a_repeated_alert_stays_one_and_keeps_its_beginning(store):
    reports.put_listeners(store, {"payments": "hash-1"})
    reports.keep_alerts(store, "hash-1", firing=[alert("a")], resolved=[], at=NOW)
    again = replace(alert("a", NOW + MINUTE), since=NOW + MINUTE)
    reports.keep_alerts(store, "hash-1", firing=[again], resolved=[], at=NOW + MINUTE)
    told = reports.alerts_for(store, "payments")
    assert told is not None
    assert [(each.since, each.told_at) for each in told.firing] == [(NOW, NOW + MINUTE)]


def test_two_alertmanagers_are_kept_apart_and_forgotten_with_their_listeners(store):
    reports.put_listeners(store, {"here": "hash-1", "there": "hash-2"})
    reports.keep_alerts(store, "hash-1", firing=[alert("a")], resolved=[], at=NOW)
    assert not reports.keep_alerts(store, "hash-3", firing=[alert("a")], resolved=[], at=NOW)
    assert reports.alerts_for(store, "there") is None
    reports.put_listeners(store, {"there": "hash-2"})
    reports.put_listeners(store, {"here": "hash-1", "there": "hash-2"})
    assert reports.alerts_for(store, "here") is None


def test_an_alert_whose_end_was_lost_is_forgotten_in_the_end(store):
    reports.put_listeners(store, {"here": "hash-1"})
    reports.keep_alerts(store, "hash-1", firing=[alert("a")], resolved=[], at=NOW)
    later = NOW + timedelta(days=32)
    reports.keep_alerts(store, "hash-1", firing=[alert("b", later)], resolved=[], at=later)
    told = reports.alerts_for(store, "here")
    assert told is not None
    assert [each.fingerprint for each in told.firing] == ["b"]


@pytest.mark.parametrize("most", [3])
def test_an_alertmanager_out_of_its_mind_fills_no_disk(store, monkeypatch, most):
    reports.put_listeners(store, {"here": "hash-1"})
    monkeypatch.setattr(reports, "_PUT_ALERT", reports._PUT_ALERT.replace(str(reports.MOST_ALERTS), str(most)))
    flood = [alert(f"f{number}") for number in range(5)]
    for _ in range(2):
        reports.keep_alerts(store, "hash-1", firing=flood, resolved=[], at=NOW)
    told = reports.alerts_for(store, "here")
    assert told is not None
    assert len(told.firing) == most
