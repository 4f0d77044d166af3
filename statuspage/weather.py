"""The weather of a network: how old its last block is, what fees do, how long confirmations take now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from records.store.monitors import MonitorRecord
from records.verdicts import KEEPS_LAST_STATE, VerdictKind
from records.weather import Hour, block_seconds, usual_fee

#: Names that are not their id with a capital letter.
_NAMES = {
    "bitcoin-cash": "Bitcoin Cash",
    "bsc": "BNB Smart Chain",
    "cosmos": "Cosmos Hub",
    "op": "OP Mainnet",
    "optimism": "OP Mainnet",
    "ton": "TON",
    "tron": "TRON",
    "xrp": "XRP Ledger",
    "xrpl": "XRP Ledger",
}
#: A fee within these multiples of its own median is nothing to speak of.
_USUAL_FEES = (0.5, 1.5)
#: Verdicts under which the usual pace says nothing about how long confirmations take.
_STANDS = frozenset({VerdictKind.NETWORK_HALT, VerdictKind.NO_NEW_BLOCKS, VerdictKind.CHAIN_SPLIT, VerdictKind.UPGRADE})


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What our nodes last saw of one chain; what was not seen is None."""

    height: int | None
    last_block_at: datetime | None
    #: Present fee as a multiple of its own median over seven days.
    fee_ratio: float | None
    #: How full the mempool is, from 0 to 1.
    mempool_full: float | None
    #: Confirmations after which we credit a deposit.
    confirmations: int | None
    #: How long those take at the recent pace; None while the chain stands.
    confirmed_after: timedelta | None
    #: When anything was last seen.
    seen_at: datetime | None
    #: Whether there is no present data.
    is_unseen: bool

    @property
    def fees(self) -> str | None:
        """`low`, `usual` or `high`."""
        if self.fee_ratio is None:
            return None
        low, high = _USUAL_FEES
        return "low" if self.fee_ratio < low else "high" if self.fee_ratio > high else "usual"


def chain_name(chain: str) -> str:
    """As people write it: `bitcoin` is `Bitcoin`, `bsc` is `BNB Smart Chain`."""
    return _NAMES.get(chain, chain.replace("-", " ").title())


def weather(monitor: MonitorRecord, past: Sequence[Hour], confirmations: int | None, now: datetime) -> Weather:
    """From what the chain's monitor last concluded, and the hours before it."""
    facts = monitor.facts
    pace = block_seconds(past) or _number(facts.get("usual_seconds"))
    stands = monitor.verdict in _STANDS
    return Weather(
        height=int(height) if (height := _number(facts.get("height"))) is not None else None,
        last_block_at=_last_block_at(monitor),
        fee_ratio=_fee_ratio(facts, past, now),
        mempool_full=_number(facts.get("mempool_full")),
        confirmations=confirmations,
        confirmed_after=timedelta(seconds=pace * confirmations) if pace and confirmations and not stands else None,
        seen_at=monitor.seen_at,
        is_unseen=monitor.seen_at is None or monitor.verdict in KEEPS_LAST_STATE,
    )


def _fee_ratio(facts: Mapping[str, Any], past: Sequence[Hour], now: datetime) -> float | None:
    """Against the median of seven days as kept; while that is too short, against what the judge holds itself."""
    fee, usual = _number(facts.get("fee")), usual_fee(past, now)
    if fee is not None and usual:
        return round(fee / usual, 2)
    return _number(facts.get("fee_ratio"))


def _last_block_at(monitor: MonitorRecord) -> datetime | None:
    """The block's own time, else when we first saw it: some nodes do not tell the time of a block."""
    told, age = monitor.facts.get("last_block_at"), _number(monitor.facts.get("block_age_seconds"))
    if isinstance(told, str):
        return datetime.fromisoformat(told)
    return monitor.looked_at - timedelta(seconds=age) if monitor.looked_at is not None and age is not None else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
