"""A rippled server: the shapes of its JSON-RPC, errors with status 200."""

from tests.monitors.fakes.server import FakeNode

LEDGER_EPOCH = 946_684_800


def ledger_hash(seq: int, name: int = 0) -> str:
    """In capitals, as rippled writes it."""
    return f"{name:032X}{seq:032X}"


class FakeXrpl(FakeNode):
    """Healthy at its ledger until told otherwise."""

    def __init__(self, seq: int = 100_000_000) -> None:
        super().__init__()
        self.seq = seq
        self.branch = 0
        self.state = "full"
        self.complete: object = None
        #: Put over what the server says of itself; None takes a field away.
        self.info: dict[str, object] = {}
        self.ledger: dict[str, object] = {}
        self.queue = ("0", "2000")
        #: Errors by method.
        self.errors: dict[str, tuple[str, int]] = {}

    def grow(self, ledgers: int = 1) -> None:
        self.seq += ledgers

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        assert isinstance(body, dict)
        name = body["method"]
        self.asked.append(name)
        if name in self.errors:
            error, code = self.errors[name]
            words = {"error": error, "error_code": code, "error_message": "secret words from 10.0.0.7"}
            return 200, {"result": {**words, "request": {"command": name}, "status": "error"}}
        return 200, {"result": {**self._result(name, body["params"][0]), "status": "success"}}

    def _result(self, name: str, params: dict[str, int]) -> dict[str, object]:
        match name:
            case "server_info":
                return {"info": {key: value for key, value in self._info().items() if value is not None}}
            case "fee":
                return self._fee()
            case _:
                seq = params["ledger_index"]
                block = ledger_hash(seq, self.branch)
                return {"ledger": {"ledger_index": str(seq)}, "ledger_hash": block, "validated": True}

    def _info(self) -> dict[str, object]:
        ledger = {
            "age": 3,
            "base_fee_xrp": 0.00001,
            "hash": ledger_hash(self.seq, self.branch),
            "reserve_base_xrp": 1,
            "reserve_inc_xrp": 0.2,
            "seq": self.seq,
            **self.ledger,
        }
        return {
            "build_version": "2.6.1",
            "complete_ledgers": self.complete or f"32570-{self.seq}",
            "hostid": "secret-host",
            "io_latency_ms": 1,
            "load_factor": 1,
            "network_id": 0,
            "peers": 22,
            "server_state": self.state,
            "uptime": 159,
            "validated_ledger": ledger,
            "validation_quorum": 28,
            **self.info,
        }

    def _fee(self) -> dict[str, object]:
        return {
            "current_ledger_size": "56",
            "current_queue_size": self.queue[0],
            "drops": {"base_fee": "10", "median_fee": "5000", "minimum_fee": "10", "open_ledger_fee": "12"},
            "expected_ledger_size": "55",
            "ledger_current_index": self.seq + 1,
            "levels": {"median_level": "128000", "minimum_level": "256", "open_ledger_level": "256"},
            "max_queue_size": self.queue[1],
        }
