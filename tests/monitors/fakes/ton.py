"""toncenter before a TON node: hashes in base64, everything inside `{"ok": …, "result": …}`."""

import base64
from urllib.parse import parse_qs, urlsplit

from tests.monitors.fakes.server import FakeNode

MAINNET = "F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk="
SHARD = "-9223372036854775808"
HEIGHT = 62_000_007
BEGUN = 1_573_822_385


def root(height: int, name: int = 0) -> str:
    """The root hash of block `height` on branch `name`, in hex."""
    return f"{name:032x}{height:032x}"


def as_base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()


def made_at(height: int) -> int:
    """When the block was made, in seconds since 1970."""
    return BEGUN + height


class FakeToncenter(FakeNode):
    """Healthy until told otherwise."""

    def __init__(self, height: int = HEIGHT) -> None:
        super().__init__()
        self.height = height
        #: From this height on its blocks are those of branch 1.
        self.branch_since = 1 << 40
        self.zero_state = MAINNET
        self.without: set[str] = set()

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        parts = urlsplit(path)
        name = parts.path.rpartition("/")[2]
        self.asked.append(name)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if name in self.without:
            return 404, {"ok": False, "error": "not found", "code": 404}
        if name == "getMasterchainInfo":
            init = {"@type": "ton.blockIdExt", "workchain": -1, "shard": "0", "seqno": 0, "root_hash": self.zero_state}
            return 200, self._ok({"@type": "blocks.masterchainInfo", "last": self._block(self.height), "init": init})
        if name not in ("getBlockHeader", "lookupBlock") or (query["workchain"], query["shard"]) != ("-1", SHARD):
            return 422, {"ok": False, "error": "unprocessable", "code": 422}
        height = int(query["seqno"])
        if height > self.height:
            return 500, {"ok": False, "error": "LITE_SERVER_NOTREADY: ltdb: block not found", "code": 500}
        return 200, self._ok(self._block(height) if name == "lookupBlock" else self._header(height))

    def _ok(self, result: object) -> dict[str, object]:
        return {"ok": True, "result": result}

    def _block(self, height: int) -> dict[str, object]:
        return {
            "@type": "ton.blockIdExt",
            "workchain": -1,
            "shard": SHARD,
            "seqno": height,
            "root_hash": as_base64(root(height, int(height >= self.branch_since))),
            "file_hash": as_base64(root(height, 9)),
        }

    def _header(self, height: int) -> dict[str, object]:
        return {
            "@type": "blocks.header",
            "id": self._block(height),
            "global_id": -239,
            "gen_utime": made_at(height),
            "prev_blocks": [self._block(height - 1)],
        }
