"""What a check is given of a monitor."""

import pytest

from monitors.settings import Node, ServiceMonitor
from monitors.targets import landmark_blocks, targets_of
from tests.monitors.cast import ethereum


def test_a_chain_gives_a_target_for_each_node_and_a_service_one():
    assert [target.name for target in targets_of(ethereum(2, 1))] == ["own-1", "own-2", "ref-1"]
    assert [target.name for target in targets_of(ServiceMonitor(id="web", kind="http"))] == ["web"]


@pytest.mark.parametrize(("chain", "blocks"), [("ethereum", 8), ("arbitrum", 48), ("bsc", 16)])
def test_landmarks_lie_two_looks_apart_on_fast_chains(chain: str, blocks: int):
    assert landmark_blocks(ethereum(chain=chain)) == blocks


def test_secrets_pass_to_the_check_and_into_no_repr():
    node = Node(name="a", url="http://h/k3y", user="us3r", password="p4ss", bearer="t0k")
    monitor = ethereum(1)
    target = targets_of(type(monitor)(**{**vars(monitor), "nodes": (node,)}))[0]
    assert (target.url, target.user, target.password, target.bearer) == ("http://h/k3y", "us3r", "p4ss", "t0k")
    assert not any(secret in repr(target) for secret in ("k3y", "us3r", "p4ss", "t0k"))
