"""Look at a Cardano node through Ogmios, the bridge that speaks for it (`GET /health`).

The bridge shows the newest block and none before it. Two blocks for one height are everyday business on this chain,
and which of them was left cannot be asked afterwards, so no hashes are handed over for comparison: a simulation showed
that what is remembered of lost blocks looks like forks several times a day. A branch of its own shows as lag.
"""

import time
from collections.abc import Mapping
from datetime import datetime

from monitors.checks.rest import ask_state
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, iso_moment, moment, number, table, whole, words
from records.observations import Observation, Seen

#: Time of slot 0 if all slots had lasted one second, in seconds since 1970. Before Shelley a slot lasted twenty.
_SLOT_ZERO_SECONDS = {"mainnet": 1_591_566_291, "preprod": 1_655_683_200, "preview": 1_666_656_000}
#: Below this share of its chain the node is still fetching: on the main network some hours (ours).
_SYNCHRONISED = 0.9999


async def look(target: Target, tools: Tools) -> Observation:
    """One call."""
    try:
        # 202 says that the node is still fetching, 500 that the bridge has lost it; the document says more.
        document, latency_ms = await ask_state(target, tools, "/health")
        health = table(document)
        tip = _tip(health, latency_ms)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    height, head, slot = tip
    network = words(health.get("network"), longest=40)
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=latency_ms,
        height=height,
        head_hash=head,
        block_at=_block_at(network, slot) or iso_moment(health.get("lastTipUpdate")),
        network=network,
        version=_version(health),
        facts=_facts(tools, health),
    )


def _tip(health: Mapping[str, object], latency_ms: float) -> tuple[int, str, int | None]:
    """Height, id and slot of the newest block.

    Raises CouldNotSee when the bridge has lost its node, for its figures then freeze at what they were, and while the
    node has shown no block yet. Releases before 6 call height and id otherwise.
    """
    if health.get("connectionStatus") == "disconnected":
        note = "the bridge answers, but it has lost its node"
        raise CouldNotSee(Seen.TRANSPORT, note, latency_ms=latency_ms, refused=True)
    if "lastKnownTip" in health and health["lastKnownTip"] in (None, "origin"):
        raise CouldNotSee(Seen.WARMING, "the node has shown no block yet: it is starting", latency_ms=latency_ms)
    tip = table(health.get("lastKnownTip"))
    height, head = whole(tip.get("height", tip.get("blockNo"))), block_hash(tip.get("id", tip.get("hash")))
    if height is None or head is None:
        raise CouldNotSee(Seen.GARBAGE, "the newest block is not a block", latency_ms=latency_ms)
    return height, head, whole(tip.get("slot"))


def _block_at(network: str | None, slot: int | None) -> datetime | None:
    """When the slot was, on the networks whose calendar we know."""
    zero = _SLOT_ZERO_SECONDS.get(network or "")
    return None if zero is None or slot is None else moment(zero + slot)


def _version(health: Mapping[str, object]) -> str | None:
    version = words(health.get("version"), longest=60)
    return None if version is None else f"ogmios/{version}"


def _facts(tools: Tools, health: Mapping[str, object]) -> dict[str, str | int | float | bool]:
    facts: dict[str, str | int | float | bool] = {}
    share, updated_at = number(health.get("networkSynchronization")), iso_moment(health.get("lastTipUpdate"))
    if share is not None and 0 <= share <= 1:
        facts["synchronised"] = share
        if share < _SYNCHRONISED:
            facts["syncing"] = True
    if updated_at is not None:
        facts["tip_update_age_seconds"] = round((tools.now() - updated_at).total_seconds())
    return facts
