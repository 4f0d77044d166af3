"""A Monero node: monerod's shapes as captured from one, with what only shows on its main network."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.monitors.fakes.server import FakeRpcNode, RpcError

SAMPLES = Path(__file__).parent.parent / "samples/monerod"
MAINNET = "418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3"
BEGUN = 1_400_000_000


def block(height: int, name: int = 0) -> str:
    """The hash of the block at `height` on branch `name`."""
    return f"{name:032x}{height:032x}" if height else MAINNET


class FakeMonerod(FakeRpcNode):
    """Healthy and on the main network until told otherwise. `tip` is its newest block, one less than its `height`."""

    def __init__(self, tip: int = 3_550_000) -> None:
        super().__init__()
        self.takes_batches = False
        self.tip = tip
        #: From this height on its blocks are those of branch 1.
        self.branch_since = 1 << 40
        #: What it says otherwise than a healthy node.
        self.info: dict[str, object] = {}
        #: Branches beside the main one: tip and length.
        self.branches: list[tuple[int, int]] = []

    def methods(self) -> dict[str, Callable[..., object]]:
        return {
            "get_info": self._info,
            "get_fee_estimate": lambda: captured("get_fee_estimate.json"),
            "get_alternate_chains": self._alternate,
            "get_block_headers_range": self._range,
            "get_block_header_by_height": lambda height: {"block_header": self._header(height), "status": "OK"},
        }

    def _info(self) -> dict[str, object]:
        healthy = {
            "height": self.tip + 1,
            "height_without_bootstrap": self.tip + 1,
            "top_block_hash": self._header(self.tip)["hash"],
            "nettype": "mainnet",
            "mainnet": True,
            "offline": False,
            "outgoing_connections_count": 12,
            "incoming_connections_count": 30,
            "tx_pool_size": 41,
            "version": "0.18.4.3-release",
        }
        return captured("get_info.json") | healthy | self.info

    def _alternate(self) -> dict[str, object]:
        chains = [{"block_hash": block(tip, 1), "height": tip, "length": length} for tip, length in self.branches]
        return captured("get_alternate_chains.json") | ({"chains": chains} if chains else {})

    def _range(self, start_height: int, end_height: int) -> object:
        headers = [self._header(height) for height in range(start_height, end_height + 1)]
        return {"headers": headers, "status": "OK", "untrusted": False}

    def _header(self, height: int) -> dict[str, object]:
        if height > self.tip:
            raise RpcError(-2, f"Requested block height: {height} greater than current top block height: {self.tip}")
        return {
            "height": height,
            "hash": block(height, int(height >= self.branch_since)),
            "prev_hash": block(height - 1, int(height - 1 >= self.branch_since)) if height else "00" * 32,
            "timestamp": BEGUN + 120 * height,
            "orphan_status": False,
        }


def captured(name: str) -> dict[str, object]:
    """What a real node answered."""
    result: dict[str, object] = json.loads((SAMPLES / name).read_text())["result"]
    return result
