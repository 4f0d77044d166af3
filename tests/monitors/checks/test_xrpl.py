"""The look at servers of the XRP Ledger, and what their faults amount to: a fake one of the documented shapes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from monitors.client import Client
from records.components import Direction, Status
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.monitors.cast import states
from tests.monitors.fakes.watching import Watching
from tests.monitors.fakes.xrpl import FakeXrpl, ledger_hash

SEQ = 100_000_000


@pytest.fixture
async def nodes() -> AsyncIterator[list[FakeXrpl]]:
    """Three servers at the same ledger."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeXrpl(SEQ)) for _ in range(3)]


def watching(client: Client, own: list[FakeXrpl], references: list[FakeXrpl] | None = None) -> Watching:
    return Watching(client, "xrpl", own, references or [])


async def test_a_healthy_server_shows_all_there_is(client: Client, nodes: list[FakeXrpl]):
    watch = watching(client, nodes)
    outcome = await watch.round()
    (seen, *_) = watch.seen
    assert (seen.seen, seen.note) == (Seen.OK, "")
    assert (seen.height, seen.finalized_height, seen.head_hash) == (SEQ, SEQ, ledger_hash(SEQ).lower())
    assert (seen.network, seen.peers, seen.version) == ("0", 22, "2.6.1")
    assert (seen.fee, seen.mempool_full) == (12.0, 0.0)
    assert seen.block_at == watch.now - timedelta(seconds=3)
    assert seen.facts == {
        "server_state": "full",
        "network_active": True,
        "syncing": False,
        "history_gaps": 0,
        "load_factor": 1.0,
    }
    assert "secret-host" not in repr(seen)
    assert states(outcome) == ["ok", "ok", "ok"]
    assert outcome.raw.kind is VerdictKind.OPERATIONAL


async def test_a_look_is_two_questions_and_a_landmark_now_and_then(client: Client, nodes: list[FakeXrpl]):
    watch = watching(client, nodes[:1])
    for _ in range(8):
        nodes[0].grow()
        await watch.round(4.0)
    assert nodes[0].asked.count("server_info") == nodes[0].asked.count("fee") == 8
    assert nodes[0].asked.count("ledger") <= 2


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("disconnected", "isolated"),
        ("connected", "syncing"),
        ("syncing", "syncing"),
        ("tracking", "ok"),
        ("full", "ok"),
        ("validating", "ok"),
        ("proposing", "ok"),
        ("dancing", "ok"),
    ],
)
async def test_the_servers_own_state_may_only_make_it_worse(
    client: Client, nodes: list[FakeXrpl], word: str, state: str
):
    nodes[0].state = word
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert states(outcome) == [state, "ok", "ok"]
    assert "dancing" not in repr(watch.seen[0])
    assert bool(outcome.nodes[0].why) is (word not in ("full", "validating", "proposing", "dancing"))


async def test_full_by_its_own_word_and_20_ledgers_behind_is_of_no_use(client: Client, nodes: list[FakeXrpl]):
    nodes[0].seq -= 20
    outcome = await watching(client, nodes).round()
    assert states(outcome) == ["lagging", "ok", "ok"]
    assert not outcome.nodes[0].usable


@pytest.mark.parametrize("info", [{"amendment_blocked": True}, {"warnings": [{"id": 1002, "message": "blocked"}]}])
async def test_an_amendment_blocked_server_must_be_upgraded_whatever_else_it_says(
    client: Client, nodes: list[FakeXrpl], info: dict[str, object]
):
    nodes[0].info = info
    outcome = await watching(client, nodes[:1], nodes[1:2]).round()
    assert states(outcome) == ["impaired", "ok"]
    assert "must be upgraded" in outcome.raw.reasoning
    assert outcome.raw.kind is VerdictKind.OUR_SIDE
    assert outcome.raw.statuses[Direction.WITHDRAWALS] is Status.MAJOR_OUTAGE


async def test_an_amendment_that_is_coming_is_told_before_the_day(client: Client, nodes: list[FakeXrpl]):
    nodes[0].info = {"warnings": [{"id": 1001, "message": "secret words", "details": {"expected_date": "soon"}}]}
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert watch.seen[0].facts["upgrade_needed_soon"] is True
    assert (states(outcome)[0], outcome.nodes[0].why) == ("ok", "it has a warning of its own")


@pytest.mark.parametrize(
    ("complete", "gaps"),
    [
        (f"32570-{SEQ}", 0),
        (f"32570-6595042,6595050-{SEQ}", 1),
        (f"1-2,7,9-{SEQ}", 2),
        (f"32570-{SEQ - 5}", 1),
        ("empty", 1),
        ("some-thing", None),
        (f"32570-{'9' * 40}", None),
        (7, None),
    ],
)
async def test_gaps_in_the_history_are_counted(
    client: Client, nodes: list[FakeXrpl], complete: object, gaps: int | None
):
    nodes[0].complete = complete
    watch = watching(client, nodes)
    outcome = await watch.round()
    assert watch.seen[0].facts.get("history_gaps") == gaps
    assert states(outcome) == ["ok", "ok", "ok"]
    assert ("gaps" in outcome.nodes[0].why) is bool(gaps)


async def test_times_count_from_the_year_2000(client: Client, nodes: list[FakeXrpl]):
    nodes[0].ledger = {"age": None, "close_time": 848_664_000}
    watch = watching(client, nodes)
    await watch.round()
    assert watch.seen[0].block_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def test_an_age_of_0_proves_no_freshness(client: Client, nodes: list[FakeXrpl]):
    nodes[0].ledger = {"age": 0}
    watch = watching(client, nodes)
    await watch.round()
    assert watch.seen[0].block_at is None


async def test_a_server_on_another_network_is_on_the_wrong_chain(client: Client, nodes: list[FakeXrpl]):
    nodes[0].info = {"network_id": 1}
    assert states(await watching(client, nodes).round()) == ["wrong_chain", "ok", "ok"]


async def test_another_hash_at_a_common_ledger_is_a_fork(client: Client, nodes: list[FakeXrpl]):
    nodes[2].branch = 1
    nodes[2].grow()
    assert states(await watching(client, nodes).round()) == ["ok", "ok", "forked"]


@pytest.mark.parametrize(("peers", "state", "why"), [(0, "isolated", "no peers"), (7, "ok", "only 7"), (8, "ok", "")])
async def test_few_peers_are_told_and_none_isolate(
    client: Client, nodes: list[FakeXrpl], peers: int, state: str, why: str
):
    nodes[0].info = {"peers": peers}
    outcome = await watching(client, nodes).round()
    assert states(outcome)[0] == state
    assert why in outcome.nodes[0].why


async def test_when_all_stand_still_the_network_halted(client: Client, nodes: list[FakeXrpl]):
    watch = watching(client, nodes[:2], nodes[2:])
    outcome = await watch.rounds(3, 5.0)
    assert states(outcome) == ["stalled"] * 3
    assert outcome.raw.kind is VerdictKind.NETWORK_HALT
    assert outcome.raw.statuses[Direction.DEPOSITS] is Status.DEGRADED
    assert (await watch.rounds(3, 5.0)).raw.statuses[Direction.DEPOSITS] is Status.MAJOR_OUTAGE


async def test_a_server_that_stands_while_others_go_on_is_our_side(client: Client, nodes: list[FakeXrpl]):
    watch = watching(client, nodes[:1], nodes[1:2])
    for _ in range(3):
        nodes[1].grow()
        outcome = await watch.round(5.0)
    assert states(outcome) == ["stalled", "ok"]
    assert outcome.raw.kind is VerdictKind.OUR_SIDE


async def test_a_full_queue_is_congestion(client: Client, nodes: list[FakeXrpl]):
    for node in nodes:
        node.queue = ("1990", "2000")
    assert (await watching(client, nodes).round()).raw.kind is VerdictKind.CONGESTION


async def test_clio_says_less_and_is_not_bad_for_it(client: Client, nodes: list[FakeXrpl]):
    gone = dict.fromkeys(["peers", "server_state", "build_version", "network_id"])
    nodes[0].info = {**gone, "clio_version": "2.7.0"}
    watch = watching(client, nodes)
    assert states(await watch.round()) == ["ok", "ok", "ok"]
    assert (watch.seen[0].peers, watch.seen[0].network, watch.seen[0].version) == (None, None, "2.7.0")


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (("slowDown", 10), Seen.THROTTLED),
        (("tooBusy", 9), Seen.THROTTLED),
        (("unknownCmd", 32), Seen.UNSUPPORTED),
        (("noNetwork", 17), Seen.RPC_ERROR),
    ],
)
async def test_errors_come_with_status_200_and_are_told_apart(
    client: Client, nodes: list[FakeXrpl], error: tuple[str, int], seen: Seen
):
    nodes[0].errors["server_info"] = error
    watch = watching(client, nodes)
    await watch.round()
    assert watch.seen[0].seen is seen
    assert "10.0.0.7" not in repr(watch.seen[0])


async def test_a_fee_that_was_not_said_is_unknown(client: Client, nodes: list[FakeXrpl]):
    nodes[0].errors["fee"] = ("noNetwork", 17)
    watch = watching(client, nodes)
    assert states(await watch.round()) == ["ok", "ok", "ok"]
    assert (watch.seen[0].fee, watch.seen[0].mempool_full) == (None, None)


async def test_a_server_without_a_validated_ledger_is_starting(client: Client, nodes: list[FakeXrpl]):
    nodes[0].state = "connected"
    nodes[0].info = {"validated_ledger": None, "closed_ledger": {"age": 2, "hash": ledger_hash(5), "seq": 5}}
    assert states(await watching(client, nodes).round()) == ["syncing", "ok", "ok"]


@pytest.mark.parametrize(
    "instead",
    [
        (200, "hello"),
        (200, {"result": {}}),
        (200, {"result": {"info": {"validated_ledger": {"seq": -1, "hash": ledger_hash(1)}}}}),
        (200, {"result": {"info": {"validated_ledger": {"seq": 7, "hash": "AB"}}}}),
        (503, "Server is overloaded"),
        (429, {}),
    ],
)
async def test_garbage_never_looks_healthy(client: Client, nodes: list[FakeXrpl], instead: tuple[int, object]):
    nodes[0].instead = instead
    watch = watching(client, nodes)
    assert states(await watch.round())[0] in ("unreachable", "unknown")
    assert watch.seen[0].note
