"""What earlier answers taught us, in memory and bounded: without it nobody could say that a transaction is gone.

It holds what the chain itself publishes, and nothing of who asked or how often.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from monitors.transactions.combine import NodeSaw
from monitors.transactions.sight import Saw, Sight, Trace

_MOST = 4_000
_KEPT = timedelta(days=1)
_THERE = frozenset({Sight.WAITING, Sight.INCLUDED, Sight.FAILED})


class Traces:
    """By chain and hash; those not asked for longest go first."""

    def __init__(self) -> None:
        self._traces: OrderedDict[tuple[str, str], Trace] = OrderedDict()

    def find(self, chain: str, hash_: str, now: datetime) -> Trace | None:
        """What is known; None when it is nothing, or too old."""
        trace = self._traces.get((chain, hash_))
        return trace if trace is not None and now - trace.at <= _KEPT else None

    def note(self, chain: str, hash_: str, nodes: list[NodeSaw], now: datetime) -> None:
        """Take in what was seen just now; what was not seen leaves what is known as it was."""
        seen = [each.saw for each in nodes if each.saw is not None and each.saw.sight in _THERE]
        if not seen:
            return
        before = self._traces.get((chain, hash_))
        self._traces[chain, hash_] = _grown(before, seen, now)
        self._traces.move_to_end((chain, hash_))
        while len(self._traces) > _MOST:
            self._traces.popitem(last=False)


def _grown(before: Trace | None, seen: list[Saw], now: datetime) -> Trace:
    known = before or Trace(at=now)
    in_block = next((saw for saw in seen if saw.sight is not Sight.WAITING), None)
    by_sender = next((saw for saw in seen if saw.sender is not None), None)
    return Trace(
        at=now,
        sender=by_sender.sender if by_sender else known.sender,
        nonce=by_sender.nonce if by_sender else known.nonce,
        inputs=next((saw.inputs for saw in seen if saw.inputs), known.inputs),
        # While it waits again, the block that it was in stays known.
        block_height=in_block.block_height if in_block else known.block_height,
        block_hash=in_block.block_hash if in_block else known.block_hash,
    )
