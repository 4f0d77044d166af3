"""What happens because time passes: windows open and close, reminders go out, silence becomes "unknown"."""

import asyncio
import contextlib
from datetime import datetime, timedelta

import structlog

from records.desk import affected, approvals, judgement, series, windows
from records.desk.alarms import Lookout
from records.errors import ForewarnError
from records.people import CLOCK
from records.promises import is_due_soon
from records.store import affected as taps
from records.store import (
    alarms,
    crm,
    findings,
    handovers,
    idempotency,
    incidents,
    looks,
    meta,
    rollup,
    streams,
    subscribers,
    weather,
)
from records.times import iso
from server.alarms import names_of, patience_of
from server.context import Context

_TICK_SECONDS = 1.0
_TIDY_EVERY = timedelta(hours=1)
#: Windows that come again are announced days ahead; reading their rules every second would be for nothing.
_SERIES_EVERY = timedelta(seconds=30)
#: Whoever reads meanwhile counts for himself, so nothing waits for it.
_ROLL_UP_EVERY = timedelta(seconds=30)
_LOOK_OUT_EVERY = timedelta(seconds=5)
_IDEMPOTENCY_KEPT = timedelta(days=2)
#: An app that comes back after longer than this asks for everything anyhow.
_STREAMS_KEPT = timedelta(days=2)
#: Beyond the seven days that fees are compared with, so that last month can be looked up.
_WEATHER_KEPT = timedelta(days=90)
#: What others announced and is over, for whoever looks back at a quarter.
_FINDINGS_KEPT = timedelta(days=90)
_log = structlog.get_logger(__name__)


class Timekeeper:
    """The clock of the house; one at a time, under a lease."""

    def __init__(self, context: Context, holder: str) -> None:
        self._context = context
        self._holder = holder
        reports = context.settings.page.reports
        self._watchfulness = affected.Watchfulness(minimum=reports.minimum, is_shown=reports.ask and reports.show)
        #: Promises that somebody was told to hurry with: the incident's name and when it is due.
        self._hurried: set[tuple[str, datetime | None]] = set()
        self._lookout = Lookout(context.desk, patience_of(context.settings))
        self._told = names_of(context.settings)
        self._looked: datetime | None = None
        self._tidied: datetime | None = None
        self._rolled_up: datetime | None = None
        self._read_series: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until stopped."""
        while not stop.is_set():
            try:
                await self._context.call(self.tick)
            except ForewarnError as error:
                # The loop's edge: the store may be away for a while; the next tick does what this one could not.
                _log.warning("tick_failed", why=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _TICK_SECONDS)

    def tick(self) -> None:
        """Everything that is due now."""
        desk, now = self._context.desk, self._context.now()
        meta.beat(desk.store, "clock", self._holder, now)
        for done in windows.run_windows(desk, CLOCK, now):
            _log.info("window", done=done)
        for late in windows.note_overruns(desk, CLOCK, now):
            _log.warning("window_overran", ref=late, do="extend or complete it on the board")
        if self._read_series is None or now - self._read_series >= _SERIES_EVERY:
            self._read_series = now
            for done in series.run_series(desk, CLOCK, now):
                _log.info("series", done=done)
        for done in approvals.run_waits(desk, CLOCK, now):
            _log.info("waiting_notice", done=done)
        self._hurry(now)
        if self._looked is None or abs(now - self._looked) >= _LOOK_OUT_EVERY:
            self._look_out(now)
        judgement.mark_silent(desk, now)
        for change in affected.judge(desk, self._watchfulness, now):
            _log.info("customers_report", component=change.component, level=change.level.value, taps=change.taps)
        if self._rolled_up is None or now - self._rolled_up >= _ROLL_UP_EVERY:
            rollup.roll_up(desk.store, self._context.settings.page.time_zone, now)
            self._rolled_up = now
        if self._tidied is None or now - self._tidied >= _TIDY_EVERY:
            self._tidy(now)

    def _hurry(self, now: datetime) -> None:
        """Say once in the log of each promise to speak that it is about to break."""
        due = {each.ref: each for each in incidents.open_incidents(self._context.desk.store) if is_due_soon(each, now)}
        found = {(ref, each.next_update_at) for ref, each in due.items()}
        for ref, at in sorted(found - self._hurried, key=lambda one: one[0]):
            _log.warning("promise_about_to_break", ref=ref, due=iso(at) if at else "", do="post an update")
        self._hurried = found

    def _look_out(self, now: datetime) -> None:
        """Raise what calls for a person, and say when it is over."""
        self._looked = now
        for alarm in alarms.keep(self._context.desk.store, self._lookout.look(now), self._told, now):
            told = {"kind": alarm.concern.kind.value, "said": alarm.concern.said}
            if alarm.ended_at is None:
                _log.error("alarm", **told, do=alarm.concern.hint)
            else:
                _log.info("alarm_over", **told)

    def _tidy(self, now: datetime) -> None:
        store = self._context.desk.store
        looks.forget(store, now - self._context.settings.retention.observations)
        weather.forget(store, now - _WEATHER_KEPT)
        findings.forget(store, now - _FINDINGS_KEPT)
        idempotency.forget(store, now - _IDEMPOTENCY_KEPT)
        subscribers.forget_unconfirmed(store, now)
        taps.forget(store, now)
        streams.forget(store, now - _STREAMS_KEPT)
        handovers.forget(store, now - handovers.KEPT)
        alarms.forget(store, now)
        if (told := self._context.settings.crm) is not None and (gone := crm.forget(store, now - told.keep)):
            _log.error("crm_events_let_go", events=gone, do="mend it, then `forewarn crm replay`")
        self._tidied = now
