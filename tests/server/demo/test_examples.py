"""The demo shows every answer that its page of docs promises."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitors.client import Client
from records.transactions import Answer, FeeLevel, Found, Why
from server.demo.chain import GENESIS_SECONDS, Family
from server.demo.examples import EXAMPLES, FADES_SECONDS, Kind
from server.demo.network import Network
from server.demo.node import Fault
from server.demo.settings import CHAINS
from tests.monitors.transactions.asking import Asking, own

DOCS = Path(__file__).parent.parent.parent.parent / "docs" / "demo.md"


class World:
    """One network of the demo on a clock of the test's, and our nodes there."""

    def __init__(self, name: str, client: Client) -> None:
        facts = next(each for each in CHAINS if each.facts.name == name)
        self.now = float(GENESIS_SECONDS + 3_000_000)
        self.network = Network(
            facts.facts, own=facts.own, others=facts.others, credited_after=facts.confirmations, clock=lambda: self.now
        )
        self.family = facts.facts.family
        self._client, self._needed, self._name = client, facts.confirmations, name

    async def __aenter__(self) -> "World":
        await self.network.open()
        nodes = [own(host.node.name, host.wire.url) for host in self.network.hosts if host.node.own]
        self._asking = Asking(self._client, self._name, nodes, needed=self._needed)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.network.close()

    async def about(self, kind: Kind) -> Answer:
        example = next(each for each in EXAMPLES if each.kind is kind)
        return await self._asking.about(example.hash(self.family))


@pytest.fixture
async def ethereum(client: Client) -> AsyncIterator[World]:
    async with World("ethereum", client) as world:
        yield world


@pytest.fixture
async def bitcoin(client: Client) -> AsyncIterator[World]:
    async with World("bitcoin", client) as world:
        yield world


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client() as made:
        yield made


async def test_ethereum_shows_each_answer(ethereum):
    waits, cheap = await ethereum.about(Kind.WAITS), await ethereum.about(Kind.CHEAP)
    assert (waits.found, waits.fee_level) == (Found.WAITING, FeeLevel.ENOUGH)
    assert (cheap.found, cheap.fee_level) == (Found.WAITING, FeeLevel.BELOW)
    assert (await ethereum.about(Kind.WAITS_ITS_TURN)).earlier_missing
    assert (await ethereum.about(Kind.FINAL)).found is Found.FINAL
    assert (await ethereum.about(Kind.FAILED)).found is Found.FAILED
    replaced = await ethereum.about(Kind.REPLACED)
    assert (replaced.found, replaced.replaced_by) == (Found.REPLACED, "0x" + "c1" * 32)


async def test_bitcoin_shows_each_answer(bitcoin):
    cheap = await bitcoin.about(Kind.CHEAP)
    assert (cheap.found, cheap.fee_level, cheap.can_raise) == (Found.WAITING, FeeLevel.BELOW, True)
    assert (await bitcoin.about(Kind.WAITS)).fee_level is FeeLevel.ENOUGH
    assert (await bitcoin.about(Kind.FINAL)).found is Found.FINAL
    assert (await bitcoin.about(Kind.LEFT)).found is Found.REORGANISED
    assert (await bitcoin.about(Kind.REPLACED)).found is Found.NOT_SEEN


@pytest.mark.parametrize("name", ["ethereum", "bitcoin", "polygon", "litecoin"])
async def test_one_gathers_confirmations_until_it_is_confirmed(client, name):
    async with World(name, client) as world:
        seen = []
        for _ in range(20):
            answer = await world.about(Kind.COUNTS)
            assert answer.found in (Found.CONFIRMING, Found.FINAL)
            seen.append(answer.confirmations or 0)
            world.now += world.network.chain.facts.pace_seconds
    assert 1 in seen
    assert answer.needed is not None
    assert max(seen) >= answer.needed


async def test_one_fades_and_was_dropped(ethereum):
    if (await ethereum.about(Kind.FADES)).found is Found.NOT_SEEN:
        ethereum.now += FADES_SECONDS
    assert (await ethereum.about(Kind.FADES)).found is Found.WAITING
    ethereum.now += FADES_SECONDS
    assert (await ethereum.about(Kind.FADES)).found is Found.DROPPED


async def test_broken_nodes_never_say_not_seen(ethereum):
    ours = [host for host in ethereum.network.hosts if host.node.own]
    await ours[0].set_fault(Fault.FORK)
    ethereum.now += 60
    answer = await ethereum.about(Kind.COUNTS)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.SPLIT)
    for host in ours:
        await host.set_fault(Fault.KILL)
    answer = await ethereum.about(Kind.FINAL)
    assert (answer.found, answer.why) == (Found.CANNOT_TELL, Why.UNREACHABLE)


def test_the_docs_list_each_example():
    told = re.findall(r"^\| `([0-9a-f]{2})`", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == [each.pair for each in EXAMPLES]
    assert all(each.families <= frozenset(Family) for each in EXAMPLES)
