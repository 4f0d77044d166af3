"""What jobs and Alertmanagers say by themselves; each is known by the hash of its secret token."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from records.reports import Alert, Alerts, Report, ReportedState
from records.store.encoding import from_json, to_json
from records.store.engine import Store
from records.times import from_ms, to_ms

#: An Alertmanager that fires more than this at once is out of its mind, or hostile; the oldest stay.
MOST_ALERTS = 2_000
#: One that was not repeated for so long is forgotten, whatever the settings: its end was lost.
_LONGEST = timedelta(days=31)


def put_reporters(store: Store, reporters: Mapping[str, str]) -> None:
    """Who reports for which monitor: monitor id to hash of its token.

    Other tokens count no more, and with a new one a monitor starts anew.
    """
    with store.tx():
        for row in store.rows("SELECT monitor_id, token_hash FROM reports"):
            if reporters.get(row["monitor_id"]) != row["token_hash"]:
                store.run("DELETE FROM reports WHERE monitor_id = :id", id=row["monitor_id"])
        store.many(
            """
            INSERT INTO reports (monitor_id, token_hash, message) VALUES (:id, :hash, '')
            ON CONFLICT (monitor_id) DO NOTHING
            """,
            [{"id": monitor_id, "hash": token_hash} for monitor_id, token_hash in reporters.items()],
        )


def keep_report(store: Store, token_hash: str, report: Report) -> bool:
    """Keep the newest report. False when nobody knows the token."""
    changed = store.run(
        """
        UPDATE reports SET at = :at, state = :state, message = :message, reading = :reading
        WHERE token_hash = :hash AND (at IS NULL OR at <= :at)
        """,
        hash=token_hash,
        at=to_ms(report.at),
        state=report.state.value,
        message=report.message,
        reading=report.value,
    )
    return changed > 0


def last_report(store: Store, monitor_id: str) -> Report | None:
    """What was last reported for this monitor; None before the first."""
    found = store.row("SELECT * FROM reports WHERE monitor_id = :id", id=monitor_id)
    if found is None or found["at"] is None:
        return None
    return Report(
        at=from_ms(found["at"]),
        state=ReportedState(found["state"]),
        message=found["message"],
        value=found["reading"],
    )


def put_listeners(store: Store, listeners: Mapping[str, str]) -> None:
    """Who listens to which Alertmanager: monitor id to hash of its token. What others said is forgotten."""
    with store.tx():
        store.run("DELETE FROM alert_listeners")
        store.many(
            "INSERT INTO alert_listeners (monitor_id, token_hash) VALUES (:id, :hash)",
            [{"id": monitor_id, "hash": token_hash} for monitor_id, token_hash in listeners.items()],
        )
        for table in ("alerts", "alert_sources"):
            store.run(f"DELETE FROM {table} WHERE token_hash NOT IN (SELECT token_hash FROM alert_listeners)")


def keep_alerts(
    store: Store, token_hash: str, *, firing: Iterable[Alert], resolved: Iterable[str], at: datetime
) -> bool:
    """Keep what one notification says: alerts that fire, and fingerprints of those that are over.

    False when nobody listens to the token.
    """
    with store.tx():
        if store.row("SELECT 1 AS known FROM alert_listeners WHERE token_hash = :hash", hash=token_hash) is None:
            return False
        store.run(
            """
            INSERT INTO alert_sources (token_hash, told_at) VALUES (:hash, :at)
            ON CONFLICT (token_hash) DO UPDATE SET told_at = excluded.told_at
            """,
            hash=token_hash,
            at=to_ms(at),
        )
        store.run("DELETE FROM alerts WHERE told_at < :before", before=to_ms(at - _LONGEST))
        store.many(
            "DELETE FROM alerts WHERE token_hash = :hash AND fingerprint = :fingerprint",
            [{"hash": token_hash, "fingerprint": fingerprint} for fingerprint in resolved],
        )
        store.many(_PUT_ALERT, [_alert_row(token_hash, alert) for alert in firing])
        return True


_PUT_ALERT = f"""
INSERT INTO alerts (token_hash, fingerprint, labels, since, told_at)
SELECT :token_hash, :fingerprint, :labels, :since, :told_at
WHERE (SELECT count(*) FROM alerts WHERE token_hash = :token_hash) < {MOST_ALERTS}
    OR EXISTS (SELECT 1 FROM alerts WHERE token_hash = :token_hash AND fingerprint = :fingerprint)
ON CONFLICT (token_hash, fingerprint) DO UPDATE SET labels = excluded.labels, told_at = excluded.told_at
"""


def _alert_row(token_hash: str, alert: Alert) -> dict[str, object]:
    return {
        "token_hash": token_hash,
        "fingerprint": alert.fingerprint,
        "labels": to_json(dict(alert.labels)),
        "since": to_ms(alert.since),
        "told_at": to_ms(alert.told_at),
    }


def alerts_for(store: Store, monitor_id: str) -> Alerts | None:
    """All that fires at the Alertmanager this monitor listens to; None when it never said anything."""
    source = store.row(
        """
        SELECT s.token_hash, s.told_at FROM alert_sources s
        JOIN alert_listeners l ON l.token_hash = s.token_hash WHERE l.monitor_id = :id
        """,
        id=monitor_id,
    )
    if source is None:
        return None
    found = store.rows(
        "SELECT * FROM alerts WHERE token_hash = :hash ORDER BY since, fingerprint", hash=source["token_hash"]
    )
    return Alerts(
        told_at=from_ms(source["told_at"]),
        firing=tuple(
            Alert(
                fingerprint=row["fingerprint"],
                labels=from_json(row["labels"]),
                since=from_ms(row["since"]),
                told_at=from_ms(row["told_at"]),
            )
            for row in found
        ),
    )
