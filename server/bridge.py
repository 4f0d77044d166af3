"""From a round of looking to the store: what was seen, what was concluded, what follows from it, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from monitors.rounds import with_fees
from records.desk import judgement, readiness, upgrades
from records.findings import Change, Finding
from records.observations import Observation
from records.store import components, findings, looks, monitors, shares, weather
from records.store.engine import Store
from records.verdicts import KEEPS_LAST_STATE, Verdict
from server.context import Context
from server.inbox import StoreInbox
from server.words import describer

_log = structlog.get_logger(__name__)


class Bridge:
    """What `monitors.watch` is handed: where states come from and where rounds go."""

    def __init__(
        self,
        context: Context,
        recovery: dict[str, timedelta],
        token: Callable[[str], int | None] | None = None,
        *,
        holder: str = "",
    ) -> None:
        self._context = context
        #: This process, where several share the monitors: whether it sees at all says nothing about the others.
        self._holder = holder
        #: Of the lease under which this process watches a monitor; None where it watches alone.
        self._token = token
        #: Per monitor, how long checks must pass before its incident resolves.
        self._recovery = recovery

    async def load_state(self, monitor_id: str) -> str | None:
        """What the judge remembered, so that a restart neither fires again nor loses an alarm."""
        return await self._context.call(self._state, monitor_id)

    def _state(self, monitor_id: str) -> str | None:
        store = self._context.desk.store
        text = monitors.judge_state(store, monitor_id)
        if not monitor_id.startswith("chain:"):
            return text
        past = weather.hours(store, monitor_id.removeprefix("chain:"), self._context.now())
        return with_fees(text, {each.hour: (each.fee_sum, each.fee_count) for each in past if each.fee_count})

    @property
    def inbox(self) -> StoreInbox:
        """What others reported by themselves."""
        return StoreInbox(self._context.call, self._context.desk.store)

    async def on_round(
        self, monitor_id: str, observations: Sequence[Observation], verdict: Verdict, state: str
    ) -> None:
        """Keep what was seen and act on the verdict."""
        token = self._token(monitor_id) if self._token else None
        if self._token is not None and token is None:
            _log.warning("round_dropped", monitor=monitor_id, why="the lease may be lost")
            return
        await self._context.call(self._keep, monitor_id, observations, verdict, state, token)

    def _may_write(self, monitor_id: str, token: int | None) -> bool:
        """Not after another process took over, nor once a newer configuration has taken the monitor away."""
        store = self._context.desk.store
        if token is not None and not shares.is_held(store, monitor_id, token):
            return False
        return monitors.is_in_use(store, monitor_id)

    def _keep(
        self, monitor_id: str, observations: Sequence[Observation], verdict: Verdict, state: str, token: int | None
    ) -> None:
        desk, now = self._context.desk, self._context.now()
        seen_at = None if verdict.kind in KEEPS_LAST_STATE else now
        with desk.deed():
            if not self._may_write(monitor_id, token):
                _log.warning("round_dropped", monitor=monitor_id, why="another process watches it, or nobody should")
                return
            before = monitors.monitor(desk.store, monitor_id)
            verdict = upgrades.as_planned(desk.store, verdict)
            if verdict.chain is not None:
                _note_weather(desk.store, verdict.chain, verdict.facts, now)
            monitors.keep_round(desk.store, monitor_id, verdict, state, seen_at=seen_at)
            looks.keep(desk.store, observations)
            news = _note_findings(desk.store, monitor_id, observations, now)
            news += readiness.note_outdated(desk.store, verdict, now)
            calm = self._recovery.get(monitor_id, desk.confirm_recovery)
            describe = describer(self._context.settings.page.languages, components.all_components(desk.store), calm)
            judgement.take_verdict(desk.recovering_within(calm), verdict, describe, now, holder=self._holder)
        for change, finding in news:
            _log.info("finding", source=monitor_id, change=change.value, kind=finding.kind.value, id=finding.id)
        if before.verdict != verdict.kind.value:
            _log.info(
                "verdict", monitor=monitor_id, verdict=verdict.kind.value, was=before.verdict, why=verdict.reasoning
            )


def _note_findings(
    store: Store, monitor_id: str, observations: Sequence[Observation], now: datetime
) -> list[tuple[Change, Finding]]:
    sightings = [seen.sighting for seen in observations if seen.sighting is not None]
    return [change for sighting in sightings for change in findings.keep(store, monitor_id, sighting, now)]


def _note_weather(store: Store, chain: str, facts: Mapping[str, Any], now: datetime) -> None:
    height = facts.get("height")
    weather.note(
        store,
        chain,
        now,
        fee=facts.get("fee"),
        mempool_full=facts.get("mempool_full"),
        height=height if isinstance(height, int) else None,
    )
