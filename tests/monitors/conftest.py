"""What the monitors' tests ask for: a client, a server that misbehaves, and real nodes."""

from collections.abc import AsyncIterator, Iterator

import pytest

from monitors.client import Client
from tests.monitors.fault_server import FaultServer
from tests.nodes import AnvilChain, LitecoinPair


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client() as opened:
        yield opened


@pytest.fixture
async def faults() -> AsyncIterator[FaultServer]:
    async with FaultServer() as server:
        yield server


@pytest.fixture
def anvils() -> Iterator[AnvilChain]:
    """Three EVM nodes at height 20 with the same hashes."""
    with AnvilChain(3) as chain:
        chain.mine(20)
        yield chain


@pytest.fixture
def litecoins() -> Iterator[LitecoinPair]:
    """Two Litecoin nodes at height 20 that know each other."""
    with LitecoinPair() as pair:
        pair.mine(20)
        yield pair
