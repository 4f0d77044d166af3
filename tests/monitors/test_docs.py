"""The pages about monitors name everything there is, and the numbers in them are the numbers in use."""

import dataclasses
from pathlib import Path

import pytest

from monitors.chain_facts import ChainFacts, Sourced
from monitors.chain_table import CHAIN_TABLE
from monitors.checks import CHECKS
from monitors.nodes import NodeState
from monitors.settings import Hysteresis, Thresholds
from records.observations import Seen
from records.verdicts import VerdictKind

DOCS = Path(__file__).parents[2] / "docs/monitors"
README = (DOCS / "README.md").read_text("utf-8")


def cell(number: Sourced | None) -> str:
    return "–" if number is None else f"{number.value:g} {number.source}"


def finality(facts: ChainFacts) -> str:
    distance = facts.finality_lag_blocks
    return cell(facts.finality_stall_seconds) + (f"; {cell(distance)} blocks" if distance else "")


def row(chain: str, facts: ChainFacts) -> str:
    lag = f"{facts.lag_warn_blocks.value:g} / {facts.lag_critical_blocks.value:g} {facts.lag_warn_blocks.source}"
    cells = [
        chain,
        facts.kind,
        cell(facts.block_time_seconds),
        lag,
        f"{cell(facts.stall_warn_seconds)} / {cell(facts.stall_critical_seconds)}",
        finality(facts),
        cell(facts.reorg_warn_blocks),
        cell(facts.confirmations),
        cell(facts.peers_warn),
    ]
    return f"| {' | '.join(cells)} |"


def table() -> list[str]:
    head = "| chain | kind | block time, s | lag warn / critical, blocks | stall warn / critical, s | finality, s "
    head += "| reorganisation told from, blocks | confirmations | peers |"
    return [head, "|" + "---|" * 9, *(row(chain, facts) for chain, facts in CHAIN_TABLE.items())]


def test_the_table_of_numbers_is_the_one_in_use():
    assert "\n".join(table()) in README


@pytest.mark.parametrize("kind", sorted(CHECKS))
def test_each_check_has_its_page_and_its_line(kind: str):
    assert (DOCS / f"{kind}.md").read_text("utf-8").startswith(f"# `{kind}`")
    assert f"| `{kind}` |" in README


def test_there_is_no_page_for_a_check_that_does_not_exist():
    assert {page.stem for page in DOCS.glob("*.md")} == {"README", *CHECKS}


@pytest.mark.parametrize("word", [*Seen, *NodeState])
def test_each_class_and_state_has_its_line(word: str):
    assert f"\n| {word} |" in README


@pytest.mark.parametrize("kind", [kind for kind in VerdictKind if kind is not VerdictKind.BLIND])
def test_each_verdict_is_in_a_table(kind: VerdictKind):
    assert f"| {kind.value} |" in README


def test_each_setting_of_how_sure_to_be_has_its_line():
    for field in dataclasses.fields(Hysteresis):
        assert f"| `{field.name.removesuffix('_seconds')}` |" in README


def test_each_threshold_is_explained_on_the_page_of_a_kind_it_serves():
    pages = (DOCS / "evm.md").read_text("utf-8") + (DOCS / "bitcoin.md").read_text("utf-8")
    assert [field.name for field in dataclasses.fields(Thresholds) if f"| `{field.name}` |" not in pages] == []
