"""A CometBFT node with its application: the shapes of its RPC, heights as text."""

import base64
from collections.abc import Callable

from tests.monitors.fakes.server import FakeRpcNode, RpcError


def block_hash(height: int, name: int = 0) -> str:
    """In capitals, as CometBFT writes it."""
    return f"{name:032x}{height:032x}".upper().replace("0", "A")


def varint(value: int) -> bytes:
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def plan(height: int, name: bytes = b"v25") -> str:
    """QueryCurrentPlanResponse, as the application answers it."""
    inner = b"\x0a" + varint(len(name)) + name + b"\x18" + varint(height) + b"\x22\x02{}"
    return base64.b64encode(b"\x0a" + varint(len(inner)) + inner).decode()


class FakeCosmos(FakeRpcNode):
    """Healthy at its height until told otherwise."""

    def __init__(self, height: int = 21_999_000) -> None:
        super().__init__()
        self.height = height
        self.branch: dict[int, int] = {}
        self.network = "cosmoshub-4"
        self.catching_up: object = False
        self.peers = "42"
        self.plan: str | None = None
        self.time = "2026-11-22T12:00:00.123456789Z"

    def grow(self, blocks: int = 1) -> None:
        self.height += blocks

    def methods(self) -> dict[str, Callable[..., object]]:
        return {
            "status": self._status,
            "blockchain": self._blockchain,
            "num_unconfirmed_txs": lambda: {"n_txs": "3", "total": "17", "total_bytes": "9001", "txs": None},
            "net_info": lambda: {"listening": True, "listeners": [], "n_peers": self.peers, "peers": []},
            "abci_info": lambda: {
                "response": {"data": "GaiaApp", "version": "v24.0.0", "last_block_height": str(self.height)}
            },
            "abci_query": self._query,
        }

    def _hash(self, height: int) -> str:
        return block_hash(height, self.branch.get(height, 0))

    def _status(self) -> object:
        return {
            "node_info": {"network": self.network, "version": "0.38.17", "moniker": "secret-host", "channels": "40"},
            "sync_info": {
                "latest_block_hash": self._hash(self.height),
                "latest_app_hash": "AB" * 32,
                "latest_block_height": str(self.height),
                "latest_block_time": self.time,
                "earliest_block_hash": "CD" * 32,
                "earliest_block_height": "21000000",
                "catching_up": self.catching_up,
            },
            "validator_info": {"address": "EF" * 20, "voting_power": "0"},
        }

    def _blockchain(self, lowest: str, highest: str) -> object:
        high = int(highest) or self.height
        low = max(int(lowest), high - 19)
        metas = [
            {
                "block_id": {"hash": self._hash(height), "parts": {"total": 1, "hash": "AB" * 32}},
                "block_size": "2048",
                "header": {"chain_id": self.network, "height": str(height)},
                "num_txs": "3",
            }
            for height in range(high, low - 1, -1)
            if height <= self.height
        ]
        return {"last_height": str(self.height), "block_metas": metas}

    def _query(self, path: str, data: str, height: str, prove: bool) -> object:
        if path != "/cosmos.upgrade.v1beta1.Query/CurrentPlan":
            raise RpcError(-32603, "Internal error", "unknown query path")
        return {"response": {"code": 0, "log": "", "index": "0", "key": None, "value": self.plan, "height": "0"}}
