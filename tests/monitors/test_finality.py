"""Finality is late by time or by distance."""

from dataclasses import replace

import pytest

from monitors.book import NodeBook
from monitors.chains import thresholds_for
from monitors.finality import late_finality

SOLANA = thresholds_for("solana", {})
NODE = NodeBook(height=1000, finalized=968)


def test_as_usual_it_is_not_late():
    assert late_finality(SOLANA, NODE) == ""


@pytest.mark.parametrize(("finalized", "late"), [(850, False), (849, True)])
def test_it_is_late_when_the_final_block_is_too_far_behind(finalized: int, late: bool):
    assert bool(late_finality(SOLANA, replace(NODE, finalized=finalized))) is late


def test_it_is_late_when_no_final_block_came_for_too_long():
    assert "31 s" in late_finality(SOLANA, replace(NODE, finalized_age_seconds=31.0))


def test_a_chain_without_limits_has_no_finality_to_be_late():
    limits = replace(SOLANA, finality_stall_seconds=None, finality_lag_blocks=None)
    assert late_finality(limits, replace(NODE, finalized=0, finalized_age_seconds=1e6)) == ""
