"""A Substrate node: heights as hex text, final blocks some way behind the newest."""

from collections.abc import Callable

from tests.monitors.fakes.server import FakeRpcNode

POLKADOT = "0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3"


def block(height: int, name: int = 0) -> str:
    """The hash of the block at `height` on branch `name`."""
    return f"0x{name:032x}{height:032x}"


class FakeSubstrate(FakeRpcNode):
    """Healthy until told otherwise; final three blocks behind its newest."""

    def __init__(self, height: int = 28_000_000) -> None:
        super().__init__()
        self.height = height
        self.final_behind = 3
        #: From this height on its blocks are those of branch 1.
        self.branch_since = 1 << 40
        self.genesis = POLKADOT
        self.health: dict[str, object] = {"peers": 40, "isSyncing": False, "shouldHavePeers": True}
        #: What it thinks it still has to fetch.
        self.to_fetch = 0

    @property
    def final(self) -> int:
        return self.height - self.final_behind

    def hash_at(self, height: int) -> str | None:
        if height > self.height:
            return None
        return self.genesis if height == 0 else block(height, int(height >= self.branch_since))

    def methods(self) -> dict[str, Callable[..., object]]:
        return {
            "chain_getHeader": self._header,
            "chain_getFinalizedHead": lambda: self.hash_at(self.final),
            "chain_getBlockHash": self._hashes,
            "system_health": lambda: self.health,
            "system_syncState": lambda: {
                "startingBlock": 0,
                "currentBlock": self.height,
                "highestBlock": self.height + self.to_fetch,
            },
            "system_version": lambda: "1.20.0-3f1c8a2b9d0",
            "state_getRuntimeVersion": lambda: {"specName": "polkadot", "implVersion": 0, "specVersion": 2_000_001},
        }

    def _header(self, wanted: str | None = None) -> object:
        height = self.height if wanted is None else int(wanted[-32:], 16)
        return {"number": hex(height), "parentHash": self.hash_at(height - 1), "digest": {"logs": []}}

    def _hashes(self, wanted: int | list[int]) -> object:
        return [self.hash_at(height) for height in wanted] if isinstance(wanted, list) else self.hash_at(wanted)
