"""A Stellar node in each of its three languages: core's `/info`, Horizon's `/`, and Stellar RPC."""

from collections.abc import Callable
from datetime import UTC, datetime

from tests.monitors.fakes.server import FakeNode, FakeRpcNode, RpcError

PUBLIC = "Public Global Stellar Network ; September 2015"
BEGUN = 1_443_571_200
HEIGHT = 59_000_000


def ledger(height: int, name: int = 0) -> str:
    """The hash of ledger `height` on branch `name`."""
    return f"{name:032x}{height:032x}"


def closed_at(height: int) -> datetime:
    return datetime.fromtimestamp(BEGUN + 5 * height, UTC)


class FakeCore(FakeNode):
    """stellar-core; healthy until told otherwise."""

    def __init__(self, height: int = HEIGHT) -> None:
        super().__init__()
        self.height = height
        self.branch = 0
        self.state = "Synced!"
        self.network = PUBLIC
        self.protocols = (23, 23)
        self.peers: dict[str, object] = {"peers": {"authenticated_count": 21, "pending_count": 0}}
        self.quorum: object = {
            "qset": {"agree": 22, "disagree": 0, "fail_at": 8, "ledger": height, "missing": 1, "phase": "EXTERNALIZE"},
            "transitive": {"critical": None, "intersection": True, "node_count": 25},
        }

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append(path)
        if path != "/info":
            return 404, "Not Found"
        spoken, known = self.protocols
        info = {
            "build": "stellar-core 23.0.1 (b1f4f1e0)",
            "ledger": {
                "age": 3,
                "baseFee": 100,
                "closeTime": int(closed_at(self.height).timestamp()),
                "hash": ledger(self.height, self.branch),
                "num": self.height,
                "version": spoken,
            },
            "network": self.network,
            "protocol_version": known,
            "quorum": self.quorum,
            "startedOn": "2026-11-01T00:00:00Z",
            "state": self.state,
        }
        return 200, {"info": info | self.peers}


class FakeHorizon(FakeNode):
    """Horizon; its history keeps up with its core until told otherwise."""

    def __init__(self, height: int = HEIGHT) -> None:
        super().__init__()
        #: Newest ledger of its core, and how far its own history is behind.
        self.height, self.behind = height, 0
        self.network = PUBLIC
        self.protocols = (23, 23)
        self.without: set[str] = set()

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append(path)
        served = self.height - self.behind
        if method == "GET" and path not in self.without:
            if path == "/":
                return 200, self._root(served)
            if path == "/fee_stats":
                return 200, {"last_ledger": str(served), "fee_charged": {"min": "100", "p50": "250", "p99": "5000"}}
            if path.startswith("/ledgers/") and int(path[9:]) <= served:
                height = int(path[9:])
                return 200, {
                    "sequence": height,
                    "hash": ledger(height),
                    "prev_hash": ledger(height - 1),
                    "closed_at": closed_at(height).strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
        return 404, {"type": "https://stellar.org/horizon-errors/not_found", "title": "Resource Missing", "status": 404}

    def _root(self, served: int) -> dict[str, object]:
        spoken, known = self.protocols
        return {
            "horizon_version": "23.0.0-ab12cd3",
            "core_version": "stellar-core 23.0.1 (b1f4f1e0)",
            "ingest_latest_ledger": served,
            "history_latest_ledger": served,
            "history_latest_ledger_closed_at": closed_at(served).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "history_elder_ledger": 2,
            "core_latest_ledger": self.height,
            "network_passphrase": self.network,
            "current_protocol_version": spoken,
            "supported_protocol_version": known,
        }


class FakeStellarRpc(FakeRpcNode):
    """Stellar RPC; unwell by its own word when `unwell` says why."""

    def __init__(self, height: int = HEIGHT) -> None:
        super().__init__()
        self.height = height
        self.network = PUBLIC
        self.unwell = ""

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        if method != "POST":
            return 405, "method not allowed"
        return await super().answer(method, path, body)

    def methods(self) -> dict[str, Callable[..., object]]:
        return {
            "getLatestLedger": lambda: {"id": ledger(self.height), "protocolVersion": 23, "sequence": self.height},
            "getHealth": self._health,
            "getNetwork": lambda: {"passphrase": self.network, "protocolVersion": 23},
            "getVersionInfo": lambda: {"version": "23.0.1", "commitHash": "ab12cd3", "protocolVersion": 23},
            "getFeeStats": lambda: {"inclusionFee": {"p50": "300", "p99": "7000"}, "latestLedger": self.height},
        }

    def _health(self) -> object:
        if self.unwell:
            raise RpcError(-32603, self.unwell)
        return {
            "status": "healthy",
            "latestLedger": self.height,
            "latestLedgerCloseTime": str(int(closed_at(self.height).timestamp())),
            "oldestLedger": self.height - 120_959,
            "ledgerRetentionWindow": 120_960,
        }
