"""How questions are shared, spared and led to the right network."""

import asyncio

import pytest

from monitors.chains import chain_monitor
from monitors.client import Client
from monitors.settings import Node, Role
from monitors.transactions.allowance import AT_ONCE, BURST
from monitors.transactions.enquiries import Enquiries
from records.transactions import Found, Why
from tests.monitors.fakes.evm import FakeEvm
from tests.monitors.transactions.asking import WELL, Asking, Clock, own

UNKNOWN = "0x" + "ab" * 32
BITCOIN_LIKE = "ab" * 32


def hash_of(number: int) -> str:
    return f"0x{number:064x}"


@pytest.fixture
async def node():
    async with FakeEvm() as made:
        made.changed = {"eth_getTransactionByHash": None, "eth_getTransactionReceipt": None}
        yield made


@pytest.fixture
def asking(client, node) -> Asking:
    return Asking(client, "ethereum", [own("eth-1", node.url)])


def asked_of(node: FakeEvm) -> int:
    return node.asked.count("eth_getTransactionByHash")


async def test_an_answer_is_given_again_for_a_while(asking, node):
    first = await asking.enquiries.ask("ethereum", UNKNOWN)
    assert await asking.enquiries.ask("ethereum", UNKNOWN.upper().replace("X", "x")) == first
    assert asked_of(node) == 1
    asking.clock.pass_by(6)
    await asking.enquiries.ask("ethereum", UNKNOWN)
    assert asked_of(node) == 2


async def test_equal_questions_at_one_moment_are_one(asking, node):
    answers = await asyncio.gather(*(asking.enquiries.ask("ethereum", UNKNOWN) for _ in range(50)))
    assert {answer.found for answer in answers} == {Found.NOT_SEEN}
    assert asked_of(node) == 1


async def test_whoever_leaves_does_not_take_the_answer_from_the_others(asking, node):
    first = asyncio.create_task(asking.enquiries.ask("ethereum", UNKNOWN))
    second = asyncio.create_task(asking.enquiries.ask("ethereum", UNKNOWN))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).found is Found.NOT_SEEN
    assert asked_of(node) == 1


async def test_nodes_are_spared_and_the_rest_hears_that_we_are_busy(asking, node):
    answers = await asyncio.gather(*(asking.enquiries.ask("ethereum", hash_of(n)) for n in range(10)))
    assert [answer.why for answer in answers].count(Why.BUSY) == 10 - AT_ONCE
    assert asked_of(node) == AT_ONCE
    for number in range(100, 100 + BURST):
        await asking.enquiries.ask("ethereum", hash_of(number))
    assert asked_of(node) == BURST
    asking.clock.pass_by(10)
    assert (await asking.enquiries.ask("ethereum", hash_of(200))).found is Found.NOT_SEEN


async def test_each_node_is_looked_at_once_for_several_questions(asking, node):
    for number in range(3):
        await asking.enquiries.ask("ethereum", hash_of(number))
    assert node.asked.count("eth_chainId") == 1


def several(client: Client, url: str = "http://127.0.0.1:1") -> Enquiries:
    """Networks of three forms, and one without a node of our own."""
    own_node = (own("one", url),)
    others = (Node(name="else", url=url, role=Role.REFERENCE),)
    chains = [("ethereum", own_node), ("polygon", own_node), ("bitcoin", own_node), ("litecoin", others)]
    monitors = [chain_monitor(chain=chain, nodes=nodes) for chain, nodes in chains]
    monitors.append(chain_monitor(chain="ethereum-beacon", nodes=own_node))
    clock = Clock()

    async def watched_of(_: str):
        return WELL

    return Enquiries(monitors, client, watched_of, needed={}, now=lambda: clock.now, monotonic=lambda: clock.monotonic)


def test_only_networks_with_nodes_of_our_own_and_with_transactions_can_be_asked_about(client):
    assert several(client).chains == ("ethereum", "polygon", "bitcoin")


async def test_the_network_is_recognised_where_the_form_leaves_one(client):
    answer = await several(client).ask(None, BITCOIN_LIKE)
    assert (answer.chain, answer.found) == ("bitcoin", Found.CANNOT_TELL)


async def test_where_the_form_leaves_several_the_asker_chooses(client):
    answer = await several(client).ask(None, UNKNOWN)
    assert (answer.found, answer.why, answer.suggestions) == (
        Found.CANNOT_TELL, Why.AMBIGUOUS, ("ethereum", "polygon"),
    )  # fmt: skip
    assert answer.hash == UNKNOWN


async def test_a_hash_of_another_network_is_led_there(client):
    answer = await several(client).ask("bitcoin", UNKNOWN)
    assert (answer.found, answer.suggestions) == (Found.NOT_A_HASH, ("ethereum", "polygon"))


@pytest.mark.parametrize(
    ("chain", "given", "found", "why"),
    [
        ("bitcoin", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", Found.NOT_A_HASH, Why.ADDRESS),
        (None, "0x" + "ab" * 20, Found.NOT_A_HASH, Why.ADDRESS),
        (None, "hello", Found.NOT_A_HASH, None),
        ("ethereum", "<script>", Found.NOT_A_HASH, None),
        ("dogecoin", BITCOIN_LIKE, Found.NOT_WATCHED, None),
        ("litecoin", BITCOIN_LIKE, Found.NOT_WATCHED, None),
    ],
)
async def test_what_is_no_hash_and_what_is_not_watched_is_told(client, chain, given, found, why):
    answer = await several(client).ask(chain, given)
    assert (answer.found, answer.why) == (found, why)
    assert answer.hash in ("", BITCOIN_LIKE)


async def test_one_not_seen_may_be_on_a_network_whose_hashes_look_alike(client, node):
    enquiries = several(client, node.url)
    answer = await enquiries.ask("ethereum", UNKNOWN)
    assert (answer.found, answer.suggestions) == (Found.NOT_SEEN, ("polygon",))
