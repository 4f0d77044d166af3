"""From a round of looking to the store: what was seen, what was concluded, what follows from it, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from monitors.rounds import with_fees
from records.desk import judgement, upgrades
from records.observations import Observation
from records.store import components, looks, monitors, weather
from records.store.engine import Store
from records.verdicts import KEEPS_LAST_STATE, Verdict
from server.context import Context
from server.inbox import StoreInbox
from server.words import describer

_log = structlog.get_logger(__name__)


class Bridge:
    """What `monitors.watch` is handed: where states come from and where rounds go."""

    def __init__(self, context: Context, recovery: dict[str, timedelta]) -> None:
        self._context = context
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
        await self._context.call(self._keep, monitor_id, observations, verdict, state)

    def _keep(self, monitor_id: str, observations: Sequence[Observation], verdict: Verdict, state: str) -> None:
        desk, now = self._context.desk, self._context.now()
        seen_at = None if verdict.kind in KEEPS_LAST_STATE else now
        with desk.deed():
            before = monitors.monitor(desk.store, monitor_id)
            verdict = upgrades.as_planned(desk.store, verdict)
            if verdict.chain is not None:
                _note_weather(desk.store, verdict.chain, verdict.facts, now)
            monitors.keep_round(desk.store, monitor_id, verdict, state, seen_at=seen_at)
            looks.keep(desk.store, observations)
            calm = self._recovery.get(monitor_id, desk.confirm_recovery)
            describe = describer(self._context.settings.page.languages, components.all_components(desk.store), calm)
            judgement.take_verdict(desk.recovering_within(calm), verdict, describe, now)
        if before.verdict != verdict.kind.value:
            _log.info(
                "verdict", monitor=monitor_id, verdict=verdict.kind.value, was=before.verdict, why=verdict.reasoning
            )


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
