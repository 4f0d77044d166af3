"""What one look says, for somebody who has just been woken."""

from datetime import timedelta

from records.components import Cause, Direction, Status
from records.store import monitors
from records.store.engine import open_store
from records.store.migrations import migrate
from records.times import now_utc
from records.verdicts import Verdict, VerdictKind
from server.cli.verdicts import MEANS, tell
from tests.monitors.cast import Story, ethereum

ALL_WELL = VerdictKind.OPERATIONAL
NODE = {"name": "eth-1", "url": "http://127.0.0.1:9"}


def test_every_trouble_says_what_it_means():
    assert set(MEANS) == set(VerdictKind) - {ALL_WELL}
    assert all(len(text) <= 100 for text in MEANS.values()), "one line of a terminal"


def watch(bare, *, ago: timedelta) -> None:
    """Leaves in the store what a running watch saw so long ago."""
    at = now_utc() - ago
    halted = Verdict(
        monitor="chain:ethereum",
        kind=VerdictKind.NETWORK_HALT,
        since=at - timedelta(minutes=7),
        at=at,
        chain="ethereum",
        component=None,
        statuses={Direction.DEPOSITS: Status.DEGRADED},
        corroborated=True,
        cause=Cause.LEDGER,
        reasoning="no node, ours or others', saw a new block for 480 s",
    )
    store = open_store(f"sqlite:///{bare.folder}/forewarn.db")
    migrate(store)
    monitors.put_monitor(store, halted.monitor, kind="evm", chain="ethereum", component_id=None, every_ms=6_000)
    monitors.keep_round(store, halted.monitor, halted, "{}", seen_at=at)
    store.close()


def test_one_look_says_what_it_means_and_what_the_running_watch_knows_better(bare):
    bare.write_settings(chains=[{"chain": "ethereum", "nodes": [NODE]}])
    watch(bare, ago=timedelta(seconds=3))
    lines = bare.says("check", "--once").splitlines()
    assert f"  means     {MEANS[VerdictKind.OUR_SIDE]}" in lines
    assert "  because   the only own node is not usable, and no reference confirms that the network goes on;" in str(
        lines
    )
    (known,) = [line for line in lines if line.startswith("  but ")]
    assert "says network halt since 20" in known
    assert known.endswith("UTC: no node, ours or others', saw a new block for 480 s")
    assert "  look up   https://etherscan.io" in lines
    (head, row) = [line for line in lines if line.startswith(("  TARGET", "  eth-1"))]
    assert head.index("WHY") == row.index("the connection was refused")
    running = bare.json("check", "--once")["monitors"][0]["running"]
    assert (running["verdict"], running["reason"][:7]) == ("network_halt", "no node")


def test_the_sum_names_what_looks_well_but_is_not(bare, capsys):
    bare.write_settings(chains=[{"chain": "ethereum", "nodes": [NODE]}])
    watch(bare, ago=timedelta(seconds=3))
    store = open_store(f"sqlite:///{bare.folder}/forewarn.db")
    known = {one.id: one for one in monitors.all_monitors(store)}
    store.close()
    told = Story(ethereum(own=1))
    told.healthy()
    tell([told.round(103)], known, {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1 of 1 well; but serve sees trouble at chain:ethereum."
    tell([told.round(104)], {}, {})
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 1 well."


def test_a_watch_that_ended_says_nothing_any_more(bare):
    bare.write_settings(chains=[{"chain": "ethereum", "nodes": [NODE]}])
    watch(bare, ago=timedelta(minutes=5))
    assert "  but " not in bare.says("check", "--once")
    assert bare.json("check", "--once")["monitors"][0]["running"] is None


def test_a_test_network_is_not_looked_up_where_the_main_network_is(bare):
    chain = {"chain": "ethereum", "chain_id": 11155111, "nodes": [NODE]}
    bare.write_settings(chains=[chain])
    assert "look up" not in bare.says("check", "--once")
    bare.write_settings(chains=[{**chain, "explorer": "https://sepolia.etherscan.io"}])
    assert "  look up   https://sepolia.etherscan.io" in bare.says("check", "--once").splitlines()
