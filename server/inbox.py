"""What others reported to us, read from the store for the checks that wait for it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import ParamSpec, Protocol, TypeVar

from records.reports import Alerts, Report
from records.store import monitors, reports
from records.store.engine import Store

P = ParamSpec("P")
T = TypeVar("T")


class Call(Protocol):
    """Runs a read of the store in a thread."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """What `function` returns."""
        ...


class StoreInbox:
    """`monitors.inbox.Inbox` on a store; without one nothing ever came."""

    def __init__(self, call: Call, store: Store | None) -> None:
        self._call = call
        self._store = store

    async def last_beat(self, monitor_id: str) -> datetime | None:
        """When a job last said that it has run."""
        return await self._call(monitors.last_beat, self._store, monitor_id) if self._store else None

    async def last_report(self, monitor_id: str) -> Report | None:
        """What a job last said of its state."""
        return await self._call(reports.last_report, self._store, monitor_id) if self._store else None

    async def alerts(self, monitor_id: str) -> Alerts | None:
        """What its Alertmanager says."""
        return await self._call(reports.alerts_for, self._store, monitor_id) if self._store else None
