"""Defaults per chain and what an operator may put over them."""

import dataclasses
import math

import pytest

from monitors.chain_facts import Sourced
from monitors.chain_table import CHAIN_TABLE
from monitors.chains import chain_monitor, thresholds_for, usual_every_seconds
from monitors.checks import CHAIN_CHECKS
from monitors.explorers import EXPLORERS
from monitors.settings import Node, Process, Thresholds
from records.errors import Invalid

NODES = (Node(name="a", url="http://node.invalid"),)
SOURCES = {"dc", "cl", "pd", "td", "xr", "ag", "sub", "calc", "ours", "protocol"}


@pytest.mark.parametrize("chain", sorted(CHAIN_TABLE))
def test_every_number_has_a_known_source_and_every_chain_a_check(chain: str):
    facts = CHAIN_TABLE[chain]
    numbers = [value for value in vars(facts).values() if isinstance(value, Sourced)]
    assert len(numbers) >= 9
    assert {number.source for number in numbers} <= SOURCES
    assert facts.kind in CHAIN_CHECKS
    assert chain_monitor(chain=chain, nodes=NODES).thresholds.stall_warn_seconds > 0


@pytest.mark.parametrize(
    ("chain", "usual"),
    [
        ("bitcoin", (600, 1, 3, 6540, 9300)),
        ("litecoin", (150, 2, 5, 1860, 2520)),
        ("dogecoin", (60, 5, 10, 780, 1080)),
        ("zcash", (75, 1, 6, 960, 1320)),
        ("ethereum", (12, 1, 6, 60, 180)),
        ("base", (2, 20, 40, 20, 40)),
        ("arbitrum", (0.26, 20, 40, 60, 180)),
        ("polygon", (2.7, 10, 20, 15, 30)),
        ("bsc", (0.75, 50, 1000, 15, 60)),
    ],
)
def test_the_defaults_are_those_of_the_table(chain, usual):
    limits = thresholds_for(chain, {})
    assert usual == (
        limits.block_time_seconds,
        limits.lag_warn_blocks,
        limits.lag_critical_blocks,
        limits.stall_warn_seconds,
        limits.stall_critical_seconds,
    )


@pytest.mark.parametrize("chain", [name for name, facts in CHAIN_TABLE.items() if facts.process is Process.LOTTERY])
def test_chance_alone_brings_the_warning_gap_about_once_a_year(chain: str):
    limits = thresholds_for(chain, {})
    block_time = limits.block_time_seconds
    a_year = 365.25 * 86400 / block_time
    assert limits.stall_warn_seconds == pytest.approx(block_time * math.log(a_year), rel=0.05)
    assert limits.stall_critical_seconds == pytest.approx(block_time * math.log(100 * a_year), rel=0.05)


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"lag_warn_blocks": "24s"}, "lag_warn_blocks", 2),
        ({"lag_warn_blocks": "3blocks"}, "lag_warn_blocks", 3),
        ({"lag_warn_blocks": 4}, "lag_warn_blocks", 4),
        ({"stall_warn_seconds": "5 blocks"}, "stall_warn_seconds", 60),
        ({"stall_warn_seconds": "2m"}, "stall_warn_seconds", 120),
        ({"stall_warn_seconds": "90"}, "stall_warn_seconds", 90),
        ({"block_time_seconds": "2s", "stall_warn_seconds": "5blocks"}, "stall_warn_seconds", 10),
        ({"finality_stall_seconds": None}, "finality_stall_seconds", None),
    ],
)
def test_blocks_may_be_given_as_time_and_times_as_blocks(given, name, value):
    assert getattr(thresholds_for("ethereum", given), name) == value


def test_all_faults_are_told_together():
    with pytest.raises(Invalid) as caught:
        thresholds_for(
            "ethereum", {"lag_warn": 1, "lag_warn_blocks": "soon", "stall_warn_seconds": 0, "fee_ratio": True}
        )
    assert {fault.path for fault in caught.value.faults} == {
        "lag_warn",
        "lag_warn_blocks",
        "stall_warn_seconds",
        "fee_ratio",
    }


def test_a_warning_after_the_critical_value_is_refused():
    with pytest.raises(Invalid, match="above lag_critical_blocks"):
        thresholds_for("ethereum", {"lag_warn_blocks": 10})


def test_an_unknown_chain_needs_its_kind_and_its_numbers():
    with pytest.raises(Invalid, match="is not known"):
        chain_monitor(chain="mychain", nodes=NODES)
    with pytest.raises(Invalid) as caught:
        chain_monitor(chain="mychain", kind="evm", nodes=NODES)
    assert {fault.path for fault in caught.value.faults} == {
        "block_time_seconds",
        "lag_warn_blocks",
        "lag_critical_blocks",
        "stall_warn_seconds",
        "stall_critical_seconds",
    }
    own = {fault.path: 5 for fault in caught.value.faults}
    assert chain_monitor(chain="mychain", kind="evm", nodes=NODES, thresholds=own).network is None


def test_a_network_of_ones_own_is_told_by_block_0():
    monitor = chain_monitor(chain="bitcoin", network="ab" * 32, nodes=NODES)
    assert (monitor.network, monitor.identity_block) == ("ab" * 32, 0)
    assert chain_monitor(chain="bitcoin", nodes=NODES).identity_block == 478_559


def test_bitcoin_and_bitcoin_cash_are_told_apart_after_their_common_beginning():
    one, other = CHAIN_TABLE["bitcoin"], CHAIN_TABLE["bitcoin-cash"]
    assert one.identity_block == other.identity_block
    assert one.network != other.network


@pytest.mark.parametrize(("block_time", "every"), [(600, 30), (12, 6), (0.26, 5)])
def test_looks_come_every_half_block_between_5_and_30_seconds(block_time, every):
    assert usual_every_seconds(block_time) == every


def test_secrets_of_a_node_are_in_no_repr():
    node = Node(
        name="a", url="http://u:p4ss@host/k3y", user="us3r", password="p4ss", bearer="t0k", headers={"h": "s3c"}
    )
    shown = repr(chain_monitor(chain="bitcoin", nodes=(node,)))
    assert not any(secret in shown for secret in ("p4ss", "k3y", "us3r", "t0k", "s3c"))


def test_every_threshold_of_the_table_is_a_threshold():
    own = {field.name for field in dataclasses.fields(Thresholds)}
    assert own <= {field.name for field in dataclasses.fields(next(iter(CHAIN_TABLE.values())))}


def test_every_main_network_can_be_looked_up_and_no_other_network_there():
    assert set(EXPLORERS) == set(CHAIN_TABLE)
    assert all(address.startswith("https://") for address in EXPLORERS.values())
    assert chain_monitor(chain="bitcoin", nodes=()).explorer == "https://mempool.space"
    assert chain_monitor(chain="bitcoin", nodes=(), network="00" * 32).explorer is None
    own = chain_monitor(chain="bitcoin", nodes=(), network="00" * 32, explorer="https://mine.example")
    assert own.explorer == "https://mine.example"
