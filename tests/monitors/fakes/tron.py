"""A Tron node: java-tron's HTTP shapes, with stamps in milliseconds and blocks written as text."""

from typing import Any

from tests.monitors.fakes.server import FakeNode

GENESIS = "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc"
#: When block 0 was, if every block had taken three seconds.
BEGUN_MS = 1_529_891_469_000


def block_id(height: int, name: int = 0) -> str:
    """The id of the block at `height` on branch `name`; its first eight bytes are the height."""
    return f"{height:016x}{name:016x}{height:032x}" if height else GENESIS


def stamp_ms(height: int) -> int:
    return BEGUN_MS + 3000 * height


class FakeTron(FakeNode):
    """Healthy until told otherwise; solid nineteen blocks behind its newest."""

    def __init__(self, height: int = 66_987_565) -> None:
        super().__init__()
        self.height = height
        self.solid_behind = 19
        #: Branch by height, from which on it holds.
        self.branch_since: tuple[int, int] = (0, 0)
        self.genesis = GENESIS
        self.peers: object = 60
        #: How many of the listed peers have more than this node.
        self.peers_ahead = 0
        #: Paths that the node does not serve.
        self.without: set[str] = set()
        self.transactions: list[object] = []

    def id_at(self, height: int) -> str:
        name, since = self.branch_since
        return self.genesis if height == 0 else block_id(height, name if height >= since else 0)

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append(path)
        if path in self.without:
            return 404, "not found"
        asked: Any = body
        match path:
            case "/wallet/getblock" | "/wallet/getblockbynum":
                wanted = int(asked.get("id_or_num", asked.get("num", self.height)))
                return 200, self.block(wanted, whole=asked.get("detail") is not False)
            case "/wallet/getnowblock":
                return 200, self.block(self.height, whole=True)
            case "/walletsolidity/getblock":
                return 200, self.block(self.height - self.solid_behind, whole=False)
            case "/wallet/getnodeinfo":
                return 200, self._info()
        return 404, "not found"

    def block(self, height: int, *, whole: bool) -> dict[str, object]:
        if height > self.height:
            return {}
        raw = {
            "number": height,
            "txTrieRoot": "00" * 32,
            "witness_address": "41" + "ab" * 20,
            "parentHash": self.id_at(height - 1) if height else "00" * 32,
            "version": 31,
            "timestamp": stamp_ms(height),
        }
        block = {"blockID": self.id_at(height), "block_header": {"raw_data": raw, "witness_signature": "cd" * 65}}
        return block | ({"transactions": self.transactions} if whole else {})

    def _info(self) -> dict[str, object]:
        solid = self.height - self.solid_behind
        return {
            "activeConnectCount": 3,
            "beginSyncNum": solid - 1,
            "block": f"Num:{self.height},ID:{self.id_at(self.height)}",
            "cheatWitnessInfoMap": {},
            "configNodeInfo": {"codeVersion": "4.8.1", "p2pVersion": "11111", "listenPort": 18888},
            "currentConnectCount": self.peers,
            "machineInfo": {"cpuCount": 16},
            "passiveConnectCount": 57,
            "peerList": [
                {"host": "/192.0.2.1", "needSyncFromPeer": number < self.peers_ahead, "needSyncFromUs": False}
                for number in range(3)
            ],
            "solidityBlock": f"Num:{solid},ID:{self.id_at(solid)}",
            "totalFlow": 0,
        }
