"""A node of Bitcoin Core's family, with the ways in which its members differ."""

from collections.abc import Callable

from tests.monitors.fakes.server import FakeRpcNode, RpcError

ANSWERS = Callable[..., object]


class FakeBitcoin(FakeRpcNode):
    """Healthy until told otherwise."""

    def __init__(self, *, height: int = 900_000, identity: str = "00" * 32) -> None:
        super().__init__()
        self.height, self.identity = height, identity
        #: Hash of the block at the height that tells the network.
        self.identity_block = 0
        self.warnings: object = ""
        self.version = "/Satoshi:27.0.0/"
        #: Coins per thousand bytes by the newer call; None when the node does not know it.
        self.smart_fee: float | None = 0.0001
        #: The same by the older call, and whether it wants to hear within how many blocks.
        self.older_fee: float | None = None
        self.older_wants_blocks = False

    def hash_at(self, height: int) -> str:
        return self.identity if height == self.identity_block else f"{height + 1:064x}"

    def methods(self) -> dict[str, ANSWERS]:
        known: dict[str, ANSWERS] = {
            "getblockchaininfo": lambda: {
                "chain": "main", "blocks": self.height, "headers": self.height, "initialblockdownload": False,
                "bestblockhash": self.hash_at(self.height), "warnings": self.warnings,
            },
            "getnetworkinfo": lambda: {
                "subversion": self.version, "connections": 12, "connections_out": 8, "networkactive": True,
                "warnings": self.warnings,
            },
            "getchaintips": list,
            "getmempoolinfo": lambda: {
                "usage": 1_000_000, "maxmempool": 300_000_000, "mempoolminfee": 0.00001, "minrelaytxfee": 0.00001,
            },
            "getblockhash": self.hash_at,
            "getblockheader": lambda _: {"time": 1_790_000_000},
        }  # fmt: skip
        if self.smart_fee is not None:
            known["estimatesmartfee"] = lambda _: {"feerate": self.smart_fee, "blocks": 6}
        if self.older_fee is not None:
            known["estimatefee"] = self._estimate
        return known

    def _estimate(self, *blocks: int) -> object:
        if self.older_wants_blocks != bool(blocks):
            raise RpcError(-1, "estimatefee nblocks")
        return self.older_fee
