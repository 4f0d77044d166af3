"""A Solana node: the shapes of its RPC."""

import hashlib
from collections.abc import Callable

from tests.monitors.fakes.server import FakeRpcNode, RpcError

MAINNET_GENESIS = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def blockhash(slot: int, name: int = 0) -> str:
    """Some 32 bytes in base 58."""
    value, text = int.from_bytes(hashlib.sha256(f"{name}-{slot}".encode()).digest()), ""
    while value:
        value, digit = divmod(value, 58)
        text = _ALPHABET[digit] + text
    return text


class FakeSolana(FakeRpcNode):
    """Healthy at its slot until told otherwise."""

    def __init__(self, slot: int = 380_000_000) -> None:
        super().__init__()
        self.slot = slot
        self.final_distance = 32
        #: Slots that brought no block, from the first one that counts.
        self.skipped: set[int] = set()
        self.blocks_missing = 20_000_000
        self.branch = 0
        self.genesis = MAINNET_GENESIS
        self.behind_by_shreds = 0
        self.feature_set = 3_604_001_754
        self.slots_per_minute = 150
        #: Stake that votes, and stake that does not.
        self.stake = (95, 5)

    def grow(self, slots: int = 12, *, skipped: int = 0) -> None:
        self.slot += slots
        self.blocks_missing += skipped

    def unhealthy(self, behind: int | None) -> None:
        data = {"numSlotsBehind": behind}
        self.changed["getHealth"] = RpcError(-32005, f"Node is behind by {behind} slots", data)

    def methods(self) -> dict[str, Callable[..., object]]:
        return {
            "getLatestBlockhash": self._latest,
            "getSlot": self._slot,
            "getHealth": lambda: "ok",
            "getMaxShredInsertSlot": lambda: self.slot + self.behind_by_shreds,
            "getGenesisHash": lambda: self.genesis,
            "getVersion": lambda: {"feature-set": self.feature_set, "solana-core": "3.0.6"},
            "getEpochInfo": self._epoch,
            "getRecentPerformanceSamples": self._samples,
            "getRecentPrioritizationFees": lambda: [
                {"slot": self.slot - index, "prioritizationFee": fee} for index, fee in enumerate([0, 10, 300])
            ],
            "getVoteAccounts": self._votes,
            "getBlock": self._block,
        }

    def _slot(self, options: dict[str, str]) -> int:
        return self.slot - self.final_distance if options["commitment"] == "finalized" else self.slot

    def _latest(self, options: dict[str, str]) -> object:
        slot = self._slot(options)
        value = {"blockhash": blockhash(slot, self.branch), "lastValidBlockHeight": slot - self.blocks_missing + 150}
        return {"context": {"apiVersion": "3.0.6", "slot": slot}, "value": value}

    def _epoch(self, options: dict[str, str]) -> object:
        slot = self._slot(options)
        return {
            "absoluteSlot": slot,
            "blockHeight": slot - self.blocks_missing,
            "epoch": slot // 432_000,
            "slotIndex": slot % 432_000,
            "slotsInEpoch": 432_000,
            "transactionCount": 22_661_093,
        }

    def _samples(self, limit: int) -> object:
        sample = {"numSlots": self.slots_per_minute, "numTransactions": 126, "samplePeriodSecs": 60, "slot": self.slot}
        return [sample] * limit

    def _votes(self, options: dict[str, object]) -> object:
        def account(stake: int) -> object:
            return {"votePubkey": "3Z", "nodePubkey": "B9", "activatedStake": stake * 10**15, "commission": 0}

        return {"current": [account(self.stake[0])], "delinquent": [account(self.stake[1])]}

    def _block(self, slot: int, options: dict[str, object]) -> object:
        if slot in self.skipped:
            raise RpcError(-32007, f"Slot {slot} was skipped, or missing due to ledger jump to recent snapshot")
        return {
            "blockHeight": slot - self.blocks_missing,
            "blockTime": 1_790_000_000,
            "blockhash": blockhash(slot, self.branch),
            "parentSlot": slot - 1,
            "previousBlockhash": blockhash(slot - 1, self.branch),
        }
