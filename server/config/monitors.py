"""Turn settings into what the monitors work with, and say beforehand where the monitors would refuse."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from pydantic import ValidationError

from monitors import settings as watched
from monitors.chains import chain_monitor, thresholds_for
from monitors.checks import CHECKS
from records.errors import Fault, Invalid
from server.config.document import Place, path_of
from server.config.outline import Entry
from server.config.sections.chains import ChainSettings, Node, Thresholds
from server.config.sections.monitors import KINDS
from server.config.sections.reporting import AlertmanagerMonitor, HeartbeatMonitor, PushMonitor
from server.config.services import auth_of, hysteresis_of, service_monitor
from server.config.settings import Settings

#: Kinds of check that ask nodes of chains; the others watch services.
CHAIN_KINDS = tuple(kind for kind in CHECKS if kind not in KINDS)


def monitors_of(settings: Settings) -> tuple[watched.Monitor, ...]:
    """Everything that is watched: chains first, then services, each in the order of the file."""
    return (*chain_monitors(settings), *service_monitors(settings))


def chain_monitors(settings: Settings) -> tuple[watched.ChainMonitor, ...]:
    """The chains that are watched."""
    return tuple(_chain_monitor(chain) for chain in settings.chains)


def service_monitors(settings: Settings) -> tuple[watched.ServiceMonitor, ...]:
    """The services that are watched."""
    return tuple(service_monitor(monitor) for monitor in settings.monitors)


def recovery_times(settings: Settings) -> dict[str, timedelta]:
    """Per monitor id, how long checks must pass before its incident counts as over (job C4)."""
    chains = {f"chain:{chain.chain}": chain.hysteresis.recovery for chain in settings.chains}
    return chains | {monitor.id: monitor.hysteresis.recovery for monitor in settings.monitors}


def heartbeat_tokens(settings: Settings) -> dict[str, str]:
    """The id of the monitor that each token of `/hooks/heartbeat/<token>` belongs to."""
    return _tokens(settings, HeartbeatMonitor)


def push_tokens(settings: Settings) -> dict[str, str]:
    """The id of the monitor that each token of `/hooks/push/<token>` belongs to."""
    return _tokens(settings, PushMonitor)


def _tokens(settings: Settings, kind: type[HeartbeatMonitor] | type[PushMonitor]) -> dict[str, str]:
    return {one.token.get_secret_value(): one.id for one in settings.monitors if isinstance(one, kind)}


def alert_listeners(settings: Settings) -> dict[str, str]:
    """The token of `/hooks/alertmanager/<token>` that each monitor listens to; several may share one."""
    return {
        monitor.id: monitor.token.get_secret_value()
        for monitor in settings.monitors
        if isinstance(monitor, AlertmanagerMonitor)
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
        hysteresis=hysteresis_of(chain.hysteresis, watched.Hysteresis()),
        deadline_seconds=chain.timeout.total_seconds(),
        min_versions=chain.min_versions,
        explorer=chain.explorer,
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
        **auth_of(node.auth),
    )
