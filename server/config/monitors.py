"""Turn settings into what the monitors work with, and say beforehand where the monitors would refuse."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from monitors import settings as watched
from monitors.chains import chain_monitor, thresholds_for
from monitors.checks import CHECKS
from records.errors import Fault, Invalid
from server.config.document import Place, path_of
from server.config.outline import Entry
from server.config.sections.chains import Auth, ChainHysteresis, ChainSettings, Hysteresis, Node, Thresholds
from server.config.sections.monitors import KINDS, HeartbeatMonitor, HttpMonitor, Monitor
from server.config.settings import Settings

#: Kinds of check that ask nodes of chains; the others watch services.
CHAIN_KINDS = tuple(kind for kind in CHECKS if kind not in KINDS)

_SERVICE_HYSTERESIS = watched.ServiceMonitor(id="", kind="").hysteresis
#: The grace is patience enough: the first look after it counts, and so does the first beat.
_HEARTBEAT_HYSTERESIS = replace(_SERVICE_HYSTERESIS, worse_after=1, better_after=1)
#: How often the clock is compared with the last beat, however seldom the job reports.
_HEARTBEAT_LOOK_SECONDS = 30.0


def monitors_of(settings: Settings) -> tuple[watched.Monitor, ...]:
    """Everything that is watched: chains first, then services, each in the order of the file."""
    return (*chain_monitors(settings), *service_monitors(settings))


def chain_monitors(settings: Settings) -> tuple[watched.ChainMonitor, ...]:
    """The chains that are watched."""
    return tuple(_chain_monitor(chain) for chain in settings.chains)


def service_monitors(settings: Settings) -> tuple[watched.ServiceMonitor, ...]:
    """The services that are watched."""
    return tuple(_service_monitor(monitor) for monitor in settings.monitors)


def recovery_times(settings: Settings) -> dict[str, timedelta]:
    """Per monitor id, how long checks must pass before its incident counts as over (job C4)."""
    chains = {f"chain:{chain.chain}": chain.hysteresis.recovery for chain in settings.chains}
    return chains | {monitor.id: monitor.hysteresis.recovery for monitor in settings.monitors}


def heartbeat_tokens(settings: Settings) -> dict[str, str]:
    """The id of the monitor that each token of `/hooks/heartbeat/<token>` belongs to."""
    return {
        monitor.token.get_secret_value(): monitor.id
        for monitor in settings.monitors
        if isinstance(monitor, HeartbeatMonitor)
    }


def chain_faults(root: Entry) -> Iterator[tuple[Place, Fault]]:
    """What the monitors find wrong in each chain that is well-formed by itself: unknown names, limits out of order."""
    for entry in root.entries("chains"):
        try:
            chain = ChainSettings.model_validate(entry.data)
        except ValidationError:
            continue  # reported already
        if chain.kind is not None and chain.kind not in CHAIN_KINDS:
            place = (*entry.place, "kind")
            message = f"`{chain.kind}` is no kind of node we can ask"
            yield place, Fault(path=path_of(place), message=message, hint=f"known kinds: {', '.join(CHAIN_KINDS)}")
            continue
        yield from _refusals(chain, entry)


def _refusals(chain: ChainSettings, entry: Entry) -> Iterator[tuple[Place, Fault]]:
    """The chain's own refusals, then those of nodes with limits of their own."""
    bare = chain.model_copy(update={"nodes": ()})
    try:
        _chain_monitor(bare)
    except Invalid as error:
        for fault in error.faults:
            yield _placed(fault, entry.place)
        return
    for index, node in enumerate(chain.nodes):
        try:
            _node(node, chain)
        except Invalid as error:
            for fault in error.faults:
                yield _placed(fault, (*entry.place, "nodes", index))


def _placed(fault: Fault, place: Place) -> tuple[Place, Fault]:
    """A fault of the monitors, which know only a chain's keys, at its place in the file."""
    inner = (fault.path,) if fault.path in ChainSettings.model_fields else ("thresholds", fault.path)
    hint = fault.hint or "docs/configuration.md says what is usual on each chain"
    return (*place, *inner), replace(fault, path=path_of((*place, *inner)), hint=hint)


def _chain_monitor(chain: ChainSettings) -> watched.ChainMonitor:
    return chain_monitor(
        chain=chain.chain,
        kind=chain.kind,
        network=None if chain.chain_id is None else str(chain.chain_id),
        nodes=tuple(_node(node, chain) for node in chain.nodes),
        every_seconds=chain.every.total_seconds() if chain.every else None,
        confirmations=chain.confirmations,
        thresholds=_given(chain.thresholds),
        hysteresis=_hysteresis(chain.hysteresis, watched.Hysteresis()),
        deadline_seconds=chain.timeout.total_seconds(),
    )


def _given(thresholds: Thresholds) -> Mapping[str, object]:
    """Only the limits that the file names: null there means "switched off", which is not "not given"."""
    return {name: getattr(thresholds, name) for name in thresholds.model_fields_set}


def _node(node: Node, chain: ChainSettings) -> watched.Node:
    own = _given(node.thresholds)
    return watched.Node(
        name=node.name,
        url=node.url.get_secret_value(),
        role=watched.Role(node.role),
        thresholds=thresholds_for(chain.chain, {**_given(chain.thresholds), **own}) if own else None,
        **_auth(node.auth),
    )


def _auth(auth: Auth) -> dict[str, Any]:
    return {
        "user": auth.username,
        "password": auth.password.get_secret_value() if auth.password else None,
        "bearer": auth.token.get_secret_value() if auth.token else None,
        "headers": {name: value.get_secret_value() for name, value in auth.headers.items()},
    }


def _hysteresis(wanted: Hysteresis, usual: watched.Hysteresis) -> watched.Hysteresis:
    """`usual` with what is given put over it."""
    given = {
        "worse_after": wanted.worse_after,
        "worse_for_seconds": wanted.worse_for.total_seconds() if wanted.worse_for is not None else None,
        "better_after": wanted.better_after,
        "better_blocks": wanted.better_blocks if isinstance(wanted, ChainHysteresis) else None,
        "flip_limit": wanted.flip_limit,
        "flip_window_seconds": wanted.flip_window.total_seconds() if wanted.flip_window is not None else None,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(usual, **changes)


def _service_monitor(monitor: Monitor) -> watched.ServiceMonitor:
    if isinstance(monitor, HeartbeatMonitor):
        return _heartbeat_monitor(monitor)
    kept = watched.ServiceMonitor(
        id=monitor.id,
        kind=monitor.kind,
        component=monitor.component,
        every_seconds=monitor.every.total_seconds(),
        deadline_seconds=monitor.timeout.total_seconds(),
        hysteresis=_hysteresis(monitor.hysteresis, _SERVICE_HYSTERESIS),
    )
    slow_ms = monitor.expect.slow_after.total_seconds() * 1000 if monitor.expect.slow_after else None
    if isinstance(monitor, HttpMonitor):
        expect = watched.Expect(
            status=monitor.expect.status,
            contains=monitor.expect.contains,
            json=monitor.expect.json_values,
            slow_ms=slow_ms,
        )
        return replace(kept, url=monitor.target.get_secret_value(), expect=expect, **_auth(monitor.auth))
    return replace(kept, url=monitor.target, expect=watched.Expect(slow_ms=slow_ms))


def _heartbeat_monitor(monitor: HeartbeatMonitor) -> watched.ServiceMonitor:
    every_seconds = monitor.every.total_seconds()
    return watched.ServiceMonitor(
        id=monitor.id,
        kind=monitor.kind,
        component=monitor.component,
        every_seconds=min(every_seconds, _HEARTBEAT_LOOK_SECONDS),
        # Counted from the last beat: it is missing when the next one is overdue by the grace.
        grace_seconds=every_seconds + monitor.grace.total_seconds(),
        hysteresis=_hysteresis(monitor.hysteresis, _HEARTBEAT_HYSTERESIS),
    )
