"""Turn the settings of services into what the monitors work with."""

from dataclasses import replace
from typing import Any

from monitors import settings as watched
from monitors.wishes import (
    AlertsWish,
    DnsWish,
    FeedWish,
    Level,
    Limit,
    Limits,
    PostgresWish,
    PrometheusWish,
    RedisWish,
    SmtpWish,
    TlsWish,
    WebsocketWish,
    Wish,
)
from server.config.sections.chains import Auth, ChainHysteresis, Hysteresis
from server.config.sections.feeds import FeedMonitor, SourceSettings
from server.config.sections.monitors import HttpMonitor, Monitor
from server.config.sections.reporting import AlertmanagerMonitor, HeartbeatMonitor, PushMonitor
from server.config.sections.services import (
    DnsMonitor,
    PostgresMonitor,
    PrometheusMonitor,
    RedisMonitor,
    SmtpMonitor,
    TlsMonitor,
    WebsocketMonitor,
)
from server.config.sections.watched import AskingMonitor, CertificateExpect, NumberExpect, NumberLimit, TcpExpect

_SERVICE_HYSTERESIS = watched.ServiceMonitor(id="", kind="").hysteresis
#: What reports by itself has had its patience already: a grace, an Alertmanager's `for`.
_REPORTING_HYSTERESIS = replace(_SERVICE_HYSTERESIS, worse_after=1, better_after=1)
#: How often the clock is compared with the last report, however seldom it comes.
_REPORTING_LOOK_SECONDS = 30.0


def service_monitor(monitor: Monitor) -> watched.ServiceMonitor:
    """One service as it is watched."""
    if isinstance(monitor, HeartbeatMonitor | PushMonitor | AlertmanagerMonitor):
        return _reporting(monitor)
    kept = watched.ServiceMonitor(
        id=monitor.id,
        kind=monitor.kind,
        url=_address(monitor),
        # What others say of themselves sets no state of ours.
        component=None if isinstance(monitor, SourceSettings) or monitor.backlog else monitor.component,
        every_seconds=monitor.every.total_seconds(),
        deadline_seconds=monitor.timeout.total_seconds(),
        wish=_wish(monitor),
        hysteresis=hysteresis_of(monitor.hysteresis, _SERVICE_HYSTERESIS),
        **_login(monitor),
    )
    return kept if isinstance(monitor, SourceSettings) else replace(kept, **_expectations(monitor))


def _reporting(monitor: HeartbeatMonitor | PushMonitor | AlertmanagerMonitor) -> watched.ServiceMonitor:
    kept = watched.ServiceMonitor(
        id=monitor.id,
        kind=monitor.kind,
        component=None if monitor.backlog else monitor.component,
        every_seconds=_REPORTING_LOOK_SECONDS,
        hysteresis=hysteresis_of(monitor.hysteresis, _REPORTING_HYSTERESIS),
    )
    if isinstance(monitor, AlertmanagerMonitor):
        return replace(kept, wish=_alerts(monitor))
    every_seconds = monitor.every.total_seconds()
    return replace(
        kept,
        every_seconds=min(every_seconds, _REPORTING_LOOK_SECONDS),
        # Counted from the last report: it is missing when the next one is overdue by the grace.
        grace_seconds=every_seconds + monitor.grace.total_seconds(),
        limits=_numbers(monitor.expect) if isinstance(monitor, PushMonitor) else Limits(),
    )


def _alerts(monitor: AlertmanagerMonitor) -> AlertsWish:
    return AlertsWish(
        match=monitor.match,
        severities={severity: Level(level) for severity, level in monitor.severities.items()},
        grace=monitor.grace,
        forget=monitor.forget,
    )


def _address(monitor: AskingMonitor | SourceSettings) -> str:
    target: Any = monitor.target  # type: ignore[union-attr] # every kind that asks has one
    return target if isinstance(target, str) else str(target.get_secret_value())


def _login(monitor: AskingMonitor | SourceSettings) -> dict[str, Any]:
    if isinstance(monitor, RedisMonitor):
        login = monitor.login
        return {"user": login.username, "password": login.password.get_secret_value()} if login else {}
    auth = getattr(monitor, "auth", None)
    return auth_of(auth) if isinstance(auth, Auth) else {}


def _wish(monitor: AskingMonitor | SourceSettings) -> Wish | None:
    match monitor:
        case TlsMonitor():
            return TlsWish(server_name=monitor.server_name, ca_file=monitor.ca_file)
        case DnsMonitor():
            return DnsWish(record=monitor.record, answers=monitor.expect.answers, resolver=monitor.resolver)
        case PostgresMonitor():
            return PostgresWish(query=monitor.query)
        case RedisMonitor():
            tls = TlsWish(ca_file=monitor.ca_file) if monitor.tls else None
            return RedisWish(tls=tls, info=monitor.info, list=monitor.list)
        case SmtpMonitor():
            return SmtpWish(
                security=monitor.security, tls=TlsWish(server_name=monitor.server_name, ca_file=monitor.ca_file)
            )
        case WebsocketMonitor():
            return WebsocketWish(send=monitor.send.get_secret_value() if monitor.send else None)
        case PrometheusMonitor():
            return PrometheusWish(query=monitor.query, empty_is_good=monitor.empty_is_good)
        case SourceSettings():
            content = monitor.content if isinstance(monitor, FeedMonitor) else "incidents"
            return FeedWish(chain=monitor.chain, component=monitor.component, content=content, words=monitor.words)
    return None


def _expectations(monitor: AskingMonitor) -> dict[str, Any]:
    """The fields `expect` and `limits`."""
    expect: TcpExpect = monitor.expect  # type: ignore[attr-defined] # every kind that asks has one
    slow_ms = expect.slow_after.total_seconds() * 1000 if expect.slow_after else None
    found = watched.Expect(slow_ms=slow_ms)
    if isinstance(monitor, HttpMonitor):
        found = replace(found, status=monitor.expect.status)
    if isinstance(monitor, HttpMonitor | WebsocketMonitor):
        found = replace(found, contains=monitor.expect.contains, json=monitor.expect.json_values)
    return {"expect": found, "limits": _limits(expect)}


def _limits(expect: TcpExpect) -> Limits:
    if isinstance(expect, NumberExpect):
        return _numbers(expect)
    if isinstance(expect, CertificateExpect):
        return Limits(
            fact="tls_days_left",
            name="the number of days left of the certificate",
            told=Limit(below=expect.certificate_warn_days),
            degraded=Limit(below=expect.certificate_critical_days),
        )
    return Limits()


def _numbers(expect: NumberExpect) -> Limits:
    return Limits(told=_limit(expect.told), degraded=_limit(expect.degraded), down=_limit(expect.down))


def _limit(limit: NumberLimit) -> Limit:
    return Limit(below=limit.below, above=limit.above)


def auth_of(auth: Auth) -> dict[str, Any]:
    """How we prove ourselves, in the fields of a node or a service."""
    return {
        "user": auth.username,
        "password": auth.password.get_secret_value() if auth.password else None,
        "bearer": auth.token.get_secret_value() if auth.token else None,
        "headers": {name: value.get_secret_value() for name, value in auth.headers.items()},
    }


def hysteresis_of(wanted: Hysteresis, usual: watched.Hysteresis) -> watched.Hysteresis:
    """`usual` with what is given put over it."""
    given = {
        "worse_after": wanted.worse_after,
        "worse_for_seconds": wanted.worse_for.total_seconds() if wanted.worse_for is not None else None,
        "better_after": wanted.better_after,
        "better_blocks": wanted.better_blocks if isinstance(wanted, ChainHysteresis) else None,
        "flip_limit": wanted.flip_limit,
        "flip_window_seconds": wanted.flip_window.total_seconds() if wanted.flip_window is not None else None,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(usual, **changes)
