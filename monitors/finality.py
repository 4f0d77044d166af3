"""Say whether blocks become final as they should, by time and by distance. Pure."""

from monitors.book import NodeBook
from monitors.settings import Thresholds


def late_finality(limits: Thresholds, node: NodeBook) -> str:
    """Why finality counts as late by what this node shows; empty when it does not.

    Two limits, because chains fail in two ways: final blocks stop coming (`finality_stall_seconds`), or they come but
    ever further behind (`finality_lag_blocks`).
    """
    age_seconds, limit_seconds = node.finalized_age_seconds, limits.finality_stall_seconds
    if limit_seconds is not None and age_seconds > limit_seconds:
        return f"blocks come, but none became final for {age_seconds:.0f} s"
    gap = (node.height or 0) - (node.finalized or 0)
    if limits.finality_lag_blocks is not None and gap > limits.finality_lag_blocks:
        return f"blocks come, but the newest final one is {gap} behind"
    return ""
