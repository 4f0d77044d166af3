"""Ogmios before a Cardano node: its `/health`, whose figures freeze when it loses the node."""

from datetime import UTC, datetime, timedelta

from tests.monitors.fakes.server import FakeNode

SHELLEY = datetime(2020, 7, 29, 21, 44, 51, tzinfo=UTC)
SHELLEY_SLOT = 4_492_800
HEIGHT = 12_600_000
SLOT = 172_800_000


def block_id(height: int, name: int = 0) -> str:
    """The id of the block at `height` on branch `name`."""
    return f"{name:032x}{height:032x}"


def slot_at(slot: int) -> datetime:
    """When the slot is, on the main network since Shelley."""
    return SHELLEY + timedelta(seconds=slot - SHELLEY_SLOT)


class FakeOgmios(FakeNode):
    """Healthy until told otherwise; every block is twenty slots after the one before."""

    def __init__(self, height: int = HEIGHT) -> None:
        super().__init__()
        self.height = height
        self.branch = 0
        self.connection: object = "connected"
        self.network = "mainnet"
        self.synchronised: object = 1.0
        self.has_tip = True
        self.is_before_6 = False

    @property
    def slot(self) -> int:
        return SLOT + 20 * (self.height - HEIGHT)

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append(path)
        if path != "/health":
            return 404, "Not Found"
        return self._status(), {
            "startTime": "2026-11-01T00:00:00.470782977Z",
            "lastKnownTip": self._tip(),
            "lastTipUpdate": slot_at(self.slot).strftime("%Y-%m-%dT%H:%M:%S.853115034Z") if self.has_tip else None,
            "networkSynchronization": self.synchronised if self.has_tip else None,
            "currentEra": "conway",
            "metrics": {"activeConnections": 2, "totalConnections": 30},
            "connectionStatus": self.connection,
            "version": "v6.14.0 (e9b5c7a0)",
            "network": self.network,
        }

    def _status(self) -> int:
        if self.connection != "connected":
            return 500
        return 200 if self.synchronised == 1.0 else 202

    def _tip(self) -> object:
        if not self.has_tip:
            return None
        block = block_id(self.height, self.branch)
        if self.is_before_6:
            return {"slot": self.slot, "hash": block, "blockNo": self.height}
        return {"slot": self.slot, "id": block, "height": self.height}
