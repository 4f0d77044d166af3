"""An EVM node, and with `rollup` one of the OP stack that follows its base layer."""

from collections.abc import Callable

from tests.monitors.fakes.server import FakeRpcNode


def hash_at(height: int) -> str:
    return f"0x{height + 1:064x}"


class FakeEvm(FakeRpcNode):
    """Healthy until told otherwise."""

    def __init__(self, *, chain_id: int = 1, height: int = 20_000_000, rollup: bool = False) -> None:
        super().__init__()
        self.chain_id = chain_id
        self.height = height
        self.safe_behind: int | None = 32
        self.final_behind: int | None = 64
        self.version = "Geth/v1.16.7-stable/linux-amd64/go1.25"
        self.syncing: object = False
        #: Activation of the next fork; None when the client is set up for none, 0 when it does not know the method.
        self.next_fork_at: int | None = 0
        self.is_rollup = rollup
        #: The base layer's head, and how much of it the rollup's node has yet to read.
        self.base, self.base_behind = 21_000_000, 2

    def methods(self) -> dict[str, Callable[..., object]]:
        known: dict[str, Callable[..., object]] = {
            "eth_chainId": lambda: hex(self.chain_id),
            "eth_getBlockByNumber": self._block,
            "eth_syncing": lambda: self.syncing,
            "net_peerCount": lambda: "0x19",
            "web3_clientVersion": lambda: self.version,
            "eth_blobBaseFee": lambda: "0x3b9aca00",
        }
        if self.next_fork_at != 0:
            known["eth_config"] = self._config
        if self.is_rollup:
            known["optimism_syncStatus"] = self._sync_status
        return known

    def _block(self, which: str, _whole: bool) -> object:
        behind = {"latest": 0, "safe": self.safe_behind, "finalized": self.final_behind}
        lag = behind[which] if which in behind else self.height - int(which, 16)
        if lag is None or not 0 <= lag <= self.height:
            return None
        height = self.height - lag
        return {
            "number": hex(height),
            "hash": hash_at(height),
            "parentHash": hash_at(height - 1),
            "timestamp": hex(1_732_276_800 + 12 * (height - 20_000_000)),
            "baseFeePerGas": "0x3b9aca00",
        }

    def _config(self) -> object:
        fork = {"activationTime": self.next_fork_at, "forkId": "0x07c9462e", "chainId": hex(self.chain_id)}
        present = {"activationTime": 1_700_000_000, "forkId": "0xc376cf8b", "chainId": hex(self.chain_id)}
        coming = None if self.next_fork_at is None else fork
        return {"current": present, "next": coming, "last": coming}

    def _sync_status(self) -> object:
        def at(height: int) -> dict[str, object]:
            return {"hash": hash_at(height), "number": height, "parentHash": hash_at(height - 1), "timestamp": 1}

        return {
            "current_l1": at(self.base - self.base_behind),
            "head_l1": at(self.base),
            "unsafe_l2": at(self.height),
            "safe_l2": at(self.height - (self.safe_behind or 0)),
            "finalized_l2": at(self.height - (self.final_behind or 0)),
        }
