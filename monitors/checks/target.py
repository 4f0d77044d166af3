"""What a check is given: whom to look at, and with which tools."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from monitors.client import Client, CouldNotSee
from monitors.inbox import Inbox
from monitors.settings import Expect
from monitors.wishes import Wish
from records.findings import Sighting
from records.observations import Observation, Seen
from records.times import now_utc


@dataclass(frozen=True, kw_only=True)
class Target:
    """One thing to look at. What could betray it stays out of `repr`."""

    #: Id of the monitor, e.g. `chain:bitcoin`.
    monitor: str
    #: Configured name, e.g. `btc-1`.
    name: str
    url: str = field(default="", repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: For one request; the loop bounds the whole look by the same time.
    deadline_seconds: float = 5.0
    expect: Expect = field(default_factory=Expect)
    #: What is particular to the kind of check.
    wish: Wish | None = None
    grace_seconds: float = 300.0
    #: Height whose hash tells the network.
    identity_block: int = 0
    #: On chains too fast to see every block: heights that all nodes are asked for, so that they can be compared.
    landmark_blocks: int = 16


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A document as it was last read."""

    #: By these its server tells whether it changed; None where it did not say.
    etag: str | None
    last_modified: str | None
    #: What was read in it.
    sighting: Sighting


@dataclass(kw_only=True)
class Memory:
    """What a check remembers of one target between looks. Lost on restart, and may be."""

    refuses_batches: bool = False
    #: Which of several languages it speaks, where a family has more than one; empty until it answered in one.
    dialect: str = ""
    #: The node's own chain as far as we saw it: height to hash.
    hashes: dict[int, str] = field(default_factory=dict)
    #: What is asked seldom, by name: when it was asked, when it was last answered (monotonic), and the answer.
    seldom: dict[str, tuple[float, float, object]] = field(default_factory=dict)
    #: The document that was read last, where its server can tell whether it changed.
    edition: Edition | None = None


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a check works with."""

    client: Client
    memory: Memory = field(default_factory=Memory)
    #: What others told us by themselves; None where nobody can.
    inbox: Inbox | None = None
    now: Callable[[], datetime] = now_utc


class Check(Protocol):
    """Looks at a target and says what it saw, including "could not see". Never judges, nor raises for a sick one."""

    async def __call__(self, target: Target, tools: Tools) -> Observation:
        """One look."""
        ...


def saw(
    target: Target,
    tools: Tools,
    facts: Mapping[str, str | int | float | bool],
    *,
    latency_ms: float | None,
    note: str = "",
) -> Observation:
    """The observation that a good look at a service amounts to."""
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=latency_ms,
        note=note,
        facts=dict(facts),
    )


def could_not_see(target: Target, tools: Tools, error: CouldNotSee) -> Observation:
    """The observation that a failed look amounts to."""
    facts: dict[str, str | int | float | bool] = {}
    if error.refused:
        facts["refused"] = True
    if error.retry_after_seconds is not None:
        facts["retry_after_seconds"] = error.retry_after_seconds
    if error.code is not None and abs(error.code) < 1 << 31:
        facts["code"] = error.code
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=error.seen,
        latency_ms=error.latency_ms,
        note=error.note,
        facts=facts,
    )
