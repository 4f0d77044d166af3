"""Answer as a node that speaks Ethereum's JSON-RPC does."""

from collections.abc import Callable
from typing import Any

from server.demo.node import Node
from server.demo.rpc import Refused

_NO_SUCH_METHOD = -32601
_WRONG_PARAMS = -32602


def answer(node: Node, method: str, params: list[Any]) -> Any:
    """The result of one call. Raises Refused as the node would refuse."""
    deed = _METHODS.get(method)
    if deed is None:
        raise Refused(_NO_SUCH_METHOD, f"the method {method} does not exist/is not available")
    return deed(node, params)


def _block_by_number(node: Node, params: list[Any]) -> dict[str, Any] | None:
    height = _height(node, params[0] if params else "latest")
    return None if not 0 <= height <= node.height else _block(node, height)


def _height(node: Node, wanted: object) -> int:
    named = {"latest": node.height, "finalized": node.final_height, "safe": node.final_height + 4, "earliest": 0}
    try:
        return named[str(wanted)] if wanted in named else int(str(wanted), 16)
    except ValueError as error:
        raise Refused(_WRONG_PARAMS, "invalid block number") from error


def _block(node: Node, height: int) -> dict[str, Any]:
    return {
        "number": hex(height),
        "hash": "0x" + node.block_hash(height),
        "parentHash": "0x" + node.block_hash(max(height - 1, 0)),
        "timestamp": hex(max(int(node.chain.block_seconds(height)), 0)),
        "baseFeePerGas": hex(int(node.chain.fee_now())),
        "gasLimit": hex(36_000_000),
        "gasUsed": hex(18_000_000),
        "transactions": [],
    }


_METHODS: dict[str, Callable[[Node, list[Any]], Any]] = {
    "eth_chainId": lambda node, _: hex(int(node.chain.facts.network)),
    "net_version": lambda node, _: node.chain.facts.network,
    "eth_blockNumber": lambda node, _: hex(node.height),
    "eth_getBlockByNumber": _block_by_number,
    "eth_syncing": lambda node, _: False,
    "net_peerCount": lambda node, _: hex(48),
    "eth_gasPrice": lambda node, _: hex(int(node.chain.fee_now())),
    "web3_clientVersion": lambda node, _: "Forewarn-demo/v1.0.0/simulated",
}
