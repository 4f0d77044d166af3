"""What the policies say where nobody chose: filled into the forms, and left to the policies where it stays as it is."""

from dataclasses import replace

from records.desk import routing
from records.desk.desk import Desk
from records.desk.incidents import IncidentEntry
from records.desk.maintenance import MaintenanceEntry
from records.incidents import Impact, impact_of
from records.notices import Notice, NoticeKind, NoticeState
from records.store import notices
from records.store.engine import Store


def of_incident(desk: Desk, entry: IncidentEntry) -> IncidentEntry:
    """The entry with what was left as the policies have it left to them, so that they decide later notices too."""
    impact = entry.impact or impact_of(list(entry.statuses.values()))
    audience, channels = _unless_usual(desk, NoticeKind.INCIDENT_OPENED, impact, entry.audience, entry.channels)
    return replace(entry, audience=audience, channels=channels)


def of_event(desk: Desk, entry: MaintenanceEntry) -> MaintenanceEntry:
    """The same for a planned event."""
    audience, channels = _unless_usual(desk, NoticeKind.MAINTENANCE_ANNOUNCED, None, entry.audience, entry.channels)
    return replace(entry, audience=audience, channels=channels)


def _unless_usual(
    desk: Desk, kind: NoticeKind, impact: Impact | None, audience: str | None, channels: tuple[str, ...] | None
) -> tuple[str | None, tuple[str, ...] | None]:
    usual = set(routing.usual_channels(desk, kind, impact))
    return (
        None if audience == routing.usual_audience(desk, kind, impact) else audience,
        None if channels is None or set(channels) == usual else channels,
    )


def after(store: Store, subject_id: str, done: str) -> str:
    """`done`, marked when the notice of that deed has not left yet."""
    newest: list[Notice] = notices.notices(store, subject_id=subject_id, limit=1)
    if not newest or not newest[0].is_waiting:
        return done
    return f"{done}~held" if newest[0].state is NoticeState.HELD else f"{done}~waits"
