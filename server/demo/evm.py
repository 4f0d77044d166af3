"""Answer as a node that speaks Ethereum's JSON-RPC does."""

from collections.abc import Callable
from typing import Any

from server.demo.examples import EXAMPLES, Kind, block_of, example, is_waiting
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


_SENDER = "0x" + "5e" * 20
#: The examples' sender has had so many in blocks.
_COUNT = 42
_GAS = 21_000


def _transaction(node: Node, params: list[Any]) -> dict[str, Any] | None:
    found = example(node, params[0] if params else None)
    height = block_of(node, found.kind) if found else None
    if found is None or (height is None and not is_waiting(node, found.kind)):
        return None
    ahead = {Kind.WAITS_ITS_TURN: 3, Kind.REPLACED: -1}
    return {
        "hash": params[0],
        "from": _SENDER,
        "nonce": hex(_COUNT + ahead.get(found.kind, 0)),
        "maxFeePerGas": hex(int(node.chain.fee_now() * (0.4 if found.kind is Kind.CHEAP else 2.0))),
        "blockNumber": None if height is None else hex(height),
        "blockHash": None if height is None else "0x" + node.block_hash(height),
    }


def _receipt(node: Node, params: list[Any]) -> dict[str, Any] | None:
    found = example(node, params[0] if params else None)
    height = block_of(node, found.kind) if found else None
    if found is None or height is None:
        return None
    return {
        "transactionHash": params[0],
        "blockNumber": hex(height),
        "blockHash": "0x" + node.block_hash(height),
        "status": "0x0" if found.kind is Kind.FAILED else "0x1",
        "gasUsed": hex(_GAS),
    }


def _by_sender_and_nonce(node: Node, params: list[Any]) -> dict[str, Any] | None:
    """The one that took the place of the replaced example is the confirmed one."""
    if params != [_SENDER, hex(_COUNT - 1)]:
        return None
    final = next(each for each in EXAMPLES if each.kind is Kind.FINAL)
    return _transaction(node, [final.hash(node.chain.facts.family)])


_METHODS: dict[str, Callable[[Node, list[Any]], Any]] = {
    "eth_chainId": lambda node, _: hex(int(node.chain.facts.network)),
    "net_version": lambda node, _: node.chain.facts.network,
    "eth_blockNumber": lambda node, _: hex(node.height),
    "eth_getBlockByNumber": _block_by_number,
    "eth_syncing": lambda node, _: False,
    "net_peerCount": lambda node, _: hex(48),
    "eth_gasPrice": lambda node, _: hex(int(node.chain.fee_now())),
    "eth_getTransactionByHash": _transaction,
    "eth_getTransactionReceipt": _receipt,
    "eth_getTransactionCount": lambda node, _: hex(_COUNT),
    "eth_getTransactionBySenderAndNonce": _by_sender_and_nonce,
    "web3_clientVersion": lambda node, _: "Forewarn-demo/v1.0.0/simulated",
}
