"""What a monitor says to customers when nobody is at the desk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from records.components import Cause, Component, Direction, Status
from records.incidents import Stage
from records.times import from_iso, now_utc
from records.verdicts import KEEPS_LAST_STATE, Verdict, VerdictKind
from server.words import describer, network_name

LANGUAGES = ("en", "fr", "ro")
CHAIN_KINDS = (
    VerdictKind.OUR_SIDE,
    VerdictKind.NETWORK_HALT,
    VerdictKind.NO_NEW_BLOCKS,
    VerdictKind.FINALITY_DELAY,
    VerdictKind.DEEP_REORG,
    VerdictKind.CHAIN_SPLIT,
    VerdictKind.CONGESTION,
    VerdictKind.UPGRADE,
)
SERVICE_KINDS = (
    VerdictKind.SERVICE_DOWN,
    VerdictKind.SERVICE_SLOW,
    VerdictKind.SERVICE_IMPAIRED,
    VerdictKind.SILENT,
)


def component(name: str, direction: Direction | None, chain: str | None = "ethereum") -> Component:
    now = now_utc()
    return Component(
        id=name.lower().replace(" ", "-"),
        public_id="abcdefghijkl",
        name={"en": name},
        description={},
        group_id=None,
        is_group=False,
        chain=chain,
        asset=None,
        direction=direction,
        depends_on=(),
        audience=None,
        auto_publish=True,
        position=0,
        status=Status.OPERATIONAL,
        status_since=now,
        signal=None,
        signal_at=None,
        created_at=now,
        updated_at=now,
    )


DEPOSITS = component("Ethereum deposits", Direction.DEPOSITS)
WITHDRAWALS = component("Ethereum withdrawals", Direction.WITHDRAWALS)
WEBSITE = component("Website <main>", None, chain=None)


def verdict(kind: VerdictKind, **statuses: Status) -> Verdict:
    is_chain = kind in CHAIN_KINDS
    return Verdict(
        monitor="chain:ethereum" if is_chain else "website",
        kind=kind,
        since=from_iso("2026-11-22T13:05:00Z"),
        at=now_utc(),
        chain="ethereum" if is_chain else None,
        component=None if is_chain else "website-<main>",
        statuses={Direction(way): status for way, status in statuses.items()} if is_chain else {None: Status.DEGRADED},
        corroborated=True,
        cause=Cause.LEDGER,
        reasoning="eth-1 at https://10.0.0.1:8545/key is stuck",
        facts={"last_block_at": "2026-11-22T13:01:00Z"},
    )


@pytest.mark.parametrize("stage", [Stage.INVESTIGATING, Stage.MONITORING, Stage.RESOLVED])
@pytest.mark.parametrize("kind", [*CHAIN_KINDS, *SERVICE_KINDS])
def test_every_verdict_has_calm_words_in_every_language(kind, stage):
    affected = [DEPOSITS, WITHDRAWALS] if kind in CHAIN_KINDS else [WEBSITE]
    troubled = verdict(kind, deposits=Status.DEGRADED, withdrawals=Status.DEGRADED)
    words = describer(LANGUAGES, affected, timedelta(minutes=10))(troubled, affected, stage)
    for text in (words.name, words.body, words.what_to_do):
        assert set(text) == set(LANGUAGES)
        assert all(text.values())
        assert text["fr"] != text["en"] != text["ro"]
        spoken = " ".join(text.values())
        assert "!" not in spoken
        assert "%(" not in spoken
        assert "10.0.0.1" not in spoken, "a node's address must never reach a customer"


def test_every_kind_of_trouble_is_tried_above():
    assert {*CHAIN_KINDS, *SERVICE_KINDS, *KEEPS_LAST_STATE, VerdictKind.OPERATIONAL} == set(VerdictKind)


def test_the_headline_names_only_the_ways_that_are_affected():
    late = verdict(VerdictKind.FINALITY_DELAY, deposits=Status.DEGRADED, withdrawals=Status.OPERATIONAL)
    words = describer(["en"], [DEPOSITS, WITHDRAWALS], timedelta(minutes=10))(late, [DEPOSITS], Stage.INVESTIGATING)
    assert words.name["en"] == "Ethereum deposits are delayed"
    assert words.still_works["en"] == "Ethereum withdrawals"


def test_nothing_is_said_to_work_that_the_verdict_does_not_call_operational():
    halted = verdict(VerdictKind.NETWORK_HALT, deposits=Status.DEGRADED)
    words = describer(["en"], [DEPOSITS, WITHDRAWALS], timedelta(minutes=10))(halted, [DEPOSITS], Stage.INVESTIGATING)
    assert words.still_works == {}


def test_a_halt_says_since_when_there_are_no_blocks():
    halted = verdict(VerdictKind.NETWORK_HALT, deposits=Status.DEGRADED, withdrawals=Status.DEGRADED)
    words = describer(["en"], [], timedelta(minutes=10))(halted, [DEPOSITS, WITHDRAWALS], Stage.INVESTIGATING)
    assert "no new blocks since 13:01 UTC" in words.body["en"]


def test_it_says_does_not_work_only_when_that_is_corroborated():
    down = verdict(VerdictKind.CHAIN_SPLIT, withdrawals=Status.MAJOR_OUTAGE)
    words = describer(["en"], [], timedelta(minutes=10))(down, [WITHDRAWALS], Stage.INVESTIGATING)
    assert words.name["en"] == "Ethereum withdrawals do not work"


@pytest.mark.parametrize(
    ("deposits", "withdrawals", "name"),
    [
        (Status.DEGRADED, Status.DEGRADED, "Ethereum deposits and withdrawals are delayed"),
        (Status.MAJOR_OUTAGE, Status.DEGRADED, "Ethereum deposits do not work, withdrawals are delayed"),
        (Status.DEGRADED, Status.MAJOR_OUTAGE, "Ethereum withdrawals do not work, deposits are delayed"),
        (Status.MAJOR_OUTAGE, Status.MAJOR_OUTAGE, "Ethereum deposits and withdrawals do not work"),
    ],
)
def test_the_headline_says_of_each_way_what_is_true_of_it(deposits, withdrawals, name):
    down = verdict(VerdictKind.OUR_SIDE, deposits=deposits, withdrawals=withdrawals)
    words = describer(LANGUAGES, [], timedelta(minutes=10))(down, [DEPOSITS, WITHDRAWALS], Stage.INVESTIGATING)
    assert words.name["en"] == name
    unsure = replace(down, corroborated=False)
    words = describer(LANGUAGES, [], timedelta(minutes=10))(unsure, [DEPOSITS, WITHDRAWALS], Stage.INVESTIGATING)
    assert words.name["en"] == "Ethereum deposits and withdrawals are delayed", "one signal alone does not claim more"


def test_the_network_is_said_to_work_only_where_a_second_signal_says_so():
    ours = verdict(VerdictKind.OUR_SIDE, deposits=Status.DEGRADED, withdrawals=Status.DEGRADED)
    both, say = [DEPOSITS, WITHDRAWALS], describer(["en"], [], timedelta(minutes=10))
    assert "The network itself works." in say(ours, both, Stage.INVESTIGATING).body["en"]
    alone = say(replace(ours, corroborated=False), both, Stage.INVESTIGATING).body["en"]
    assert alone.startswith("Our connection to the Ethereum network has a problem. Deposits are credited")


def test_deposits_that_wait_for_certainty_are_delayed():
    turned = verdict(VerdictKind.DEEP_REORG, deposits=Status.PARTIAL_OUTAGE, withdrawals=Status.OPERATIONAL)
    words = describer(["en"], [], timedelta(minutes=10))(turned, [DEPOSITS], Stage.INVESTIGATING)
    assert words.name["en"] == "Ethereum deposits are delayed"
    assert "credited later than usual" in words.body["en"]


@pytest.mark.parametrize(("chain", "name"), [("bitcoin", "Bitcoin"), ("bitcoin-cash", "Bitcoin Cash"), ("XRP", "XRP")])
def test_networks_have_names_that_people_use(chain, name):
    assert network_name(chain) == name
