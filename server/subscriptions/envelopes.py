"""What programs are told: an event in the shapes of the read API, in the envelope that its clients know.

Made here because the shapes are the status page's and the way out is the notifier's, and neither knows the other.
"""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from notifier.channels.hooks.webhook import UNSUBSCRIBE_SLOT
from notifier.envelopes import of_change
from notifier.message import Message
from records.errors import NotFound
from records.notices import Notice
from records.store import components, incidents, maintenance
from records.store.engine import Store
from records.store.receivers import Change
from records.times import iso
from statuspage import api_v2
from statuspage.page import Page
from statuspage.snapshot import Snapshot, read_snapshot


class Envelopes:
    """One per process; any thread may ask."""

    def __init__(self, store: Store, page: Page, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._page = page
        self._clock = clock
        self._reading = threading.Lock()
        self._last: Snapshot | None = None

    def of_notice(self, notice: Notice) -> str:
        """The incident or planned event that a notice is about, whole, as it stands when the notice first leaves."""
        snapshot = self._snapshot()
        if notice.subject_kind == "incident":
            row = api_v2.incident_row(snapshot, incidents.incident(self._store, notice.subject_id))
        else:
            row = api_v2.maintenance_row(snapshot, maintenance.maintenance(self._store, notice.subject_id))
        return self._envelope(snapshot, incident=row)

    def of_change(self, change: Change) -> Message | None:
        """One component that became another; None when it is not there any more."""
        try:
            component = components.component(self._store, change.component_id)
        except NotFound:
            return None
        snapshot = self._snapshot()
        update = {
            "id": f"{change.id:012x}",
            "created_at": iso(change.at),
            "old_status": change.before.public_api_value,
            "new_status": change.after.public_api_value,
            "component_id": component.public_id,
            "component_type": "Component",
        }
        row = api_v2.component_row(snapshot, component)
        return of_change(
            change, self._page.languages[0], self._envelope(snapshot, component_update=update, component=row)
        )

    def _envelope(self, snapshot: Snapshot, **told: Any) -> str:
        status = api_v2.status(snapshot)
        envelope = {
            "meta": {
                "unsubscribe": UNSUBSCRIBE_SLOT,
                "documentation": f"{self._page.url}/subscribe?by=webhook",
                "generated_at": iso(snapshot.generated_at),
            },
            "page": {
                "id": self._page.id,
                "status_indicator": status["indicator"],
                "status_description": status["description"],
            },
            **told,
        }
        return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))

    def _snapshot(self) -> Snapshot:
        with self._reading:
            self._last = read_snapshot(self._store, self._page, self._clock(), self._last)
            return self._last
