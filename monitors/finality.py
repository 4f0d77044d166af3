"""Say whether blocks become final as they should, by time and by distance. Pure."""

from monitors.book import NodeBook
from monitors.settings import Thresholds

#: A rollup's node that has more blocks of its base layer to read than this is stuck, or its batches are (proxyd).
_BASE_BLOCKS_BEHIND = 10


def tells_finality(node: NodeBook) -> bool:
    """Whether the node shows anything of what becomes final or safe."""
    return node.finalized is not None or node.safe is not None or _base_behind(node) is not None


def late_finality(limits: Thresholds, node: NodeBook) -> str:
    """Why finality counts as late by what this node shows; empty when it does not.

    Two limits, because chains fail in two ways: final blocks stop coming (`finality_stall_seconds`), or they come but
    ever further behind (`finality_lag_blocks`).
    """
    age_seconds, limit_seconds = node.finalized_age_seconds, limits.finality_stall_seconds
    behind = _base_behind(node)
    if behind is not None and behind > _BASE_BLOCKS_BEHIND:
        return f"blocks come, but the rollup reads its base layer {behind} blocks late: batches, or their derivation"
    if node.safe is not None and limit_seconds is not None and node.safe_age_seconds > limit_seconds:
        return f"blocks come, but none became safe for {node.safe_age_seconds:.0f} s: on a rollup, no batch arrived"
    if node.finalized is None:
        return ""
    if limit_seconds is not None and age_seconds > limit_seconds:
        return f"blocks come, but none became final for {age_seconds:.0f} s"
    gap = (node.height or 0) - (node.finalized or 0)
    if limits.finality_lag_blocks is not None and gap > limits.finality_lag_blocks:
        return f"blocks come, but the newest final one is {gap} behind"
    return ""


def _base_behind(node: NodeBook) -> int | None:
    seen = node.usable_sample
    behind = None if seen is None else seen.facts.get("l1_blocks_behind")
    return behind if isinstance(behind, int) and not isinstance(behind, bool) else None
