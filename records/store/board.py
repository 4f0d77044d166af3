"""What tells whether the operators' board may look different, cheaply enough to ask twice a second."""

from collections.abc import Iterable
from datetime import datetime

from records.store.engine import Store
from records.store.people import SESSION_IDLE
from records.times import to_ms

#: While a notice goes out its counts change with every chunk: that often they are worth a look.
_COUNTS_EVERY_MS = 2_000


def mark(store: Store, now: datetime) -> str:
    """Differs whenever somebody did something or a verdict changed, and every two seconds while a notice goes out.

    Each deed stands in the audit log; who has what in hand is a lease. Times that grow by themselves, and looks that
    saw nothing new, change nothing.
    """
    parts = store.rows(
        """
        SELECT 'deed' AS what, max(id) AS which FROM audit
        UNION ALL SELECT 'alarm', id FROM alarms WHERE ended_at IS NULL
        UNION ALL SELECT 'page', content FROM meta WHERE name = 'page_revision'
        UNION ALL SELECT 'incident', CAST(sum(version) AS TEXT) FROM incidents
        UNION ALL SELECT 'verdict', CAST(max(verdict_since) AS TEXT) FROM monitors
        UNION ALL SELECT 'editing', name FROM leases WHERE name >= 'editing:' AND name < 'editing:~' AND until > :clock
        UNION ALL SELECT * FROM (SELECT 'notice:' || id, state FROM notices ORDER BY id DESC LIMIT 20) newest
        """,
        clock=store.now_ms(),
    )
    is_going = any(part["which"] in ("fanning_out", "sending") for part in parts)
    beat = to_ms(now) // _COUNTS_EVERY_MS if is_going else ""
    return f"{beat}," + ",".join(sorted(f"{part['what']}:{part['which']}" for part in parts))


def live_sessions(store: Store, hashes: Iterable[str], now: datetime) -> set[str]:
    """Which of these sessions, by their hashes, still count."""
    wanted = set(hashes)
    found = store.rows(
        """
        SELECT s.token_hash FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.expires_at > :now AND s.seen_at > :idle AND s.ended IS NULL AND u.disabled_at IS NULL
        """,
        now=to_ms(now),
        idle=to_ms(now - SESSION_IDLE),
    )
    return {row["token_hash"] for row in found} & wanted
