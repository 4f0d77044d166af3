"""Turn a chain's name and what an operator wants otherwise into a monitor, with the usual numbers for the rest."""

import dataclasses
import re
from collections.abc import Mapping

from monitors.chain_facts import ChainFacts, Sourced
from monitors.chain_table import CHAIN_TABLE
from monitors.explorers import EXPLORERS
from monitors.settings import ChainMonitor, Hysteresis, Node, Process, Thresholds
from records.errors import Fault, Invalid

_NUMBER_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|blocks?)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
#: Kinds whose blocks come by chance.
_LOTTERIES = frozenset({"bitcoin", "cardano", "monero"})
#: Thresholds that may be switched off with null.
_OPTIONAL = frozenset(
    {"finality_stall_seconds", "finality_lag_blocks", "reorg_critical_blocks", "peers_warn", "peers_out_warn"}
)


def chain_monitor(
    *,
    chain: str,
    nodes: tuple[Node, ...],
    kind: str | None = None,
    network: str | None = None,
    every_seconds: float | None = None,
    confirmations: int | None = None,
    thresholds: Mapping[str, object] | None = None,
    hysteresis: Hysteresis | None = None,
    deadline_seconds: float = 5.0,
    min_versions: Mapping[str, str] | None = None,
    explorer: str | None = None,
) -> ChainMonitor:
    """A monitor for `chain`, with the usual numbers where nothing else is given.

    `network` replaces the main network's id: a chain id, or the hash of block 0. Raises Invalid with every fault: an
    unknown chain needs `kind` and the thresholds that have no default.
    """
    facts = CHAIN_TABLE.get(chain)
    if facts is None and kind is None:
        known = ", ".join(sorted(CHAIN_TABLE))
        raise Invalid(Fault(path="chain", message=f"{chain} is not known", hint=f"known: {known}; else give kind"))
    limits = thresholds_for(chain, thresholds or {})
    return ChainMonitor(
        chain=chain,
        kind=kind or (facts.kind if facts else ""),
        network=network or (facts.network if facts else None),
        identity_block=facts.identity_block if facts and network is None else 0,
        nodes=nodes,
        every_seconds=every_seconds or usual_every_seconds(limits.block_time_seconds),
        deadline_seconds=deadline_seconds,
        confirmations=confirmations if confirmations is not None else _confirmations(facts),
        process=facts.process if facts else (Process.LOTTERY if kind in _LOTTERIES else Process.SLOTS),
        thresholds=limits,
        hysteresis=hysteresis or Hysteresis(),
        bad_versions=facts.bad_versions if facts else (),
        min_versions=tuple((min_versions or {}).items()),
        # What shows the main network knows nothing of another one.
        explorer=explorer or (EXPLORERS.get(chain) if network is None else None),
    )


def usual_every_seconds(block_time_seconds: float) -> float:
    """Half a block time, at least 5 s and at most 30 s."""
    return min(max(block_time_seconds / 2, 5.0), 30.0)


def thresholds_for(chain: str, wanted: Mapping[str, object]) -> Thresholds:
    """The chain's thresholds with `wanted` put over them; raises Invalid with every fault.

    Blocks may be given as time and times as blocks: `lag_warn_blocks: 60s`, `stall_warn_seconds: 5blocks`. They are
    converted with the configured block time, never with a measured one, which a halt would stretch.
    """
    names = [field.name for field in dataclasses.fields(Thresholds)]
    faults = [Fault(path=name, message="is not a threshold", hint=", ".join(names)) for name in wanted.keys() - names]
    values = _usual(CHAIN_TABLE.get(chain))
    block_time = _block_time(wanted, values, faults)
    for name in names:
        if name in wanted and name != "block_time_seconds":
            values[name] = _value(name, wanted[name], block_time, faults)
    missing = [name for name in names if name not in values]
    faults += [Fault(path=name, message="is needed: this chain has no default") for name in missing]
    if faults:
        raise Invalid(faults)
    return _ordered(_thresholds(values))


def _usual(facts: ChainFacts | None) -> dict[str, float | None]:
    """Defaults by name; for an unknown chain those that do not depend on the chain."""
    if facts is None:
        return {
            **dict.fromkeys(_OPTIONAL),
            "reorg_warn_blocks": 2,
            "fee_ratio": 5,
            "fee_window_hours": 168,
            "mempool_full": 0.9,
        }
    names = [field.name for field in dataclasses.fields(Thresholds)]
    sourced: dict[str, Sourced | None] = {name: getattr(facts, name) for name in names}
    return {name: None if number is None else number.value for name, number in sourced.items()}


def _block_time(wanted: Mapping[str, object], values: dict[str, float | None], faults: list[Fault]) -> float:
    if "block_time_seconds" in wanted:
        values["block_time_seconds"] = _value("block_time_seconds", wanted["block_time_seconds"], 1.0, faults)
    return values.get("block_time_seconds") or 1.0


def _value(name: str, given: object, block_time_seconds: float, faults: list[Fault]) -> float | None:
    """`given` in the unit that `name` ends with."""
    if given is None and name in _OPTIONAL:
        return None
    match = _NUMBER_WITH_UNIT.fullmatch(str(given).strip()) if not isinstance(given, bool) else None
    if match is None:
        faults.append(Fault(path=name, message=f"{given!r} is not a number", hint="3, 3blocks, 90s or 2m"))
        return None
    number, unit = float(match[1]), match[2]
    if number == 0 and name.endswith("_seconds"):
        faults.append(Fault(path=name, message="must be more than 0"))
        return 1.0
    return _converted(name, number, unit, block_time_seconds)


def _converted(name: str, number: float, unit: str | None, block_time_seconds: float) -> float:
    if unit is None:
        return number
    if unit.startswith("block"):
        return number * block_time_seconds if name.endswith("_seconds") else number
    seconds = number * _SECONDS[unit]
    return max(round(seconds / block_time_seconds), 1) if name.endswith("_blocks") else seconds


def _thresholds(values: Mapping[str, float | None]) -> Thresholds:
    def sure(name: str) -> float:
        value = values[name]
        assert value is not None
        return value

    def count(name: str) -> int | None:
        value = values[name]
        return None if value is None else int(value)

    return Thresholds(
        block_time_seconds=sure("block_time_seconds"),
        lag_warn_blocks=int(sure("lag_warn_blocks")),
        lag_critical_blocks=int(sure("lag_critical_blocks")),
        stall_warn_seconds=sure("stall_warn_seconds"),
        stall_critical_seconds=sure("stall_critical_seconds"),
        finality_stall_seconds=values["finality_stall_seconds"],
        finality_lag_blocks=count("finality_lag_blocks"),
        reorg_warn_blocks=int(sure("reorg_warn_blocks")),
        reorg_critical_blocks=count("reorg_critical_blocks"),
        peers_warn=count("peers_warn"),
        peers_out_warn=count("peers_out_warn"),
        fee_ratio=sure("fee_ratio"),
        fee_window_hours=int(sure("fee_window_hours")),
        mempool_full=sure("mempool_full"),
    )


def _ordered(limits: Thresholds) -> Thresholds:
    """`limits` when each warning comes before its critical value; raises Invalid otherwise."""
    faults = []
    if limits.lag_warn_blocks > limits.lag_critical_blocks:
        faults.append(Fault(path="lag_warn_blocks", message="is above lag_critical_blocks"))
    if limits.stall_warn_seconds > limits.stall_critical_seconds:
        faults.append(Fault(path="stall_warn_seconds", message="is above stall_critical_seconds"))
    if faults:
        raise Invalid(faults)
    return limits


def _confirmations(facts: ChainFacts | None) -> int:
    return int(facts.confirmations.value) if facts else 1
