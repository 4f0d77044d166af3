"""Derive from a monitor what its check looks at."""

import math

from monitors.checks.target import Target
from monitors.settings import ChainMonitor, Monitor, Node, ServiceMonitor

_FEWEST_LANDMARK_BLOCKS = 8


def targets_of(monitor: Monitor) -> list[Target]:
    """One target per node of a chain; one for a service."""
    if isinstance(monitor, ServiceMonitor):
        return [_service(monitor)]
    return [_node(monitor, node) for node in monitor.nodes]


def _service(monitor: ServiceMonitor) -> Target:
    return Target(
        monitor=monitor.id,
        name=monitor.id,
        url=monitor.url,
        user=monitor.user,
        password=monitor.password,
        bearer=monitor.bearer,
        headers=monitor.headers,
        deadline_seconds=monitor.deadline_seconds,
        expect=monitor.expect,
        wish=monitor.wish,
        grace_seconds=monitor.grace_seconds,
    )


def _node(monitor: ChainMonitor, node: Node) -> Target:
    return Target(
        monitor=monitor.id,
        name=node.name,
        url=node.url,
        user=node.user,
        password=node.password,
        bearer=node.bearer,
        headers=node.headers,
        deadline_seconds=monitor.deadline_seconds,
        identity_block=monitor.identity_block,
        landmark_blocks=landmark_blocks(monitor),
    )


def landmark_blocks(monitor: ChainMonitor) -> int:
    """Distance of the heights that every node is asked for: two per look, so that late nodes can be compared too."""
    per_look = monitor.every_seconds / monitor.thresholds.block_time_seconds
    return max(_FEWEST_LANDMARK_BLOCKS, 2 * math.ceil(per_look))
