"""The look at alerts that concern a component."""

from datetime import timedelta

import pytest

from monitors.checks.alertmanager import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.services import conclude_service
from monitors.settings import ServiceMonitor
from monitors.wishes import AlertsWish, Level
from records.observations import Seen
from records.reports import Alert, Alerts
from records.verdicts import VerdictKind
from tests.monitors.cast import BEGIN
from tests.monitors.inbox import FullInbox

WISH = AlertsWish(
    match={"service": "payments", "env": "live"},
    severities={"critical": Level.DOWN, "warning": Level.DEGRADED, "info": Level.TOLD},
)


def alert(severity: str | None = "critical", **labels: str) -> Alert:
    said = {"service": "payments", "env": "live", "alertname": "HostDown host-17", **labels}
    if severity is not None:
        said["severity"] = severity
    return Alert(fingerprint="a", labels=said, since=BEGIN, told_at=BEGIN)


async def see(client: Client, *alerts: Alert, wish: AlertsWish = WISH, told: bool = True, later: int = 0):
    inbox = FullInbox(told={"payments": Alerts(told_at=BEGIN, firing=alerts)} if told else {})
    target = Target(monitor="payments", name="payments", wish=wish)
    now = BEGIN + timedelta(seconds=later)
    return await look(target, Tools(client=client, inbox=inbox, now=lambda: now))


def kind_of(seen) -> VerdictKind:
    return conclude_service(ServiceMonitor(id="payments", kind="alertmanager"), seen).kind


@pytest.mark.parametrize(
    ("alerts", "kind", "note"),
    [
        ((), VerdictKind.OPERATIONAL, "no alert that concerns it fires"),
        ((alert(),), VerdictKind.SERVICE_DOWN, "an alert that concerns it fires"),
        ((alert("warning"),), VerdictKind.SERVICE_IMPAIRED, "an alert that concerns it fires"),
        ((alert("info"),), VerdictKind.OPERATIONAL, "an alert that concerns it fires"),
        ((alert("bizarre"),), VerdictKind.SERVICE_IMPAIRED, "an alert that concerns it fires"),
        ((alert(None),), VerdictKind.SERVICE_IMPAIRED, "an alert that concerns it fires"),
        ((alert("info"), alert(), alert("warning")), VerdictKind.SERVICE_DOWN, "3 alerts that concern it fire"),
        ((alert(service="card"),), VerdictKind.OPERATIONAL, "no alert that concerns it fires"),
        ((alert(env="test"),), VerdictKind.OPERATIONAL, "no alert that concerns it fires"),
    ],
)
async def test_the_gravest_alert_with_all_labels_counts(client: Client, alerts, kind, note):
    seen = await see(client, *alerts)
    assert (kind_of(seen), seen.note) == (kind, note)


async def test_an_alertmanager_with_nothing_to_say_is_fine_unless_it_must_report(client: Client):
    assert kind_of(await see(client, told=False)) is VerdictKind.OPERATIONAL
    strict = AlertsWish(match=WISH.match, grace=timedelta(minutes=10))
    seen = await see(client, told=False, wish=strict)
    assert (seen.seen, kind_of(seen)) == (Seen.UNSUPPORTED, VerdictKind.MONITORING_DEGRADED)


async def test_an_alertmanager_that_must_report_and_does_not_is_silent(client: Client):
    strict = AlertsWish(match=WISH.match, grace=timedelta(minutes=10))
    assert kind_of(await see(client, wish=strict, later=600)) is VerdictKind.OPERATIONAL
    late = await see(client, wish=strict, later=601)
    assert (kind_of(late), late.note) == (VerdictKind.SILENT, "the Alertmanager has gone silent")
    assert kind_of(await see(client, wish=WISH, later=100_000)) is VerdictKind.OPERATIONAL


async def test_an_alert_that_is_repeated_no_more_is_over(client: Client):
    day = 24 * 3600
    assert kind_of(await see(client, alert(), later=day)) is VerdictKind.SERVICE_DOWN
    assert kind_of(await see(client, alert(), later=day + 1)) is VerdictKind.OPERATIONAL
