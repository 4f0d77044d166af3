"""A process that watches one service and one chain: `python -m tests.monitors.watching_alone SERVICE_URL NODE_URL`.

Prints a line a round: the monitor and its verdict. A test stops it and lets it go on, as a host that sleeps does.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace

from monitors.chains import chain_monitor
from monitors.client import Client
from monitors.settings import Monitor, Node, ServiceMonitor
from monitors.watch import Watch
from records.observations import Observation
from records.verdicts import Verdict
from tests.monitors.cast import AT_ONCE

EVERY_SECONDS, DEADLINE_SECONDS, STALL_SECONDS = 0.2, 1.0, 4.0
#: Longer than three rounds, and than the chain may stand.
SLEEP_SECONDS = 4.5


def _fast(monitor: Monitor) -> Monitor:
    return replace(monitor, every_seconds=EVERY_SECONDS, deadline_seconds=DEADLINE_SECONDS, hysteresis=AT_ONCE)


async def main(service_url: str, node_url: str) -> None:
    async def on_round(monitor: str, seen: Sequence[Observation], verdict: Verdict, state: str) -> None:
        print(monitor, verdict.kind.value, flush=True)

    async def load_state(monitor: str) -> str | None:
        return None

    chain = chain_monitor(chain="ethereum", network="31337", nodes=(Node(name="eth-1", url=node_url),))
    limits = replace(chain.thresholds, stall_warn_seconds=STALL_SECONDS, stall_critical_seconds=STALL_SECONDS)
    service = ServiceMonitor(id="website", kind="http", url=service_url)
    watched = [_fast(service), _fast(replace(chain, thresholds=limits))]
    async with Client() as client:
        await Watch(monitors=watched, client=client, load_state=load_state, on_round=on_round).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
