"""How the members of Bitcoin Core's family differ: Bitcoin Cash, Zcash, Dogecoin, Litecoin, and newer Cores."""

from dataclasses import replace

import pytest

from monitors.chain_table import CHAIN_TABLE
from monitors.checks.bitcoin import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.nodes import is_old_version
from records.verdicts import VerdictKind
from tests.monitors.cast import ethereum, states
from tests.monitors.fakes.bitcoin import FakeBitcoin
from tests.monitors.fakes.watching import Watching

UNKNOWN_RULES = "Unknown new rules activated (versionbit 28)"
DEPRECATED = "This version will be deprecated at block height 3042000, and will stop working"


async def seen_by(client: Client, node: FakeBitcoin):
    return await look(Target(monitor="chain:x", name="x-1", url=node.url, deadline_seconds=2.0), Tools(client=client))


@pytest.mark.parametrize(
    ("warnings", "facts"),
    [
        ("", {}),
        ([], {}),
        ([""], {}),
        (None, {}),
        (7, {}),
        ("This is a pre-release test build", {"warns": True}),
        (["This is a pre-release test build"], {"warns": True}),
        (UNKNOWN_RULES, {"warns": True, "must_upgrade": "unknown_rules"}),
        (["something else", UNKNOWN_RULES], {"warns": True, "must_upgrade": "unknown_rules"}),
        (DEPRECATED, {"warns": True, "must_upgrade": "end_of_support"}),
    ],
)
async def test_warnings_are_read_as_text_and_as_list(client: Client, warnings, facts):
    async with FakeBitcoin() as node:
        node.warnings = warnings
        seen = await seen_by(client, node)
    assert {name: seen.facts[name] for name in ("warns", "must_upgrade") if name in seen.facts} == facts


@pytest.mark.parametrize(
    ("chain", "warning", "why"),
    [
        ("zcash", DEPRECATED, "its version will soon stop working: upgrade it"),
        ("bitcoin", [UNKNOWN_RULES], "the network follows rules that it does not know: upgrade it"),
    ],
)
async def test_a_node_that_says_it_is_too_old_serves_on_and_is_told(client: Client, chain, warning, why):
    facts = CHAIN_TABLE[chain]
    async with FakeBitcoin(identity=facts.network) as node:
        node.identity_block, node.warnings = facts.identity_block, warning
        outcome = await Watching(client, chain, [node]).round()
    assert states(outcome) == ["outdated"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL
    assert outcome.raw.facts["outdated"] == {"own-1": why}
    assert "3042000" not in outcome.raw.reasoning


async def test_a_node_of_bitcoin_is_on_the_wrong_chain_for_bitcoin_cash(client: Client):
    bitcoin, cash = CHAIN_TABLE["bitcoin"], CHAIN_TABLE["bitcoin-cash"]
    async with FakeBitcoin(identity=cash.network) as right, FakeBitcoin(identity=bitcoin.network) as wrong:
        right.identity_block = wrong.identity_block = cash.identity_block
        outcome = await Watching(client, "bitcoin-cash", [right, wrong]).round()
    assert states(outcome) == ["ok", "wrong_chain"]


@pytest.mark.parametrize(
    ("smart", "older", "wants_blocks", "fee"),
    [
        (0.0001, None, False, 10.0),
        (None, 0.00002, False, 2.0),
        (None, 0.00002, True, 2.0),
        (None, -1, False, None),
        (None, None, False, None),
        (-1, 0.00002, False, None),
    ],
)
async def test_the_fee_comes_from_the_call_that_the_node_knows(client: Client, smart, older, wants_blocks, fee):
    async with FakeBitcoin() as node:
        node.smart_fee, node.older_fee, node.older_wants_blocks = smart, older, wants_blocks
        seen = await seen_by(client, node)
    assert seen.fee == (None if fee is None else pytest.approx(fee))


@pytest.mark.parametrize(
    ("version", "is_old"),
    [
        ("Geth/v1.16.7-stable/linux-amd64/go1.25", False),
        ("Geth/v1.16.6-stable/linux-amd64/go1.25", True),
        ("geth/v1.9.26", True),
        ("Geth/v1.16", True),
        ("Geth/v1.100.0", False),
        ("/Satoshi:27.0.0/", True),
        ("/Satoshi:27.1.0/", False),
        ("Nethermind/v1.0.0", False),
        ("Notgeth/v1.0.0", False),
        ("", False),
        (None, False),
    ],
)
def test_versions_are_compared_by_their_numbers(version, is_old):
    monitor = replace(ethereum(1), min_versions=(("geth", "1.16.7"), ("Satoshi", "27.1")))
    assert is_old_version(monitor, version) is is_old
