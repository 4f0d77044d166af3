"""Break real Ethereum nodes in every way we know: the right states are shown, the right words said, and it heals."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest

from monitors.client import Client
from records.store.engine import Store
from tests.nodes import AnvilChain
from tests.server.vigil import FINE, Trouble, Vigil, watched

CHAIN_ID = 31337
CONFIRMATIONS = 12
#: Two nodes of ours, two of others.
NAMES = ("own-1", "own-2", "ref-1", "ref-2")
OURS = (0, 1)

DELAYED = "Ethereum deposits and withdrawals are delayed"
STOPPED = "Ethereum deposits and withdrawals do not work"
NO_WAY_OUT = "Ethereum withdrawals do not work, deposits are delayed"
OUR_CONNECTION = "Our connection to the Ethereum network has a problem. The network itself works."
ONE_SERVES = "1 of 2 own nodes serve"
NONE_SERVES = "none of 2 own nodes is usable while references advance"


@pytest.fixture
def engine() -> str:
    """One engine is enough here: what is kept of a round is tested on both elsewhere."""
    return "sqlite"


@pytest.fixture
def chain() -> Iterator[AnvilChain]:
    with AnvilChain(4, age_seconds=60) as made:
        made.mine(30)
        yield made


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client() as opened:
        yield opened


@pytest.fixture
async def vigil(store: Store, client: Client, chain: AnvilChain) -> Vigil:
    """A watch over the four nodes that has seen all well."""
    nodes = [
        {"name": name, "url": node.url, "role": "own" if name.startswith("own") else "reference"}
        for name, node in zip(NAMES, chain.nodes, strict=True)
    ]
    settings = watched("ethereum", nodes, chain_id=CHAIN_ID, every="6s", confirmations=CONFIRMATIONS)
    made = Vigil.over(store, client, settings, chain.mine)
    await made.settle()
    return made


def _standstill() -> None:
    """No block comes."""


async def test_a_halt_of_the_network(vigil: Vigil, chain: AnvilChain):
    vigil.live = _standstill
    await vigil.suffer(
        Trouble(
            states="stalled stalled stalled stalled",
            kind="network_halt",
            via=(("degraded_performance", "degraded_performance"),),
            shown=("major_outage", "major_outage"),
            because=("no node, ours or others', saw a new block for",),
            told=(STOPPED, "The Ethereum network has made no new blocks since"),
        )
    )
    vigil.live = chain.mine
    await vigil.heal()


async def test_one_own_node_that_lags_is_the_operators_business_alone(vigil: Vigil, chain: AnvilChain):
    chain.mine(10, skip=[0])
    vigil.live = partial(chain.mine, skip=[0])
    await vigil.suffer(
        Trouble(
            states="lagging ok ok ok",
            kind="operational",
            shown=FINE,
            because=(ONE_SERVES, "own-1: 11 blocks behind the reference head"),
            within=1,
        )
    )
    chain.catch_up(0)
    vigil.live = chain.mine
    await vigil.heal()


async def test_all_own_nodes_lag(vigil: Vigil, chain: AnvilChain):
    def live() -> None:
        chain.mine(skip=OURS)
        for position in OURS:
            chain.catch_up(position, most=1)

    chain.mine(20, skip=OURS)
    vigil.live = live
    await vigil.suffer(
        Trouble(
            states="lagging lagging ok ok",
            kind="our_side",
            shown=("degraded_performance", "degraded_performance"),
            because=(NONE_SERVES, "own-1: 20 blocks behind", "own-2: 20 blocks behind"),
            told=(DELAYED, OUR_CONNECTION),
            within=3,
        )
    )
    for position in OURS:
        chain.catch_up(position)
    vigil.live = chain.mine
    await vigil.heal()


async def test_one_own_node_on_another_network(vigil: Vigil, chain: AnvilChain):
    chain.nodes[0].set_chain_id(1)
    await vigil.suffer(
        Trouble(
            states="wrong_chain ok ok ok",
            kind="operational",
            shown=FINE,
            because=(ONE_SERVES, "own-1: it is on another network"),
            within=1,
        )
    )
    chain.nodes[0].set_chain_id(CHAIN_ID)
    await vigil.heal()


async def test_all_own_nodes_on_another_network_is_certain_at_once(vigil: Vigil, chain: AnvilChain):
    for position in OURS:
        chain.nodes[position].set_chain_id(1)
    await vigil.suffer(
        Trouble(
            states="wrong_chain wrong_chain ok ok",
            kind="our_side",
            shown=("degraded_performance", "major_outage"),
            because=(NONE_SERVES, "own-1: it is on another network", "own-2: it is on another network"),
            told=(NO_WAY_OUT, OUR_CONNECTION),
            within=1,
        )
    )
    for position in OURS:
        chain.nodes[position].set_chain_id(CHAIN_ID)
    await vigil.heal()


async def test_all_own_nodes_are_killed(vigil: Vigil, chain: AnvilChain):
    for position in OURS:
        chain.nodes[position].kill()
    vigil.live = partial(chain.mine, skip=OURS)
    await vigil.suffer(
        Trouble(
            states="unreachable unreachable ok ok",
            kind="our_side",
            shown=("degraded_performance", "major_outage"),
            because=(NONE_SERVES, "own-1: the connection was refused", "own-2: the connection was refused"),
            told=(NO_WAY_OUT, OUR_CONNECTION),
            within=3,
        )
    )
    await vigil.suffer_more(
        Trouble(
            states="unreachable unreachable ok ok",
            kind="our_side",
            via=(("degraded_performance", "major_outage"),),
            shown=("major_outage", "major_outage"),
            because=(NONE_SERVES,),
            told=(STOPPED, OUR_CONNECTION),
        )
    )
    for position in OURS:
        chain.begin_anew(position)
    vigil.live = chain.mine
    await vigil.heal()


async def test_all_own_nodes_freeze(vigil: Vigil, chain: AnvilChain):
    for position in OURS:
        chain.nodes[position].freeze()
    vigil.live = partial(chain.mine, skip=OURS)
    await vigil.suffer(
        Trouble(
            states="unreachable unreachable ok ok",
            kind="our_side",
            shown=("degraded_performance", "major_outage"),
            because=(NONE_SERVES, "own-1: no whole answer in time", "own-2: no whole answer in time"),
            told=(NO_WAY_OUT, OUR_CONNECTION),
            within=3,
        )
    )
    for position in OURS:
        chain.nodes[position].thaw()
        chain.catch_up(position)
    vigil.live = chain.mine
    await vigil.heal()


async def test_when_all_freeze_we_are_blind_and_what_is_shown_stays(vigil: Vigil, chain: AnvilChain):
    for node in chain.nodes:
        node.freeze()
    vigil.live = _standstill
    await vigil.suffer(
        Trouble(
            states="unreachable unreachable unreachable unreachable",
            kind="blind",
            shown=FINE,
            because=("every look of every monitor failed",),
            within=1,
        )
    )
    for node in chain.nodes:
        node.thaw()
    vigil.live = chain.mine
    await vigil.heal()


async def test_one_own_node_on_a_branch_of_its_own_is_outvoted(vigil: Vigil, chain: AnvilChain):
    chain.mine(2, skip=[0])
    chain.mine_apart(0, 2)
    vigil.live = partial(chain.mine, skip=[0])
    await vigil.suffer(
        Trouble(
            states="forked ok ok ok",
            kind="operational",
            shown=FINE,
            because=(ONE_SERVES, "own-1: it holds 2 blocks that the majority does not"),
            within=1,
        )
    )
    chain.begin_anew(0)
    vigil.live = chain.mine
    await vigil.heal()


async def test_a_split_in_two_halves_closes_both_ways_at_once(vigil: Vigil, chain: AnvilChain):
    chain.mine(2, skip=[1, 3])
    for position in (1, 3):
        chain.mine_apart(position, 2)
    vigil.live = _standstill
    await vigil.suffer(
        Trouble(
            states="ok ok ok ok",
            kind="chain_split",
            shown=("major_outage", "major_outage"),
            because=("nodes hold different blocks at height", "neither side is a majority"),
            told=(STOPPED, "Parts of the Ethereum network disagree about which blocks are valid"),
            within=1,
        )
    )
    for position in (1, 3):
        chain.begin_anew(position)
    vigil.live = chain.mine
    await vigil.heal()


async def test_a_reorganisation_of_three_blocks_is_told_to_operators_alone(vigil: Vigil, chain: AnvilChain):
    await vigil.watch_on(rounds=CONFIRMATIONS)
    chain.reorganise(3)
    outcome = await vigil.suffer(
        Trouble(
            states="ok ok ok ok",
            kind="operational",
            shown=FINE,
            because=("2 of 2 own nodes serve", "a reorganisation of 3 blocks was seen"),
            within=1,
        )
    )
    assert outcome.verdict.facts["reorg_depth"] == 3
    await vigil.until(lambda outcome: "reorganisation" not in outcome.verdict.reasoning, "blocks enough on top")


async def test_a_reorganisation_deeper_than_a_deposit_waits_stops_crediting(vigil: Vigil, chain: AnvilChain):
    await vigil.watch_on(rounds=CONFIRMATIONS)
    chain.reorganise(CONFIRMATIONS)
    outcome = await vigil.suffer(
        Trouble(
            states="ok ok ok ok",
            kind="deep_reorg",
            shown=("partial_outage", "operational"),
            because=(f"the network replaced its last {CONFIRMATIONS} blocks", "a person should stop crediting"),
            told=("Ethereum deposits are delayed", "has replaced some of its recent blocks"),
            within=1,
        )
    )
    assert outcome.verdict.facts["reorg_depth"] == CONFIRMATIONS
    # The new branch must be as deep as a deposit waits, and that must be seen for sure.
    await vigil.heal(at_least=CONFIRMATIONS - 2 + 3)
