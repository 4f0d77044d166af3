"""An inbox that holds what a test put into it."""

from dataclasses import dataclass, field
from datetime import datetime

from records.reports import Alerts, Report


@dataclass
class FullInbox:
    """By the id of the monitor; `asked` lists who was asked for."""

    beats: dict[str, datetime] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    told: dict[str, Alerts] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def last_beat(self, monitor_id: str) -> datetime | None:
        self.asked.append(monitor_id)
        return self.beats.get(monitor_id)

    async def last_report(self, monitor_id: str) -> Report | None:
        self.asked.append(monitor_id)
        return self.reports.get(monitor_id)

    async def alerts(self, monitor_id: str) -> Alerts | None:
        self.asked.append(monitor_id)
        return self.told.get(monitor_id)
