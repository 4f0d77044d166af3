"""What others told us by themselves, as the checks that only wait for it ask for it."""

from datetime import datetime
from typing import Protocol

from records.reports import Alerts, Report


class Inbox(Protocol):
    """Asked by the id of the monitor; None means that nothing ever came."""

    async def last_beat(self, monitor_id: str) -> datetime | None:
        """When a job last said that it has run."""
        ...

    async def last_report(self, monitor_id: str) -> Report | None:
        """What a job last said of its state."""
        ...

    async def alerts(self, monitor_id: str) -> Alerts | None:
        """What the Alertmanager that this monitor listens to says."""
        ...
