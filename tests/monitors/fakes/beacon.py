"""A consensus node: the Beacon API's shapes, numbers as text."""

from datetime import UTC, datetime

from tests.monitors.fakes.server import FakeNode

MAINNET_ROOT = "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95"
GENESIS = 1_606_824_023
FAR_FUTURE_EPOCH = str((1 << 64) - 1)


def root(slot: int, name: int = 0) -> str:
    """The root of the block in `slot` on branch `name`."""
    return f"0x{name:032x}{slot:032x}"


def moment_in(slot: int, second: int = 6) -> datetime:
    """A time within `slot`."""
    return datetime.fromtimestamp(GENESIS + 12 * slot + second, UTC)


class FakeBeacon(FakeNode):
    """Healthy at the head of an unbroken chain until told otherwise."""

    def __init__(self, slot: int = 9_600_000) -> None:
        super().__init__()
        #: Roots by slot; a slot that is not there brought no block.
        self.blocks = {at: root(at) for at in range(slot - 20, slot + 1)}
        self.finalized_epoch = slot // 32 - 2
        self.is_syncing: object = False
        self.is_optimistic: object = False
        self.el_offline: object = False
        self.sync_distance = "0"
        self.peers = "71"
        self.genesis_root = MAINNET_ROOT
        self.spec = {"SECONDS_PER_SLOT": "12", "SLOTS_PER_EPOCH": "32", "CONFIG_NAME": "mainnet"}
        self.fork_epochs = ["0", "74240", FAR_FUTURE_EPOCH]
        #: Paths that the node does not serve.
        self.without: set[str] = set()

    @property
    def slot(self) -> int:
        return max(self.blocks)

    def grow(self, slots: int = 1) -> None:
        for _ in range(slots):
            self.blocks[self.slot + 1] = root(self.slot + 1)

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append(path)
        name = path.removeprefix("/eth/v1/")
        if name in self.without:
            return 404, {"code": 404, "message": "Not found"}
        if name.startswith("beacon/headers/"):
            return self._header(name.rpartition("/")[2])
        data = self._data(name)
        return (200, {"data": data}) if data is not None else (404, {"code": 404, "message": "Not found"})

    def _header(self, block_id: str) -> tuple[int, object]:
        slot = self.slot if block_id == "head" else int(block_id)
        if slot not in self.blocks:
            return 404, {"code": 404, "message": "NOT_FOUND: beacon block at slot"}
        parent = max((at for at in self.blocks if at < slot), default=None)
        message = {
            "slot": str(slot),
            "proposer_index": "123",
            "parent_root": self.blocks[parent] if parent is not None else root(0),
            "state_root": root(slot, 7),
            "body_root": root(slot, 8),
        }
        header = {"message": message, "signature": "0x" + "ab" * 96}
        data = {"root": self.blocks[slot], "canonical": True, "header": header}
        return 200, {"execution_optimistic": False, "finalized": False, "data": data}

    def _data(self, name: str) -> object:
        checkpoint = {"epoch": str(self.finalized_epoch), "root": root(self.finalized_epoch, 9)}
        return {
            "node/syncing": {
                "head_slot": str(self.slot),
                "sync_distance": self.sync_distance,
                "is_syncing": self.is_syncing,
                "is_optimistic": self.is_optimistic,
                "el_offline": self.el_offline,
            },
            "node/peer_count": {"disconnected": "3", "connecting": "0", "connected": self.peers, "disconnecting": "0"},
            "node/version": {"version": "Lighthouse/v8.0.0-ab12cd3/x86_64-linux"},
            "beacon/genesis": {
                "genesis_time": str(GENESIS),
                "genesis_validators_root": self.genesis_root,
                "genesis_fork_version": "0x00000000",
            },
            "beacon/states/head/finality_checkpoints": {
                "previous_justified": checkpoint,
                "current_justified": checkpoint,
                "finalized": checkpoint,
            },
            "config/spec": self.spec,
            "config/fork_schedule": [
                {"previous_version": "0x00000000", "current_version": "0x00000000", "epoch": epoch}
                for epoch in self.fork_epochs
            ],
        }.get(name)
